from array import array
from collections.abc import Callable, Iterable
from heapq import nlargest
from operator import sub
from typing import Final

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
