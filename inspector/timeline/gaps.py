"""The pauses between network reads, kept so that any moment's figures cost next to nothing."""

import re
from bisect import bisect_left, bisect_right
from math import ceil, log2
from typing import Final

from inspector.timeline.differences import BUCKETS, Differences
from inspector.timeline.index import Index

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
