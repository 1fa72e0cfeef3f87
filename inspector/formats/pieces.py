"""From what single entries of a log hold to the text of a stream: frames again, or the JSON of an event on a line."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from inspector.formats.budget import LONGEST_LINE, in_mb
from inspector.formats.format import Read
from inspector.protocol import EVENTS
from inspector.recording import UnreadableError
from inspector.text.wording import counted

ANY_TYPE: Final = b"(?:%b)" % b"|".join(name.encode() for name in EVENTS)
SURE_TYPES: Final = frozenset(EVENTS) - {"ping", "error"}
"""The types that are the API's alone: the others could be anybody's."""
SURE_TYPE: Final = b"(?:%b)" % b"|".join(name.encode() for name in sorted(SURE_TYPES))
PRINTED_NAME: Final = re.compile(rb"""\bevent['"]?: ?['"]%b['"]""" % SURE_TYPE)
"""What an object with a name and data shows of itself where it is printed: `event: 'message_start'`."""
FIELD: Final = re.compile(rb"(?:event|data|id|retry)(?::|\Z)|:")
_DATA: Final = re.compile(rb"data: ?(?=[\[{])")
_FEW: Final = 64


def framed(pieces: Iterable[Read], notes: list[str]) -> Iterator[Read]:
    """The text of a stream of which each piece is a line, without its end, and of which blank lines may be missing.

    A frame comes as one read, with the time of its last field. Where only the data of each event were kept, which a
    log shows by having neither names nor blank lines, the JSON comes alone: it was written down, and not on the wire.
    Text in which no line is a field comes as it is.
    """
    pieces = iter(pieces)
    head: list[Read] = []
    only_data = has_fields = after_data = False
    for piece in pieces:
        head.append(piece)
        if after_data:
            only_data = bool(piece[0].strip())
            break
        if FIELD.match(piece[0]):
            has_fields = True
            if not piece[0].startswith(b"data"):
                break
            after_data = True
        if len(head) == _FEW:
            break
    else:
        only_data = after_data
    pieces = chain(head, pieces)
    if not has_fields:
        return ((text + b"\n", t_ns) for text, t_ns in pieces)
    return _only_data(pieces, notes) if only_data else _frames(pieces, notes)


def _only_data(pieces: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    others = 0
    for text, t_ns in pieces:
        if found := _DATA.match(text):
            yield text[found.end() :] + b"\n", t_ns
        elif text.startswith(b"{"):
            yield text + b"\n", t_ns
        elif text.strip():
            others += 1
    _note_others(others, notes)


def _frames(pieces: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    held: list[bytes] = []
    size = others = 0
    came: int | None = None
    has_data = is_json = False
    for text, t_ns in pieces:
        if text.strip(b"\r"):
            if not FIELD.match(text):
                if not text.startswith(b"{"):
                    others += 1
                    continue
                # An event without a field's name.
                text = b"data: " + text
            if has_data and (text.startswith(b"event") or (is_json and text.startswith(b"data"))):
                # The blank line between two events is missing.
                yield b"\n".join([*held, b"", b""]), came
                held, has_data, size = [], False, 0
            held.append(text)
            size += len(text)
            came = t_ns
            if text.startswith(b"data"):
                has_data, is_json = True, _DATA.match(text) is not None and text.rstrip().endswith((b"}", b"]"))
            if size > LONGEST_LINE:
                raise UnreadableError(f"an event of more than {in_mb(LONGEST_LINE)} is not read")
        else:
            yield b"\n".join([*held, text, b""]), came if held else t_ns
            held, has_data, size = [], False, 0
    if held:
        # The last blank line is missing in most of what is copied.
        yield b"\n".join([*held, b"", b""] if has_data and is_json else [*held, b""]), came
    _note_others(others, notes)


def _note_others(count: int, notes: list[str]) -> None:
    if count:
        notes.append(f"{counted(count, 'line that is', 'lines that are')} no part of the stream left out")


def text_pieces(reads: Iterable[Read]) -> Iterator[Read]:
    """The lines, without their LF, each with the time of the read that ended it."""
    held: list[bytes] = []
    size = 0
    last: int | None = None
    for chunk, last in reads:
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            held.append(line)
            yield b"".join(held), last
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > LONGEST_LINE:
            raise UnreadableError(f"a line of more than {in_mb(LONGEST_LINE)} is not read: it is no event")
    if rest := b"".join(held):
        yield rest, last
