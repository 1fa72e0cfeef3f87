"""Time: when what was recorded is due again."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from inspector.sse import Frame
from inspector.timeline import Exchange

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
        """When it is due, for the next recorded time."""
        if t_ns is not None and t_ns > self._recorded:
            pause = t_ns - self._recorded
            self._recorded = t_ns
            self._elapsed += pause if self._longest is None else min(pause, self._longest)
        return 0 if self._speed is None else round(self._elapsed / self._speed) if self._speed != 1 else self._elapsed


def paced(items: Iterable[tuple[int | None, T]], pace: Pace) -> Iterator[tuple[int, T]]:
    """The items with the times at which they are due."""
    for t_ns, item in items:
        yield pace(t_ns), item


def frames_on_time(
    exchange: Exchange,
    speed: float | None = 1.0,
    idle_limit: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], int] = time.monotonic_ns,
) -> Iterator[Frame]:
    """Every frame, each yielded when it is due; returns when the end is."""
    start = clock()
    end = (exchange.index.end or {}).get("t_ns")

    def recorded() -> Iterator[tuple[int | None, Frame | None]]:
        for frame in exchange.frames():
            yield frame.t_ns, frame
        yield end if isinstance(end, int) else None, None

    for due, frame in paced(recorded(), Pace(speed, idle_limit)):
        left = start + due - clock()
        if left > 0:
            sleep(left / 1e9)
        if frame:
            yield frame
