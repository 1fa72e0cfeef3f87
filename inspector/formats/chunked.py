"""A body that still has HTTP/1.1's chunked transfer coding. RFC 9112, section 7.1."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from inspector.formats.format import Read

# The CR is missing where an editor or a terminal has been at it.
_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_SIZE_LINE: Final = 1 << 10


def is_chunked(head: bytes) -> bool:
    """Whether a chunk with text begins here: its size, then what an event stream or JSON begins with."""
    found = _SIZE.match(head)
    return (
        found is not None
        and re.match(rb"[ \t]*(?:event|data|id|retry|:|\{|<|\[|\r?\n)", head[found.end() :]) is not None
    )


def dechunked(reads: Iterable[Read], notes: list[str]) -> Iterator[Read]:
    """The chunks' bytes, each with the time of the read that brought it; from damage on all as it stands."""
    held = b""
    left = -1
    last: int | None = None
    broken = done = False
    for chunk, last in reads:
        if broken:
            yield chunk, last
            continue
        held += chunk
        out: list[bytes] = []
        while held and not done and not broken:
            if left > 0:
                out.append(held[:left])
                taken = len(out[-1])
                held, left = held[taken:], left - taken
            elif left == 0:
                # The line end behind a chunk.
                if held in (b"\r",):
                    break
                held, left = held.removeprefix(b"\r").removeprefix(b"\n"), -1
            elif found := _SIZE.match(held):
                left, held = int(found[1], 16), held[found.end() :]
                done = left == 0
            elif b"\n" in held or len(held) > _LONGEST_SIZE_LINE:
                broken = True
                notes.append("the chunked coding is damaged: what follows is shown as it is")
                out.append(held)
            else:
                break
        if piece := b"".join(out):
            yield piece, last
    if not done and not broken:
        notes.append("the chunked body is cut: its last chunk is missing")
