"""What a search found, in its surroundings: for a list of matches."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from inspector.timeline.exchange import Exchange
from inspector.timeline.passages import block_at_event

_BEFORE: Final = 80
_AFTER: Final = 240
_LONGEST: Final = 400


class Match(NamedTuple):
    """What was found, with what stands before and after it. As it came: not yet harmless to a terminal."""

    before: str
    text: str
    after: str


def match_at(exchange: Exchange, pattern: re.Pattern[bytes], n: int) -> Match:
    """The match that makes frame n one of a search's: in the text to which it brought a piece, else in the frame."""
    return next(_matches(exchange, pattern, n), Match("", "", ""))


def _matches(exchange: Exchange, pattern: re.Pattern[bytes], n: int) -> Iterator[Match]:
    block = block_at_event(exchange.index, n)
    for buffer in block.buffers.values() if block else ():
        start, end = buffer.piece(n)
        base = max(0, start - _BEFORE)
        text = bytes(buffer.text[base : end + _LONGEST + _AFTER])
        for found in pattern.finditer(text):
            if start <= base + found.start() < end:
                yield _match(text, found)
    frame = exchange.frame(n)
    for text in (frame.data.encode("utf-8", "surrogatepass"), frame.raw, exchange.line(n)):
        if whole := pattern.search(text):
            yield _match(text, whole)


def _match(text: bytes, found: re.Match[bytes]) -> Match:
    start, end = found.span()
    # A character that the cut falls into is left out.
    before = text[max(0, start - _BEFORE) : start].lstrip(bytes(range(0x80, 0xC0)))
    after = text[end : end + _AFTER]
    return Match(_decoded(before), _decoded(text[start : min(end, start + _LONGEST)]), _decoded(after))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "ignore")
