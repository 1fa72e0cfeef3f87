"""What a terminal was told beside the text: colours and other sequences, as `script` and `docker compose` keep them."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.format import Read
from inspector.formats.pieces import text_pieces
from inspector.formats.unwrapping.wrapper import Wrapper

_SEQUENCE: Final = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[()][A-Z0-9])")


def recognise(head: bytes) -> str:
    """Whether such a sequence stands there: in JSON, and so in a stream's own lines, its first byte is escaped."""
    return "a terminal's colours" if b"\x1b" in head and _SEQUENCE.search(head) else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The text alone, line by line: no sequence goes over the end of one."""
    for line, t_ns in text_pieces(reads):
        yield (_SEQUENCE.sub(b"", line) if b"\x1b" in line else line) + b"\n", t_ns


WRAPPER: Final = Wrapper(order=45, recognise=recognise, unwrap=unwrap)
