"""The pauses between network reads, kept so that any moment's figures cost next to nothing."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import ceil, log2
from operator import sub
from typing import Final

from inspector.timeline.index import Index

# Eight buckets to the doubling, from 1 µs: 9 % wide each, up to half an hour.
_STEPS: Final = 8
BUCKETS: Final = 256
_SMALLEST_NS: Final = 1000
_CHECKPOINT: Final = 1 << 12
# So many gaps are sorted faster than anybody sees.
_EXACT: Final = 1 << 12


class Gaps:
    """The gaps between consecutive reads of an index, also while it grows; gap i stands between read i and i + 1.

    `advance()` takes in what has come. Figures 'as of' a number of reads come from counts kept at checkpoints: exact
    for the longest, to within 5 % for the quantiles of many gaps.
    """

    def __init__(self, index: Index) -> None:
        self._arrivals = index.arrivals
        self._buckets = bytearray()
        self._checkpoints: list[array[int]] = [array("I", bytes(4 * BUCKETS))]
        self._record_at = array("I")
        self._records = array("q")

    def advance(self) -> None:
        """Takes in the reads that have come since."""
        times = self._arrivals.t_ns
        done = len(self._buckets)
        while (end := min(len(times), done + 1 + _CHECKPOINT)) > done + 1:
            gaps = list(map(sub, times[done + 1 : end], times[done : end - 1]))
            self._longest(done, gaps)
            self._buckets.extend(map(bucket_of, gaps))
            done += len(gaps)
            while len(self._buckets) >= len(self._checkpoints) * _CHECKPOINT:
                self._checkpoint()

    def count_at(self, reads: int) -> int:
        """How many gaps lie between the first so many reads."""
        return max(0, min(reads - 1, len(self._buckets)))

    def longest(self, reads: int) -> tuple[int, int] | None:
        """The longest gap so far in ns, and the first event that the read after it completed."""
        at = bisect_left(self._record_at, self.count_at(reads)) - 1
        if at < 0:
            return None
        return self._records[at], self._arrivals.brought[self._record_at[at] + 1]

    def counts(self, reads: int, edges: list[int]) -> list[int]:
        """How many gaps are up to each edge (ns, rising) and above the one before it; the last, above all edges."""
        counts = [0] * (len(edges) + 1)
        count = self.count_at(reads)
        if count <= _EXACT:
            for gap in self._gaps(count):
                counts[bisect_left(edges, gap)] += 1
            return counts
        for bucket, hits in enumerate(self.histogram(reads)):
            counts[bisect_left(edges, lower_bound(bucket) * 2 ** (0.5 / _STEPS))] += hits
        return counts

    def histogram(self, reads: int) -> list[int]:
        """How many gaps fell into each bucket; `lower_bound` gives its edge."""
        count = self.count_at(reads)
        # While a thread advances, the last checkpoint may still be missing.
        checkpoint = min(count // _CHECKPOINT, len(self._checkpoints) - 1)
        counts = list(self._checkpoints[checkpoint])
        for bucket in self._buckets[checkpoint * _CHECKPOINT : count]:
            counts[bucket] += 1
        return counts

    def quantile(self, reads: int, share: float) -> int | None:
        """The gap that this share of all gaps does not exceed, ns."""
        count = self.count_at(reads)
        if not count:
            return None
        if count <= _EXACT:
            return sorted(self._gaps(count))[max(0, ceil(share * count) - 1)]
        wanted, seen = share * count, 0
        for bucket, hits in enumerate(self.histogram(reads)):
            seen += hits
            if hits and seen >= wanted:
                return round(lower_bound(bucket) * 2 ** (0.5 / _STEPS)) if bucket else 0
        return None

    def next_over(self, n: int, threshold_ns: int, backward: bool = False) -> int | None:
        """The next event after (before) event n that came after a gap above the threshold."""
        brought, least = self._arrivals.brought, bucket_of(threshold_ns)
        at = (bisect_left(brought, n) if backward else bisect_right(brought, n)) - 1
        places = range(min(at - 1, len(self._buckets) - 1), -1, -1) if backward else range(at, len(self._buckets))
        for place in places:
            if place >= 0 and self._buckets[place] >= least and brought[place + 1] != n:
                return brought[place + 1]
        return None

    def _gaps(self, count: int) -> Iterator[int]:
        times = self._arrivals.t_ns
        return map(sub, times[1 : count + 1], times[:count])

    def _longest(self, done: int, gaps: list[int]) -> None:
        record = self._records[-1] if self._records else -1
        if max(gaps) <= record:
            return
        for at, gap in enumerate(gaps, done):
            if gap > record:
                record = gap
                self._record_at.append(at)
                self._records.append(gap)

    def _checkpoint(self) -> None:
        counts = array("I", self._checkpoints[-1])
        start = (len(self._checkpoints) - 1) * _CHECKPOINT
        for bucket in self._buckets[start : start + _CHECKPOINT]:
            counts[bucket] += 1
        self._checkpoints.append(counts)


def bucket_of(gap_ns: int) -> int:
    """The bucket of a gap; 0 holds everything below 1 µs, also what a clock that went back made negative."""
    if gap_ns < _SMALLEST_NS:
        return 0
    return min(BUCKETS - 1, 1 + int(log2(gap_ns / _SMALLEST_NS) * _STEPS))


def lower_bound(bucket: int) -> float:
    """The smallest gap of a bucket, ns."""
    return 0.0 if not bucket else _SMALLEST_NS * 2 ** ((bucket - 1) / _STEPS)
