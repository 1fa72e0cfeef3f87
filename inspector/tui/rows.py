"""Which frames the list shows, in order."""

from array import array
from bisect import bisect_left
from typing import Protocol

from inspector.timeline import Index


class Rows(Protocol):
    """The frame number at each place of the list."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> int: ...

    def place(self, n: int) -> int | None:
        """Where frame n stands, None where it is not shown."""

    def nearest(self, n: int) -> int:
        """Where frame n stands or would stand."""


class AllRows:
    """Every frame."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return self._index.count

    def __getitem__(self, place: int) -> int:
        return place + 1

    def place(self, n: int) -> int | None:
        return n - 1

    def nearest(self, n: int) -> int:
        return n - 1


class SomeRows:
    """The frames that a filter lets through; more are added to `numbers` as they are found, in order."""

    def __init__(self, numbers: "array[int]") -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> int:
        return self.numbers[place]

    def place(self, n: int) -> int | None:
        at = bisect_left(self.numbers, n)
        return at if at < len(self.numbers) and self.numbers[at] == n else None

    def nearest(self, n: int) -> int:
        return max(0, min(bisect_left(self.numbers, n), len(self.numbers) - 1))
