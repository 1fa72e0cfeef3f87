"""Reading through the lines of a recording for a pattern, half a megabyte at a time."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from inspector.timeline.exchange import Exchange

_CHUNK: Final = 1 << 19
_SPECIAL: Final = frozenset(b"\\.^$*+?{}[]|()")
# What stands before the event itself in a line of a recording: kind, time, read, splits.
_ENVELOPE = re.compile(
    rb'\{"kind":"(?:event|frame)",(?:"t_ns":-?\d+,)?(?:"read":\d+,)?(?:"splits":[\[\],\d]+,)?'
    rb'"(?:event|raw|raw_b64)":'
)


class Finder:
    """A pattern, the fast way: a plain word whose case does not matter is looked for in lower case."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._lower = bool(pattern.flags & re.IGNORECASE) and _SPECIAL.isdisjoint(pattern.pattern)
        self._pattern = re.compile(pattern.pattern.lower()) if self._lower else pattern

    def places(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where (start, end) the pattern is."""
        return (found.span() for found in self._pattern.finditer(text.lower() if self._lower else text))

    def frames(self, exchange: Exchange, at: int, until: int) -> list[int]:
        """The numbers of the frames at these places (from 0, `until` not included) whose lines hold the pattern.

        What the recording added to a frame does not count.
        """
        index, reader = exchange.index, exchange.reader
        offset = index.offset
        start = offset[at]
        end = offset[until] if until < index.count else reader.position
        data = reader.line(start, end)
        text = data.lower() if self._lower else data
        numbers: list[int] = []
        position = 0
        while found := self._pattern.search(text, position):
            place = bisect_right(offset, start + found.start(), at, until) - 1
            line_start = offset[place] - start
            position = line_end = data.find(b"\n", found.start()) + 1 or len(data)
            if data.rfind(b"\n", line_start, found.start()) >= 0:
                # Between two frames, and behind the last one, there are lines of other kinds.
                continue
            envelope = _ENVELOPE.match(data, line_start)
            begin = max(found.start(), envelope.end() if envelope else 0)
            whole = begin == found.start() and found.end() <= line_end
            if whole or self._pattern.search(text, begin, line_end):
                numbers.append(place + 1)
        return numbers


def chunk_end(exchange: Exchange, at: int, until: int) -> int:
    """The place up to which frames from place `at` on are read at once: about half a megabyte, at least one frame."""
    offset = exchange.index.offset
    return min(until, max(at + 1, bisect_right(offset, offset[at] + _CHUNK, at, until)))
