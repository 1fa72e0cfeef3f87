"""A recording, played in its time."""

import time
from collections.abc import Callable, Iterator

from inspector.replay.pacing import Pace, paced
from inspector.sse import Frame
from inspector.timeline import Exchange


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
