"""A body as it was on the wire, with the sizes of its chunks between its lines."""

from collections.abc import Iterator
from typing import Final

from inspector.formats.chunked import dechunked, is_chunked
from inspector.formats.format import Read
from inspector.formats.unwrapping.wrapper import Wrapper


def recognise(head: bytes) -> str:
    """Whether a chunk begins here."""
    return "chunked transfer coding" if is_chunked(head) else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The body."""
    return dechunked(reads, notes)


WRAPPER: Final = Wrapper(order=30, recognise=recognise, unwrap=unwrap)
