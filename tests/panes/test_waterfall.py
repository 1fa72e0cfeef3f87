"""The waterfall of a session."""

from hypothesis import given
from hypothesis import strategies as st

from inspector.panes.drawing.lines import width_of
from inspector.panes.waterfall import SessionAxis, bar, span_of
from inspector.session.summaries import UNREAD, Summary

TIMES = st.floats(0, 1e9)


def drawn(axis: SessionAxis, summary: Summary, width: int) -> str:
    return "".join(text for text, _ in bar(axis, summary, width))


def test_waiting_thinking_answering() -> None:
    summary = Summary("complete", started=0, ttft_ms=2000, thinking_ms=2000, answer_ms=6000, duration_ms=9999)
    assert drawn(SessionAxis([(0, 10)]), summary, 10) == "──▒▒▒▒████"


def test_what_never_brought_content_only_waits() -> None:
    summary = Summary("truncated", started=5, duration_ms=5000)
    assert drawn(SessionAxis([(0, 10)]), summary, 10) == "     ─────"


def test_only_thinking() -> None:
    summary = Summary("cancelled", started=0, ttft_ms=3000, thinking_ms=3000, duration_ms=10_000)
    assert drawn(SessionAxis([(0, 10)]), summary, 10) == "───▒▒▒▒▒▒█"


def test_a_night_between_two_turns_takes_little_room() -> None:
    axis = SessionAxis([(0, 10), (40_000, 40_010)])
    assert axis.place(10) > 0.45
    assert axis.place(40_000) < 0.55
    assert axis.place(20_000) == axis.place(10)


def test_what_runs_side_by_side_is_drawn_to_scale() -> None:
    axis = SessionAxis([(0, 10), (5, 20)])
    assert [axis.place(at) for at in (0, 5, 10, 20)] == [0, 0.25, 0.5, 1]


def test_without_a_time_there_is_nothing() -> None:
    assert span_of(UNREAD) is None
    assert drawn(SessionAxis([]), UNREAD, 5) == "     "


@given(st.lists(st.tuples(TIMES, TIMES), max_size=8), st.lists(TIMES, min_size=2, max_size=2))
def test_later_is_never_further_left(spans: list[tuple[float, float]], moments: list[float]) -> None:
    axis = SessionAxis(spans)
    places = [axis.place(moment) for moment in sorted(moments)]
    assert 0 <= places[0] <= places[1] <= 1


@given(
    st.lists(st.tuples(TIMES, TIMES), max_size=4), st.integers(0, 60), TIMES,
    *[st.none() | st.floats(0, 1e9)] * 4, st.sampled_from(["complete", "live", "error"]),
)  # fmt: skip
def test_a_bar_is_as_wide_as_its_column(
    spans: list[tuple[float, float]],
    width: int,
    started: float,
    ttft: float | None,
    thinking: float | None,
    answer: float | None,
    duration: float | None,
    state: "str",
) -> None:
    summary = Summary(
        state,  # type: ignore[arg-type]
        started=started, ttft_ms=ttft, thinking_ms=thinking, answer_ms=answer, duration_ms=duration,
    )  # fmt: skip
    line = bar(SessionAxis(spans), summary, width)
    assert width_of(line) == width
    assert not width or any(text.strip() for text, _ in line)
