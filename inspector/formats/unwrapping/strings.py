"""A stream's text printed as strings: Python's `b'data: …\\n\\n'` and `'data: …'`, one or several a line."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.body import peek
from inspector.formats.format import LARGEST_HEAD, Read
from inspector.formats.literals import bytes_of
from inspector.formats.pieces import SURE_TYPE, framed, text_pieces
from inspector.formats.unwrapping.wrapper import Wrapper

_STRING: Final = re.compile(rb"""(?<!\w)[bBuU]?(?:'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+")""")
_BEGINS: Final = re.compile(rb"event: ?%b|data: ?\{" % SURE_TYPE)
# In front of it may stand what a logger writes, or the bracket of a list.
_LINE: Final = re.compile(rb"""^[^'"\n]{0,200}?(?<!\w)[bBuU]?['"](?:event: ?\w|data: ?\{)""", re.M)


def recognise(head: bytes) -> str:
    """Whether a string stands there that begins as a stream does."""
    for line in _LINE.finditer(head):
        found = _STRING.search(head, line.start())
        if found and _BEGINS.match(bytes_of(found[0])):
            return "text printed as strings"
    return ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The text that was printed: each string a line, unless they have line ends of their own."""
    _, reads = peek(reads, LARGEST_HEAD, lambda head: bool(recognise(head)))
    return framed(text_pieces(_strings(reads)), notes)


def _strings(reads: Iterator[Read]) -> Iterator[Read]:
    has_ends: bool | None = None
    for line, t_ns in text_pieces(reads):
        for found in _STRING.finditer(line):
            text = bytes_of(found[0])
            if has_ends is None:
                if not _BEGINS.match(text):
                    continue
                has_ends = text.endswith((b"\n", b"\r"))
            yield (text if has_ends else text + b"\n"), t_ns


WRAPPER: Final = Wrapper(order=60, recognise=recognise, unwrap=unwrap)
