"""The timing pane: what it says of times, reads and tokens as of a moment, and what it does not say without them."""

from collections.abc import Sequence
from typing import Any

import pytest

from inspector.panes.model import StreamModel
from inspector.panes.timing import timing_content
from inspector.recording import header_line
from inspector.recording.lines import frame_line
from inspector.sse import Decoder
from tests.panes.panes import said
from tests.support import block, exchange_of_lines, finish, sse, start, text

MS = 1_000_000
EVENTS = [
    start(),
    *block(0, *(text(f"piece {at} ") for at in range(20)), type="text", text=""),
    *finish(output_tokens=41),
]


def session_of(
    reads: Sequence[tuple[int | None, Sequence[dict[str, Any]]]], cursor: int | None = None, **source: str
) -> StreamModel:
    """Reads at these moments (ms), each with these events; a read without a moment has no time in the recording."""
    decoder = Decoder()
    lines = [header_line({"kind": "synthetic", **source})]
    for at, events in reads:
        frames = decoder.feed(b"".join(map(sse, events)), 0 if at is None else at * MS)
        for frame in frames:
            if at is None:
                frame.t_ns = frame.read = None
        lines += map(frame_line, frames)
    return StreamModel(exchange_of_lines(lines), cursor=cursor)


def one_by_one(step: int = 20, gaps: dict[int, int] | None = None) -> list[tuple[int, list[dict[str, Any]]]]:
    """Each event in a read of its own, so many ms after the one before."""
    reads, at = [], 100
    for n, event in enumerate(EVENTS, 1):
        at += (gaps or {}).get(n, step)
        reads.append((at, [event]))
    return reads


def section(lines: list[str], heading: str) -> list[str]:
    first = next(at for at, line in enumerate(lines) if line.startswith(heading))
    return lines[first : lines.index("", first) if "" in lines[first:] else len(lines)]


def test_long_gaps_are_marked_in_the_plot_and_listed() -> None:
    stream = session_of(one_by_one(gaps={8: 900, 20: 500}))
    lines = said(timing_content(stream, 78, 400))
    plot = section(lines, "events over time")
    assert plot[0] == "events over time  25 up to 1.96 s"
    marks = plot[-1]
    assert marks.count("▲") == 2
    assert len(plot) == 6
    # The first gap took nearly half of the time.
    assert marks.index("▲") == 77 * 1140 // 1960
    assert marks[marks.index("─") : marks.index("▲")] == "─" * (marks.index("▲") - marks.index("─"))
    assert marks.index("▲") - marks.index("─") == 77 * 900 // 1960 - 1
    assert section(lines, "longest gaps")[1:4] == [
        "▲   900 ms  before event 8  at 1.140 s",
        "▲   500 ms  before event 20  at 1.860 s",
        "     20 ms  before event 2  at 0.140 s",
    ]
    rows = [(line[0], line[1:12].strip(), line.split()[-1]) for line in section(lines, "gaps between reads")[1:]]
    assert rows == [
        (" ", "≤ 20 ms", "22"), (" ", "≤ 50 ms", "0"), (" ", "≤ 100 ms", "0"), (" ", "≤ 200 ms", "0"),
        ("▲", "≤ 500 ms", "1"), ("▲", "≤ 1.00 s", "1"),
    ]  # fmt: skip


def test_everything_is_as_of_the_cursor() -> None:
    stream = session_of(one_by_one(gaps={8: 900, 20: 500}), cursor=7)
    lines = said(timing_content(stream, 78, 400))
    assert "▲" not in "".join(line for line in lines if "above" not in line)
    assert section(lines, "longest gaps")[1] == "     20 ms  before event 2  at 0.140 s"
    assert section(lines, "events for each read")[0].endswith("7 reads")
    assert section(lines, "output tokens")[0].endswith(f"not reported yet: {len('piece 0 ') * 5} bytes of content")


