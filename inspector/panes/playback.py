"""Moves the cursor by the recorded times."""

from collections.abc import Callable
from time import monotonic_ns
from typing import Final

from inspector.panes.model import StreamModel
from inspector.timeline.rows import gap_before

IDLE_LIMITS_S: Final = (2.0, 1.0, 0.5, 0.2, 0.1)
SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
_UNTIMED_NS: Final = 20_000_000
_MOST_A_TICK: Final = 20_000


class Playback:
    """`speed` is None for as fast as it can be seen; gaps above `idle_limit` seconds are shortened to it.

    `engaged`: something has been played and the moment it came to has not been given up.
    """

    def __init__(
        self,
        stream: StreamModel,
        speed: float | None = 1.0,
        idle_limit: float | None = None,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.stream = stream
        self._clock = clock
        self.idle_s = idle_limit
        self._last = 0
        self._owed_ns = 0.0
        self.speed = speed
        self.playing = False
        self.engaged = False

    def play(self) -> None:
        """From the cursor on; from the first event where there is none, or where it stands at the end."""
        stream = self.stream
        if stream.cursor is None or stream.cursor >= stream.count:
            stream.move_to(1)
        self.playing = self.engaged = True
        self._last = self._clock()
        self._owed_ns = 0.0

    def go_on(self) -> None:
        """From where the cursor was moved to, if it plays; at the end there is nothing more to play."""
        if not self.playing:
            return
        if self.stream.over:
            self.pause()
        else:
            self._last, self._owed_ns = self._clock(), 0.0

    def pause(self) -> None:
        """Stops where it is."""
        self.playing = False

    def leave(self) -> None:
        """Pauses, and gives up the moment."""
        self.playing = self.engaged = False

    def next_idle_limit(self) -> None:
        """The next shorter limit for silences; after the shortest they are played in full."""
        shorter = [limit for limit in IDLE_LIMITS_S if (self.idle_s is None or limit < self.idle_s)]
        self.idle_s = shorter[0] if shorter else None

    def faster(self, steps: int) -> None:
        """The next speed up or down; above the fastest is max."""
        if self.speed is None:
            self.speed = SPEEDS[-1] if steps < 0 else None
            return
        nearest = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - (self.speed or 1.0)))
        wanted = nearest + steps
        self.speed = None if wanted >= len(SPEEDS) else SPEEDS[max(0, wanted)]

    def tick(self) -> bool:
        """Moves on to where the time has come to; whether the cursor moved."""
        stream = self.stream
        if not self.playing or stream.cursor is None:
            return False
        now = self._clock()
        passed, self._last = now - self._last, now
        before = n = stream.cursor
        if self.speed is None:
            n = min(stream.count, n + max(1, stream.count // 60))
        else:
            self._owed_ns += passed * self.speed
            while n < stream.count and n - before < _MOST_A_TICK and (gap := self._gap(n + 1)) <= self._owed_ns:
                self._owed_ns -= gap
                n += 1
        for stop in range(before + 1, n + 1):
            if stream.stops_at(stop):
                n = stop
                self.playing = False
                break
        if n >= stream.count and not stream.live:
            self.playing = False
        stream.move_to(n)
        return n != before

    def _gap(self, n: int) -> int:
        gap = gap_before(self.stream.exchange, n)
        if gap is None:
            return _UNTIMED_NS
        return max(0, gap if self.idle_s is None else min(gap, round(self.idle_s * 1e9)))


def speed_name(speed: float | None) -> str:
    """As it stands in the status line."""
    return "max" if speed is None else f"{speed:g}×"
