"""A stream's text printed as strings: Python's `b'data: …\\n\\n'` and `'data: …'`, one or several a line."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.body import peek
from inspector.formats.format import LARGEST_HEAD, Read
from inspector.formats.literals import bytes_of
from inspector.formats.moments import Moments, moment_in
from inspector.formats.pieces import PRINTED_NAME, SURE_TYPE, framed, text_pieces
from inspector.formats.unwrapping.wrapper import Wrapper

_STRING: Final = re.compile(
    rb"""(?<!\w)[bBuU]?(?:'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+"|`(?:[^`\\\n]++|\\.)*+`)"""
)
_BEGINS: Final = re.compile(
    rb"event: ?%b|data: ?\{|\{ ?(?:\"[^\n]{0,300}?)??\"type\": ?\"%b\"" % (SURE_TYPE, SURE_TYPE)
)
# In front of it may stand what a logger writes, or the bracket of a list.
_LINE: Final = re.compile(rb"""^[^'"`\n]{0,200}?(?<!\w)[bBuU]?['"](?:event: ?\w|data: ?\{|\{ ?\\?"\w)""", re.M)


def recognise(head: bytes) -> str:
    """Whether a string stands there that begins as a stream does."""
    found = None if PRINTED_NAME.search(head) else _first(head)
    return "text printed as strings" if found else ""


def timed(head: bytes) -> bool:
    """Whether a time stands in front of the first of them."""
    found = _first(head)
    return found is not None and moment_in(_before(head, found.start())) is not None


def _first(text: bytes) -> re.Match[bytes] | None:
    for line in _LINE.finditer(text):
        found = _STRING.search(text, line.start())
        if found and _BEGINS.match(bytes_of(found[0])):
            return found
    return None


def _before(text: bytes, at: int) -> bytes:
    return text[text.rfind(b"\n", 0, at) + 1 : at]


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The text that was printed: each string a line, unless they have line ends of their own."""
    head, reads = peek(reads, LARGEST_HEAD, lambda head: bool(recognise(head)))
    return framed(text_pieces(_strings(reads, timed(head[:LARGEST_HEAD]))), notes)


def _strings(reads: Iterator[Read], has_times: bool) -> Iterator[Read]:
    has_ends: bool | None = None
    moments = Moments()
    for line, came in text_pieces(reads):
        t_ns = came
        for found in _STRING.finditer(line):
            text = bytes_of(found[0])
            if has_ends is None:
                if not _BEGINS.match(text):
                    continue
                has_ends = text.endswith((b"\n", b"\r"))
            if has_times:
                t_ns = moments.since_first(moment_in(line[: found.start()]))
            yield (text if has_ends else text + b"\n"), t_ns


WRAPPER: Final = Wrapper(order=60, recognise=recognise, unwrap=unwrap, timed=timed)
