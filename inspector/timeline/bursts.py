"""How many events each network read brought, kept so that any moment's figures cost next to nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Final

from inspector.timeline.differences import Differences
from inspector.timeline.index import Index

MANY: Final = 255


@dataclass(frozen=True, slots=True)
class EventsPerRead:
    """As of a moment: `counts[k]` reads completed k events, the last entry counts those with MANY and more.

    0 are reads that ended inside an event. `median`: at least half of the reads completed no more. `most` is the
    largest number of events, and `most_at` the first of them.
    """

    counts: list[int]
    median: int
    most: int
    most_at: int


class Bursts:
    """The events that each read of an index completed, also while it grows. `advance()` takes in what has come."""

    def __init__(self, index: Index) -> None:
        self._brought = index.arrivals.brought
        self._sizes = Differences(self._brought, _capped)

    def advance(self) -> None:
        """Takes in the reads that have come since."""
        self._sizes.advance()

    def at(self, n: int, reads: int) -> EventsPerRead | None:
        """As of event n, when so many reads had come; None before the first read."""
        # What the last read brought is known up to event n only.
        count = min(reads - 1, len(self._sizes))
        if count < 0:
            return None
        counts = self._sizes.histogram(count)
        first = self._brought[count]
        last = max(0, n + 1 - first)
        counts[min(last, MANY)] += 1
        most, at = max(self._sizes.largest(count)[:1], default=(-1, 0))
        most, most_at = (most, self._brought[at]) if most >= last else (last, first)
        return EventsPerRead(counts, _median(counts, count + 1), most, most_at)


def _capped(sizes: list[int]) -> Iterable[int]:
    return sizes if max(sizes) <= MANY else [min(size, MANY) for size in sizes]


def _median(counts: list[int], total: int) -> int:
    seen, wanted = 0, ceil(total / 2)
    for size, hits in enumerate(counts):
        seen += hits
        if seen >= wanted:
            return size
    return MANY
