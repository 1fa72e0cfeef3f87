"""The columns of a list of streams."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.panes.columns import COLUMNS, SORTED_BY, Layout, StreamRow, can_sort, in_order, names_of, sums_line
from inspector.panes.drawing.lines import width_of
from inspector.session.sources import Key, Source
from inspector.session.summaries import UNREAD, Summary
from inspector.session.threads import Thread, Turn
from inspector.timeline.metrics import InputTokens

DONE = Summary(
    state="complete",
    worst=("warn", "P01"),
    more=2,
    trouble=1,
    http=200,
    started=1_790_000_000.0,
    model="claude-sonnet-4-6",
    input_tokens=InputTokens(12_345, 11_000, 300),
    output_tokens=678,
    ttft_ms=412,
    duration_ms=3_210,
    events=1_234,
    prompt="What is the weather like in Lisbon, Oslo and Nairobi tomorrow?",
)
REPLY = Summary("reply", http=200, started=1_790_000_001.0, asked="POST /v1/messages/count_tokens")


def row(summary: Summary = DONE, name: str = "a") -> StreamRow:
    return StreamRow(Source(f"/{name}.jsonl"), name, summary)


def turns(*keys: str) -> list[Turn[Key]]:
    """One thread."""
    thread: Thread[Key] = Thread("main", "1")
    for number, key in enumerate(keys, 1):
        thread.turns.append(Turn((f"/{key}.jsonl", None), thread, number, "next" if number > 1 else "first", None))
    return thread.turns


def shown(rows: list[StreamRow], width: int, sorted_by: str = "started") -> tuple[list[str], str]:
    """The names of the columns that fit, and the first row as text."""
    layout = Layout()
    layout.take(rows)
    layout.fit(width, sorted_by)
    headings = [name for name, _ in layout.headings(sorted_by, False)]
    return headings, "".join(text for text, _ in layout.line(rows[0]))


def test_everything_is_there_where_there_is_room() -> None:
    first = row(replace(DONE, http=429))._replace(turn=turns("a", "b")[1], place=1)
    headings, line = shown([first, row(REPLY, "b")], 260)
    assert headings == [column.heading for column in COLUMNS]
    for text in (
        "● complete",
        "1 2",
        "429",
        "▲ P01 +2",
        "claude-sonnet-4-6",
        "12,345/678",
        "11,000/300",
        "412 ms",
        "3.21 s",
        "1,234",
        "Lisbon",
    ):
        assert text in line


def test_what_matters_most_stays_in_a_narrow_list() -> None:
    headings, line = shown([row()], 56)
    assert headings == ["state", "findings", "stream", "started", "tokens"]
    assert "12,345/678" in line


def test_what_is_no_stream_has_its_method_and_path() -> None:
    headings, line = shown([row(REPLY), row()], 80, "tokens")
    assert headings == ["state", "findings", "stream", "request", "started", "tokens"]
    assert "POST /v1/mess" in line
    assert "request" not in shown([row()], 200)[0]


def test_a_status_that_is_not_200_is_always_shown() -> None:
    assert "HTTP" not in shown([row()], 200)[0]
    refused = row(replace(DONE, http=529), "b")
    headings, line = shown([refused, row()], 56)
    assert "HTTP" in headings
    assert "529" in line


def test_one_day_needs_no_date() -> None:
    assert shown([row()], 120)[1].count("-") == shown([row()], 120)[1].count("claude-") * 3
    later = row(replace(DONE, started=1_790_000_000.0 + 3 * 86_400), "b")
    layout = Layout()
    layout.take([row()])
    assert layout.day.startswith("2026-")
    layout.take([later])
    assert layout.day == ""


def test_columns_never_get_narrower() -> None:
    layout = Layout()
    layout.take([row()])
    layout.fit(120, "started")
    before = [width_of(line) for _, line in layout.headings("started", False)]
    layout.take([row(UNREAD, "b")])
    layout.fit(120, "started")
    assert [width_of(line) for _, line in layout.headings("started", False)] == before


@given(st.integers(20, 240), st.text(max_size=60), st.sampled_from(SORTED_BY))
def test_a_line_is_never_wider_than_the_list(width: int, text: str, sorted_by: str) -> None:
    summary = replace(DONE, model=text.replace("\n", " "), prompt=text * 3)
    rows = [row(summary, text), row(UNREAD, "b")]
    layout = Layout()
    layout.take(rows)
    layout.fit(width, sorted_by)
    for found in rows:
        assert width_of(layout.line(found)) <= width
    headings = [piece for _, line in layout.headings(sorted_by, True) for piece in line][:-1]
    assert width_of(headings) <= width


def test_names_without_what_all_have_in_common() -> None:
    def names(*paths: str) -> list[str]:
        return names_of([Source(f"/s/{path}") for path in paths])

    assert names("a.jsonl", "b.jsonl") == ["a", "b"]
    assert names("a.jsonl") == ["a.jsonl"]
    assert names("a.jsonl", "b.sse") == ["a.jsonl", "b.sse"]
    stamped = ["20260127-101112-123456-0a1b2c.jsonl", "20260127-101113-000000-ffffff.jsonl"]
    assert names(*stamped) == ["…0a1b2c", "…ffffff"]
    assert names("my-long-name-one.jsonl", "my-long-name-two.jsonl") == ["…one", "…two"]
    assert names("over.jsonl", "overlap.jsonl") == ["over", "overlap"]


def test_names_that_would_be_the_same_stay_whole() -> None:
    same = ["20260127-101112-123456-0a1b2c.jsonl", "20260127-101113-123456-0a1b2c.jsonl"]
    assert names_of([Source(path) for path in same]) == [name.removesuffix(".jsonl") for name in same]


def test_a_name_is_harmless() -> None:
    assert names_of([Source("/s/\x1b[31m.jsonl"), Source("/s/b.jsonl")])[0] == "␛[31m"


def test_each_order_puts_the_largest_first_and_the_unknown_last() -> None:
    small = row(
        replace(DONE, started=1.0, duration_ms=1, input_tokens=InputTokens(1), output_tokens=1, ttft_ms=1, trouble=0),
        "small",
    )._replace(place=3)
    large = row()._replace(place=2)
    unknown = row(UNREAD, "unknown")
    for column in SORTED_BY:
        names = [found.name for found in in_order([unknown, small, large], column, False)]
        assert names == (["a", "unknown", "small"] if column == "findings" else ["a", "small", "unknown"])
        names = [found.name for found in in_order([unknown, large, small], column, True)]
        assert names == (["unknown", "small", "a"] if column == "findings" else ["small", "a", "unknown"])


def test_what_kind_of_turn_it_is() -> None:
    """The signs say it, also without colours; a stream alone has none."""
    thread: Thread[Key] = Thread("subagent", "1.2", 1)
    again = Turn(("/a.jsonl", None), thread, 3, "retry", ("/b.jsonl", None))
    assert "1.2↳3 ↻" in shown([row()._replace(turn=again)], 120)[1]
    assert "turn" not in shown([row()._replace(turn=turns("a")[0]), row(name="b")], 120)[0]


def test_the_sums_are_of_all() -> None:
    first, second = turns("a", "b")
    rows = [row()._replace(turn=first), row(name="b")._replace(turn=second), row(UNREAD, "c")]
    text = "".join(text for text, _ in sums_line(rows))
    assert text == "Σ  2 turns in 1 thread   in 24,690 (cached 22,000, written 600)   out 1,356"


def test_no_order_leaves_them_as_they_are() -> None:
    rows = [row(name="b"), row(name="a")]
    assert in_order(rows, "", False) == rows


@pytest.mark.parametrize("heading", [column.heading for column in COLUMNS])
def test_text_columns_are_not_sorted_by(heading: str) -> None:
    assert can_sort(heading) == (heading not in ("stream", "request", "model", "prompt", "waterfall"))
