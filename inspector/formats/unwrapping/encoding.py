"""Text that is UTF-16 or UTF-32, as PowerShell's `>` and some editors write it."""

import codecs
from collections.abc import Iterator
from typing import Final

from inspector.formats.format import Read
from inspector.formats.unwrapping.wrapper import Wrapper

# The longer first: UTF-32's begins as UTF-16's does.
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_BOM: Final = 4
_FEW: Final = 8


def recognise(head: bytes) -> str:
    """Which of them it is: by its byte order mark, else by every other byte being zero."""
    found = _encoding(head)
    return f"{found[0].upper().replace('-LE', '').replace('-BE', '')} text" if found else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The same text as UTF-8, without a byte order mark."""
    decoder: codecs.IncrementalDecoder | None = None
    held = b""
    last: int | None = None
    for chunk, last in reads:
        held += chunk
        if decoder is None:
            if len(held) < _FEW:
                continue
            held, decoder = _begun(held)
        if text := decoder.decode(held):
            yield text.encode("utf-8", "replace"), last
        held = b""
    if decoder is None:
        held, decoder = _begun(held)
    if text := decoder.decode(held, final=True):
        yield text.encode("utf-8", "replace"), last


def _begun(head: bytes) -> tuple[bytes, codecs.IncrementalDecoder]:
    name, bom = _encoding(head) or ("utf-8", 0)
    return head[bom:], codecs.getincrementaldecoder(name)("replace")


def _encoding(head: bytes) -> tuple[str, int] | None:
    """The encoding's name, and how long its mark is."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, len(bom)
    beginning = head[: 2 * _FEW]
    even, odd = beginning[::2], beginning[1::2]
    if len(beginning) >= _FEW:
        if not any(odd) and all(even):
            return "utf-16-le", 0
        if not any(even) and all(odd):
            return "utf-16-be", 0
    return None


WRAPPER: Final = Wrapper(order=20, recognise=recognise, unwrap=unwrap, binary=True)
