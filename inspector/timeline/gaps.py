"""The pauses between network reads, kept so that any moment's figures cost next to nothing."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nlargest
from math import ceil, log2
from operator import sub
from typing import Final

from inspector.timeline.index import NO_TIME, Index

BUCKETS: Final = 256
FEW: Final = 5
_CHECKPOINT: Final = 1 << 12
# The largest ones are looked for among these many values at most.
_STRETCH: Final = 1 << 9


class Differences:
    """What lies between consecutive entries of a column that may be growing; value i between entry i and i + 1.

    `advance()` takes in what has come. Counts and largest values are kept at checkpoints, so that they cost next to
    nothing 'as of' any number of values. `bucket` gives for each value its bucket, 0 to 255.
    """

    def __init__(self, column: "array[int]", bucket: Callable[[list[int]], Iterable[int]]) -> None:
        self._column = column
        self._bucket = bucket
        self.buckets = bytearray()
        self._checkpoints: list[array[int]] = [array("I", bytes(4 * BUCKETS))]
        self._largest: list[list[tuple[int, int]]] = [[]]

    def __len__(self) -> int:
        return len(self.buckets)

    def advance(self) -> None:
        """Takes in the entries that have come since."""
        while values := self.values(len(self.buckets), len(self.buckets) + _CHECKPOINT):
            self.buckets.extend(self._bucket(values))
            while len(self.buckets) >= len(self._largest) * _STRETCH:
                start = (len(self._largest) - 1) * _STRETCH
                self._largest.append(self._larger(self._largest[-1], start, start + _STRETCH))
            while len(self.buckets) >= len(self._checkpoints) * _CHECKPOINT:
                self._checkpoint()

    def values(self, start: int, stop: int) -> list[int]:
        """The values from place `start` up to before `stop`, as far as there are any."""
        column = self._column
        return list(map(sub, column[start + 1 : stop + 1], column[start:stop]))

    def histogram(self, count: int) -> list[int]:
        """How many of the first so many values fell into each bucket."""
        # While a thread advances, the last checkpoint may still be missing.
        checkpoint = min(count // _CHECKPOINT, len(self._checkpoints) - 1)
        counts = list(self._checkpoints[checkpoint])
        for bucket in self.buckets[checkpoint * _CHECKPOINT : count]:
            counts[bucket] += 1
        return counts

    def largest(self, count: int) -> list[tuple[int, int]]:
        """The few largest of the first so many values with their places, the largest first; of equals the first."""
        at = min(count // _STRETCH, len(self._largest) - 1)
        return self._larger(self._largest[at], at * _STRETCH, count)

    def _larger(self, known: list[tuple[int, int]], start: int, stop: int) -> list[tuple[int, int]]:
        values = self.values(start, stop)
        if not values or (len(known) == FEW and max(values) <= known[-1][0]):
            return known
        return nlargest(FEW, [*known, *zip(values, range(start, stop), strict=False)], key=lambda pair: pair[0])

    def _checkpoint(self) -> None:
        counts = array("I", self._checkpoints[-1])
        start = (len(self._checkpoints) - 1) * _CHECKPOINT
        for bucket in self.buckets[start : start + _CHECKPOINT]:
            counts[bucket] += 1
        self._checkpoints.append(counts)


# Eight buckets to the doubling, from 1 µs: 9 % wide each, up to half an hour.
_STEPS: Final = 8
_SMALLEST_NS: Final = 1000
# So many gaps are sorted faster than anybody sees.
_EXACT: Final = 1 << 12
_LEAST_NOTABLE_NS: Final = 200_000_000
_NOTABLE: Final = 10


class Gaps:
    """The gaps between consecutive reads of an index, also while it grows; gap i stands between read i and i + 1.

    `advance()` takes in what has come. Figures 'as of' a number of reads come from counts kept at checkpoints: exact
    for the longest, to within 5 % for the quantiles of many gaps.
    """

    def __init__(self, index: Index) -> None:
        self._arrivals = index.arrivals
        self._gaps = Differences(index.arrivals.t_ns, lambda gaps: map(bucket_of, gaps))

    def advance(self) -> None:
        """Takes in the reads that have come since."""
        self._gaps.advance()

    def count_at(self, reads: int) -> int:
        """How many gaps lie between the first so many reads."""
        return max(0, min(reads - 1, len(self._gaps)))

    def longest(self, reads: int) -> tuple[int, int] | None:
        """The longest gap so far in ns, and the first event that the read after it completed."""
        few = self.longest_few(reads)
        return few[0] if few else None

    def longest_few(self, reads: int) -> list[tuple[int, int]]:
        """The longest gaps so far in ns, the longest first, each with the first event of the read after it."""
        return [(gap, self._arrivals.brought[at + 1]) for gap, at in self._gaps.largest(self.count_at(reads))]

    def notable_ns(self, reads: int) -> int:
        """What a gap has to exceed to be pointed out: ten times the median so far, and a fifth of a second."""
        return max(_LEAST_NOTABLE_NS, _NOTABLE * (self.quantile(reads, 0.5) or 0))

    def counts(self, reads: int, edges: list[int]) -> list[int]:
        """How many gaps are up to each edge (ns, rising) and above the one before it; the last, above all edges."""
        counts = [0] * (len(edges) + 1)
        count = self.count_at(reads)
        if count <= _EXACT:
            for gap in self._gaps.values(0, count):
                counts[bisect_left(edges, gap)] += 1
            return counts
        for bucket, hits in enumerate(self.histogram(reads)):
            counts[bisect_left(edges, lower_bound(bucket) * 2 ** (0.5 / _STEPS))] += hits
        return counts

    def histogram(self, reads: int) -> list[int]:
        """How many gaps fell into each bucket; `lower_bound` gives its edge."""
        return self._gaps.histogram(self.count_at(reads))

    def quantile(self, reads: int, share: float) -> int | None:
        """The gap that this share of all gaps does not exceed, ns."""
        count = self.count_at(reads)
        if not count:
            return None
        if count <= _EXACT:
            return sorted(self._gaps.values(0, count))[max(0, ceil(share * count) - 1)]
        wanted, seen = share * count, 0
        for bucket, hits in enumerate(self.histogram(reads)):
            seen += hits
            if hits and seen >= wanted:
                return round(lower_bound(bucket) * 2 ** (0.5 / _STEPS)) if bucket else 0
        return None

    def any_over(self, start: int, stop: int, threshold_ns: int) -> bool:
        """Whether one of the gaps from place `start` up to before `stop` is above the threshold."""
        start = max(0, start)
        buckets = bytes(self._gaps.buckets[start : max(start, stop)])
        pattern, at = _from(bucket_of(threshold_ns)), 0
        while found := pattern.search(buckets, at):
            if self._over(start + found.start(), threshold_ns):
                return True
            at = found.end()
        return False

    def next_over(self, n: int, threshold_ns: int, backward: bool = False) -> int | None:
        """The next event after (before) event n that came after a gap above the threshold."""
        brought, buckets, least = self._arrivals.brought, self._gaps.buckets, bucket_of(threshold_ns)
        at = (bisect_left(brought, n) if backward else bisect_right(brought, n)) - 1
        places = range(min(at - 1, len(buckets) - 1), -1, -1) if backward else range(at, len(buckets))
        for place in places:
            if place >= 0 and buckets[place] >= least and brought[place + 1] != n and self._over(place, threshold_ns):
                return brought[place + 1]
        return None

    def _over(self, place: int, threshold_ns: int) -> bool:
        # A bucket may hold the threshold.
        return self._gaps.values(place, place + 1)[0] > threshold_ns


def bucket_of(gap_ns: int) -> int:
    """The bucket of a gap; 0 holds everything below 1 µs, also what a clock that went back made negative."""
    if gap_ns < _SMALLEST_NS:
        return 0
    return min(BUCKETS - 1, 1 + int(log2(gap_ns / _SMALLEST_NS) * _STEPS))


def lower_bound(bucket: int) -> float:
    """The smallest gap of a bucket, ns."""
    return 0.0 if not bucket else _SMALLEST_NS * 2 ** ((bucket - 1) / _STEPS)


def _from(bucket: int) -> re.Pattern[bytes]:
    """Finds this bucket and those above it."""
    return re.compile(b"[%b-\xff]" % re.escape(bytes([bucket])))


class Silence:
    """Stretches with pings only, from the event before them to the event after; `advance()` takes in what has come."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._done = 0
        self._ended_with = array("I")
        self._longest = array("q")

    def advance(self) -> None:
        """Takes in the frames that have come since."""
        code, count = self._index.code, self._index.count
        pings = self._index.event_types.codes("ping")
        at = self._done
        while at < count:
            found = [place for ping in pings if (place := code.find(ping, at, count)) >= 0]
            if not found:
                at = count
                break
            first = after = min(found)
            while after < count and code[after] in pings:
                after += 1
            at = after
            if after == count:
                # It may go on.
                at = first
                break
            self._take(first, after)
        self._done = at

    def longest(self, n: int) -> tuple[int, int] | None:
        """As of event n: the longest in ns, and the event that ended it; None where there was none."""
        at = bisect_right(self._ended_with, n) - 1
        return (self._longest[at], self._ended_with[at]) if at >= 0 else None

    def _take(self, first: int, after: int) -> None:
        times = self._index.t_ns
        if not first or NO_TIME in (times[first - 1], times[after]):
            return
        lasted = times[after] - times[first - 1]
        if lasted > (self._longest[-1] if self._longest else 0):
            self._longest.append(lasted)
            self._ended_with.append(after + 1)


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
