"""A recording played: which frame is current when."""

import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from inspector.replay.pacing import Pace, paced
from inspector.sse import Frame
from inspector.timeline import Exchange
from inspector.timeline.index import NO_TIME

Clock = Callable[[], int]


class Player:
    """Says which frame is current at the moment that `clock` gives. Holds no timer and does no I/O.

    `times` are the frames' t_ns (NO_TIME where the source has none), such as `Index.t_ns`; they may go on growing.
    `n` is the number of the current frame, 0 before the first. `speed` None plays everything at once. Positions are
    nanoseconds since the request at speed 1, with pauses already shortened to `idle_limit` (seconds).
    """

    def __init__(
        self,
        times: Sequence[int],
        speed: float | None = 1.0,
        idle_limit: float | None = None,
        clock: Clock = time.monotonic_ns,
    ) -> None:
        self._times = times
        self._pace = Pace(1.0, idle_limit)
        self._due = array("q")
        self._clock = clock
        self._speed = speed
        self._playing = False
        # Where the player stood at `_since`. Several frames can be due at one position: `_n` is the one it had reached.
        self._position = 0
        self._n = 0
        self._since = clock()

    @property
    def playing(self) -> bool:
        """Whether time goes on; False once the last frame has been reached."""
        return self._playing and not self.finished

    @property
    def finished(self) -> bool:
        return self.n >= len(self._schedule())

    @property
    def speed(self) -> float | None:
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._settle()
        self._speed = speed

    @property
    def position_ns(self) -> int:
        """How far the player is."""
        due = self._schedule()
        last = due[-1] if due else 0
        if not self._playing:
            return self._position
        if self._speed is None:
            return last
        return min(last, self._position + round((self._clock() - self._since) * self._speed))

    @property
    def n(self) -> int:
        """The number of the current frame."""
        position = self.position_ns
        if position == self._position and not (self._playing and self._speed is None):
            return self._n
        return max(self._n, bisect_right(self._schedule(), position))

    def play(self) -> None:
        """Goes on from here, from the beginning where the end has been reached."""
        if self.finished:
            self.seek(0)
        self._settle()
        self._playing = True

    def pause(self) -> None:
        self._settle()
        self._playing = False

    def seek(self, n: int) -> None:
        """Makes frame n the current one (0: before the first), playing or not; the nearest where there is no such."""
        due = self._schedule()
        self._n = max(0, min(n, len(due)))
        self._position = due[self._n - 1] if self._n else 0
        self._since = self._clock()

    def seek_position(self, position_ns: int) -> None:
        """Goes to a position; the current frame is the last one that has come by then."""
        due = self._schedule()
        self._position = max(0, min(position_ns, due[-1] if due else 0))
        self._n = bisect_right(due, self._position)
        self._since = self._clock()

    def position_of(self, n: int) -> int:
        """The position at which frame n comes."""
        return self._schedule()[n - 1] if n else 0

    def next_in_ns(self) -> int | None:
        """Nanoseconds on the clock until the next frame comes; None where none does by itself."""
        n = self.n
        if not self.playing or self._speed is None:
            return None
        return max(0, round((self._schedule()[n] - self.position_ns) / self._speed))

    def _settle(self) -> None:
        self._n, self._position = self.n, self.position_ns
        self._since = self._clock()

    def _schedule(self) -> "array[int]":
        for at in range(len(self._due), len(self._times)):
            t_ns = self._times[at]
            self._due.append(self._pace(None if t_ns == NO_TIME else t_ns))
        return self._due


def frames_on_time(
    exchange: Exchange,
    speed: float | None = 1.0,
    idle_limit: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Clock = time.monotonic_ns,
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
