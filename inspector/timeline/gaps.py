"""The pauses between network reads, kept so that any moment's figures cost next to nothing."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain, pairwise
from math import ceil
from operator import sub
from typing import Final

from inspector.timeline.index import NO_TIME, Index

FEW: Final = 5
_CHECKPOINT: Final = 1 << 12
# The largest ones are looked for among these many values at most.
_STRETCH: Final = 1 << 9


class Differences:
    """What lies between consecutive entries of a column that may be growing; value i between entry i and i + 1.

    `advance()` takes in what has come. The largest values are kept at checkpoints, so that they cost next to nothing
    'as of' any number of values. `bucket` gives for each value a byte, which `buckets` holds.
    """

    def __init__(self, column: "array[int]", bucket: Callable[[list[int]], Iterable[int]]) -> None:
        self._column = column
        self._bucket = bucket
        self.buckets = bytearray()
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

    def values(self, start: int, stop: int) -> list[int]:
        """The values from place `start` up to before `stop`, as far as there are any."""
        column = self._column
        return list(map(sub, column[start + 1 : stop + 1], column[start:stop]))

    def largest(self, count: int) -> list[tuple[int, int]]:
        """The few largest of the first so many values with their places, the largest first; of equals the first."""
        at = min(count // _STRETCH, len(self._largest) - 1)
        return self._larger(self._largest[at], at * _STRETCH, count)

    def _larger(self, known: list[tuple[int, int]], start: int, stop: int) -> list[tuple[int, int]]:
        values = self.values(start, stop)
        if not values or (len(known) == FEW and max(values) <= known[-1][0]):
            return known
        return nlargest(FEW, [*known, *zip(values, range(start, stop), strict=False)], key=lambda pair: pair[0])


_SHORT: Final = 1 << 11
_LONG: Final = 1 << 16
_EACH: Final = _LONG // _SHORT
_LARGEST: Final = (1 << 63) - 1


class Ordered:
    """A growing list's values in order: the exact rank of any value among the first so many of them.

    `values` gives those from a place up to before another one. Sorted runs of two lengths are kept: whatever the number
    of values, few of them cover it, and only what is behind the last one is sorted anew.
    """

    def __init__(self, values: Callable[[int, int], list[int]]) -> None:
        self._values = values
        self._short: list[array[int]] = []
        self._long: list[array[int]] = []

    def advance(self, count: int) -> None:
        """Takes in what has come since; now there are so many."""
        while (len(self._short) + 1) * _SHORT <= count:
            start = len(self._short) * _SHORT
            self._short.append(_run(self._values(start, start + _SHORT)))
            if len(self._short) % _EACH == 0:
                self._long.append(_run(chain.from_iterable(self._short[-_EACH:])))

    def runs(self, count: int) -> list[Sequence[int]]:
        """The first so many values as sorted runs, none of which is empty."""
        long = self._long[: count // _LONG]
        short = self._short[len(long) * _EACH : count // _SHORT]
        start = len(long) * _LONG + len(short) * _SHORT
        rest = sorted(self._values(start, count))
        return [*long, *short, *([rest] if rest else [])]


def smallest(runs: Sequence[Sequence[int]], rank: int) -> int:
    """The value with this rank, from 0, of all these runs."""
    low, high = min(run[0] for run in runs), max(run[-1] for run in runs)
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(run, middle) for run in runs) > rank:
            high = middle
        else:
            low = middle + 1
    return low


def _run(values: Iterable[int]) -> "array[int]":
    ordered = sorted(values)
    try:
        return array("q", ordered)
    except OverflowError:
        # Only a file that lies has pauses of centuries.
        return array("q", [max(-_LARGEST, min(value, _LARGEST)) for value in ordered])


_LEAST_NOTABLE_NS: Final = 200_000_000
_NOTABLE: Final = 10


class Gaps:
    """The gaps between consecutive reads of an index, also while it grows; gap i stands between read i and i + 1.

    `advance()` takes in what has come, so that figures 'as of' any number of reads cost next to nothing. All of them
    are exact.
    """

    def __init__(self, index: Index) -> None:
        self._arrivals = index.arrivals
        # The length in bits costs less than the gap itself, and leaves few to look at.
        self._gaps = Differences(index.arrivals.t_ns, lambda gaps: map(int.bit_length, gaps))
        self._ordered = Ordered(self._gaps.values)
        self._median: tuple[int, float | None] = 0, None

    def advance(self) -> None:
        """Takes in the reads that have come since."""
        self._gaps.advance()
        self._ordered.advance(len(self._gaps))

    def longest(self, reads: int) -> tuple[int, int] | None:
        """The longest gap so far in ns, and the first event that the read after it completed."""
        few = self.longest_few(reads)
        return few[0] if few else None

    def longest_few(self, reads: int) -> list[tuple[int, int]]:
        """The longest gaps so far in ns, the longest first, each with the first event of the read after it."""
        return [(gap, self._arrivals.brought[at + 1]) for gap, at in self._gaps.largest(_between(reads))]

    def notable_ns(self, reads: int) -> int:
        """What a gap has to exceed to be pointed out: ten times the median so far, and a fifth of a second."""
        return max(_LEAST_NOTABLE_NS, round(_NOTABLE * (self.median(reads) or 0)))

    def counts(self, reads: int, edges: Sequence[int]) -> list[int]:
        """How many gaps are up to each edge (ns, rising) and above the one before it; the last, above all edges."""
        count = _between(reads)
        runs = self._ordered.runs(count)
        up_to = [sum(bisect_right(run, edge) for run in runs) for edge in edges]
        return [after - before for before, after in pairwise([0, *up_to, count])]

    def median(self, reads: int) -> float | None:
        """The median gap so far in ns: the middle one, or what is half way between the two in the middle."""
        count = _between(reads)
        if count and self._median[0] != count:
            runs = self._ordered.runs(count)
            low = smallest(runs, (count - 1) // 2)
            self._median = count, low if count % 2 else (low + smallest(runs, count // 2)) / 2
        return self._median[1] if count else None

    def quantile(self, reads: int, share: float) -> int | None:
        """The smallest gap that this share of all gaps does not exceed, ns."""
        count = _between(reads)
        return smallest(self._ordered.runs(count), max(0, ceil(share * count) - 1)) if count else None

    def any_over(self, start: int, stop: int, threshold_ns: int) -> bool:
        """Whether one of the gaps from place `start` up to before `stop` is above the threshold."""
        start = max(0, start)
        buckets = bytes(self._gaps.buckets[start : max(start, stop)])
        pattern, at = _from(threshold_ns.bit_length()), 0
        while found := pattern.search(buckets, at):
            if self._over(start + found.start(), threshold_ns):
                return True
            at = found.end()
        return False

    def next_over(self, n: int, threshold_ns: int, backward: bool = False) -> int | None:
        """The next event after (before) event n that came after a gap above the threshold."""
        brought, buckets, least = self._arrivals.brought, self._gaps.buckets, threshold_ns.bit_length()
        at = (bisect_left(brought, n) if backward else bisect_right(brought, n)) - 1
        places = range(min(at - 1, len(buckets) - 1), -1, -1) if backward else range(at, len(buckets))
        for place in places:
            if place >= 0 and buckets[place] >= least and brought[place + 1] != n and self._over(place, threshold_ns):
                return brought[place + 1]
        return None

    def _over(self, place: int, threshold_ns: int) -> bool:
        return self._gaps.values(place, place + 1)[0] > threshold_ns


def _between(reads: int) -> int:
    """How many gaps lie between so many reads."""
    return max(0, reads - 1)


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
        self._checkpoints: list[array[int]] = [array("I", bytes(4 * (MANY + 1)))]

    def advance(self) -> None:
        """Takes in the reads that have come since."""
        self._sizes.advance()
        while len(self._sizes) >= len(self._checkpoints) * _CHECKPOINT:
            self._checkpoints.append(array("I", self._counts(len(self._checkpoints) * _CHECKPOINT)))

    def _counts(self, count: int) -> list[int]:
        """How many of the first so many reads completed 0, 1, 2 … events."""
        # While a thread advances, the last checkpoint may still be missing.
        checkpoint = min(count // _CHECKPOINT, len(self._checkpoints) - 1)
        counts = list(self._checkpoints[checkpoint])
        for size, hits in Counter(self._sizes.buckets[checkpoint * _CHECKPOINT : count]).items():
            counts[size] += hits
        return counts

    def at(self, n: int, reads: int) -> EventsPerRead | None:
        """As of event n, when so many reads had come; None before the first read."""
        # What the last read brought is known up to event n only.
        count = min(reads - 1, len(self._sizes))
        if count < 0:
            return None
        counts = self._counts(count)
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
