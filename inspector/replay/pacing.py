"""Time: when what was recorded is due again."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Pace:
    """Recorded times, in their order, to replay times. Nanoseconds on both sides, 0 is the request.

    `speed`: 2.0 is twice as fast, None is without any pause. `idle_limit`: a recorded pause of more than this many
    seconds becomes one of exactly that many, before the speed is applied. A missing time is that of the one before, and
    time never runs backwards.
    """

    def __init__(self, speed: float | None = 1.0, idle_limit: float | None = None) -> None:
        self._speed = speed
        self._longest = None if idle_limit is None else round(idle_limit * 1e9)
        self._recorded = 0
        self._elapsed = 0

    def __call__(self, t_ns: int | None) -> int:
        if t_ns is not None and t_ns > self._recorded:
            pause = t_ns - self._recorded
            self._recorded = t_ns
            self._elapsed += pause if self._longest is None else min(pause, self._longest)
        return 0 if self._speed is None else round(self._elapsed / self._speed) if self._speed != 1 else self._elapsed


def paced(items: Iterable[tuple[int | None, T]], pace: Pace) -> Iterator[tuple[int, T]]:
    """The items with the times at which they are due."""
    for t_ns, item in items:
        yield pace(t_ns), item