def test_tokens_are_estimated_once_they_are_reported() -> None:
    lines = said(timing_content(session_of(one_by_one()), 78, 400))
    tokens = section(lines, "output tokens over time")
    assert tokens[0] == "output tokens over time  estimated from bytes: 41 up to here"
    assert len(tokens) == 5
    top, bottom = tokens[1], tokens[-1]
    assert top.endswith("█")
    assert len(top.strip()) < len(bottom.strip())


def test_events_for_each_read() -> None:
    reads = [(100, EVENTS[:1]), (110, EVENTS[1:3]), (120, EVENTS[3:10]), (130, EVENTS[10:11]), (140, EVENTS[11:12])]
    lines = said(timing_content(session_of(reads), 78, 400))
    found = section(lines, "events for each read")
    assert found[0] == "events for each read  5 reads"
    assert found[1] == "median 1   most 7 @ 4, read 3"
    assert [(line.split()[0], line.split()[-1]) for line in found[2:]] == [
        ("1", "3"),
        ("2", "1"),
        ("3–4", "0"),
        ("5–8", "1"),
    ]
    # As of an event within a read, the read has brought what came until then.
    found = section(said(timing_content(session_of(reads, cursor=5), 78, 400)), "events for each read")
    assert found[1] == "median 2   most 2 @ 2, read 2"


def test_one_read_only() -> None:
    lines = said(timing_content(session_of([(700, EVENTS)]), 78, 400))
    assert "events over time  all 25 came with one read, after 700 ms" in lines
    assert "longest gaps  one read only: there is no gap" in lines
    assert "gaps between reads  one read only" in lines
    assert "one read brought all 25" in lines
    assert "█" not in "".join(lines)


def test_reads_at_one_moment() -> None:
    lines = said(timing_content(session_of([(0, [event]) for event in EVENTS]), 78, 400))
    assert "events over time  all came at the same time" in lines
    assert "longest gaps  there was none between the reads" in lines
    assert not any("output tokens" in line for line in lines)
    assert lines[0].endswith("median gap           0 ms")


def test_without_times() -> None:
    lines = said(timing_content(session_of([(None, EVENTS)]), 60, 400))
    assert " ".join(lines).startswith("no times: the recording does not say when anything came")
    mixed = session_of([(None, EVENTS[:5]), (50, EVENTS[5:])], cursor=3)
    assert said(timing_content(mixed, 78, 400)) == ["nothing that has a time has come yet"]
    mixed.cursor = None
    assert "one read only" in "".join(said(timing_content(mixed, 78, 400)))


def test_nothing_yet() -> None:
    assert said(timing_content(session_of([]), 78, 400)) == ["nothing has come yet"]


def test_times_of_a_log_are_said_to_be_its_own() -> None:
    lines = said(timing_content(session_of(one_by_one(), clock="pull", since="first-line"), 78, 400))
    assert "counted from the first" in " ".join(lines)


@pytest.mark.parametrize(
    ("clock", "words"),
    [("pull", "when the program took the bytes, not when they arrived"), ("sundial\x1b", "“sundial␛”, which is not known")],
)  # fmt: skip
def test_what_the_times_mean(clock: str, words: str) -> None:
    assert words in " ".join(said(timing_content(session_of(one_by_one(), clock=clock), 78, 400)))


def test_times_of_arrival_need_no_word() -> None:
    lines = said(timing_content(session_of(one_by_one(), clock="arrival"), 78, 400))
    assert lines == said(timing_content(session_of(one_by_one()), 78, 400))
    assert not any(line.startswith("▲") for line in lines)


@pytest.mark.parametrize("width", [4, 20, 55, 78, 196])
def test_every_width(width: int) -> None:
    content = timing_content(session_of(one_by_one(gaps={8: 900})), width, 400)
    assert content.stays
    plots = [line for line in said(content) if set(line) <= set(" ▁▂▃▄▅▆▇█▲─") and line.strip()]
    assert {len(line) for line in plots} == {max(10, width - 1)}


def test_a_clock_that_went_back() -> None:
    reads = [(at, [event]) for at, event in zip([300, 100, 900, 5, 400] * 5, EVENTS, strict=True)]
    for n in range(1, 26):
        assert said(timing_content(session_of(reads, cursor=n), 78, 400))
