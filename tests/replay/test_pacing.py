from hypothesis import given
from hypothesis import strategies as st

from inspector.replay.pacing import Pace, frames_on_time, paced
from tests.support import exchange_of_body, sse, start

SECOND = 1_000_000_000
times = st.lists(st.one_of(st.none(), st.integers(0, 10 * SECOND)), max_size=30)
in_order = st.lists(st.integers(0, 10 * SECOND), max_size=30).map(sorted)


@given(in_order)
def test_at_speed_one_everything_is_due_when_it_was_recorded(recorded: list[int]) -> None:
    assert [due for due, _ in paced(((t_ns, None) for t_ns in recorded), Pace())] == recorded


@given(times, st.one_of(st.none(), st.floats(0.01, 100)), st.one_of(st.none(), st.floats(0, 20)))
def test_time_never_runs_backwards(recorded: list[int | None], speed: float | None, limit: float | None) -> None:
    due = [due for due, _ in paced(((t_ns, None) for t_ns in recorded), Pace(speed, limit))]
    assert due == sorted(due)
    assert all(at >= 0 for at in due)
    assert len(due) == len(recorded)


@given(times)
def test_max_is_without_any_pause(recorded: list[int | None]) -> None:
    pace = Pace(None)
    assert not any(pace(t_ns) for t_ns in recorded)


@given(in_order, st.sampled_from([0.25, 0.5, 2, 4, 10]))
def test_a_speed_divides_every_time(recorded: list[int], speed: float) -> None:
    pace = Pace(speed)
    assert all(abs(pace(t_ns) - t_ns / speed) <= 1 for t_ns in recorded)


@given(in_order, st.integers(0, 5))
def test_only_pauses_beyond_the_idle_limit_change(recorded: list[int], limit: int) -> None:
    pace = Pace(1, limit)
    before = came = 0
    for t_ns in recorded:
        due = pace(t_ns)
        assert due - before == min(t_ns - came, limit * SECOND)
        before, came = due, t_ns


def test_the_idle_limit_is_in_recorded_seconds() -> None:
    pace = Pace(2, 1)
    assert [pace(t_ns) for t_ns in (0, 9 * SECOND, 9 * SECOND + SECOND // 2)] == [0, SECOND // 2, 3 * SECOND // 4]


def test_a_missing_time_is_the_one_before() -> None:
    pace = Pace()
    assert [pace(t_ns) for t_ns in (None, 5, None, 3, 7)] == [0, 5, 5, 5, 7]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


def test_frames_come_when_they_are_due_and_the_end_too() -> None:
    chunks = [sse(start()), sse({"type": "ping"}), sse({"type": "message_stop"})]
    exchange = exchange_of_body(chunks)
    clock = Clock()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += round(seconds * 1e9)

    frames = list(frames_on_time(exchange, speed=0.5, sleep=sleep, clock=clock))
    assert b"".join(frame.raw for frame in frames) == b"".join(chunks)
    assert slept == [2e-6, 2e-6]
