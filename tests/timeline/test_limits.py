"""Where the index, the gaps and the search stand at an edge: equal times, the tail, what begins before what is new."""

import re
from pathlib import Path
from typing import Any

import pytest

from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from inspector.timeline.gaps import Bursts, Gaps, Silence
from inspector.timeline.metrics import Meter
from inspector.timeline.search import Search
from tests.support import block, exchange_of_body, exchange_of_lines, sse, start, text

HEADER = b'{"kind":"recording","version":1}\n'
S = 1_000_000_000


def line(kind: str = "event", **values: Any) -> bytes:
    """A line of a recording; an event is a ping unless it says otherwise."""
    if kind == "event":
        values = {"event": "ping", **values, "data": {"type": "ping"}}
    return dumps({"kind": kind, **values}) + b"\n"


def gaps_of(exchange: Exchange) -> Gaps:
    gaps = Gaps(exchange.index)
    gaps.advance()
    return gaps


# Reads


def test_frames_of_one_time_came_in_one_read_where_reads_have_no_numbers() -> None:
    exchange = exchange_of_lines([HEADER, *(line(t_ns=t_ns) for t_ns in (5, 5, 5, 8, 8, 9))])
    index = exchange.index
    assert (list(index.arrivals.t_ns), list(index.arrivals.brought)) == ([5, 8, 9], [1, 4, 6])
    metrics = exchange.view().metrics
    assert metrics.reads is None
    assert (metrics.median_gap_ms, metrics.max_gap_ms, metrics.max_gap_at) == (2e-6, 3e-6, 4)
    bursts = Bursts(index)
    bursts.advance()
    events = bursts.at(6, 3)
    assert events
    assert (events.most, events.most_at, events.median) == (3, 1, 2)


def test_numbered_reads_may_have_one_time() -> None:
    lines = [line(t_ns=t_ns, read=read) for t_ns, read in ((5, 1), (5, 2), (5, 2), (5, 3))]
    arrivals = exchange_of_lines([HEADER, *lines]).index.arrivals
    assert (list(arrivals.t_ns), list(arrivals.brought)) == ([5, 5, 5], [1, 2, 4])


def test_a_number_that_does_not_rise_is_no_further_read() -> None:
    lines = [line(t_ns=t_ns, read=read) for t_ns, read in ((5, 2), (6, 1), (7, 2), (8, 3))]
    exchange = exchange_of_lines([HEADER, *lines])
    assert list(exchange.index.arrivals.t_ns) == [5, 8]
    assert exchange.view().metrics.reads == 2


def test_a_gap_that_ends_in_the_tail_is_a_gap() -> None:
    lines = [line(t_ns=0, read=1), line(t_ns=1 * S, read=2), line("tail", t_ns=9 * S, read=3, raw="data")]
    exchange = exchange_of_lines([HEADER, *lines])
    assert list(exchange.index.arrivals.brought) == [1, 2, 3]
    whole = exchange.view().metrics
    assert (whole.reads, whole.max_gap_ms, whole.max_gap_at, whole.bytes) == (3, 8000, None, 2 * 35 + 4)
    before = exchange.at(2).metrics
    assert (before.reads, before.max_gap_ms, before.max_gap_at) == (2, 1000, 2)
    gaps = gaps_of(exchange)
    assert gaps.longest(3) == (8 * S, 3)
    meter = Meter(exchange.index)
    meter.advance()
    assert (meter.at(2, whole=True).max_gap_ms, meter.at(2).max_gap_ms) == (8000, 1000)


def test_reads_that_ended_inside_the_tail_count() -> None:
    lines = [line(t_ns=0, read=1), line("tail", t_ns=9, read=4, splits=[[1, 3], [2, 5]], raw="data")]
    arrivals = exchange_of_lines([HEADER, *lines]).index.arrivals
    assert (list(arrivals.t_ns), list(arrivals.brought), list(arrivals.split)) == ([0, 3, 5, 9], [1, 2, 2, 2], [2])


def test_splits_of_reads_that_are_known_are_not_counted_again() -> None:
    # The first of the two splits is the end of the read that brought the event before.
    lines = [line(t_ns=3, read=2), line(t_ns=9, read=4, splits=[[1, 3], [2, 5]])]
    arrivals = exchange_of_lines([HEADER, *lines]).index.arrivals
    assert (list(arrivals.t_ns), list(arrivals.brought)) == ([3, 5, 9], [1, 2, 2])
    odd = [line(t_ns=9, read=4, splits=[[1], "x", [2, None], [3, 7]])]
    assert list(exchange_of_lines([HEADER, *odd]).index.arrivals.t_ns) == [7, 9]


# Gaps


def test_a_jump_to_a_gap_leaves_the_event_that_it_starts_from() -> None:
    # Event 2 came in three reads, with a long gap before the last of them.
    lines = [
        line(t_ns=0, read=1),
        line(t_ns=9 * S, read=4, splits=[[1, 1 * S], [2, 2 * S]]),
        line(t_ns=10 * S, read=5),
        line(t_ns=19 * S, read=6),
    ]
    gaps = gaps_of(exchange_of_lines([HEADER, *lines]))
    assert [gaps.next_over(n, 5 * S) for n in range(5)] == [2, 2, 4, 4, None]
    assert [gaps.next_over(n, 5 * S, backward=True) for n in range(1, 6)] == [None, None, 2, 2, 4]


def test_a_jump_to_a_gap_goes_over_the_threshold_only() -> None:
    gaps = gaps_of(
        exchange_of_lines([HEADER, *(line(t_ns=t_ns, read=at) for at, t_ns in enumerate((0, 5000, 10_001), 1))])
    )
    assert gaps.next_over(1, 5000) == 3
    assert gaps.next_over(1, 5001) is None
    assert gaps.next_over(3, 5000, backward=True) is None
    assert gaps.next_over(3, 4999, backward=True) == 2


def test_silence_is_from_the_event_before_the_pings_to_the_one_after() -> None:
    def other(t_ns: int, read: int) -> bytes:
        return dumps({"kind": "event", "t_ns": t_ns, "read": read, "event": "x", "data": {"type": "x"}}) + b"\n"

    lines = [
        line(t_ns=1, read=1), other(10, 2), line(t_ns=20, read=3), line(t_ns=30, read=4), other(45, 5), other(99, 6),
        line(t_ns=100, read=7), other(101, 8), line(t_ns=150, read=9), other(300, 10), line(t_ns=900, read=11),
    ]  # fmt: skip
    silence = Silence(exchange_of_lines([HEADER, *lines]).index)
    silence.advance()
    assert [silence.longest(n) for n in range(1, 12)] == [None] * 4 + [(35, 5)] * 5 + [(199, 10)] * 2


# Search


def searched(search: Search) -> list[int]:
    while search.step():
        pass
    return list(search.matches)


def growing(path: Path, pieces: list[list[str]], wanted: str) -> list[list[int]]:
    """The matches when a block's text grows by these pieces, looked for each time something has come."""
    first, *deltas = block(0, *(text(piece) for some in pieces for piece in some), stop=False, type="text", text="")
    events = [
        dumps({"kind": "event", "event": event["type"], "data": event}) + b"\n" for event in (start(), first, *deltas)
    ]
    found = []
    with path.open("wb") as file, Exchange(path.open("rb"), "a") as exchange:
        file.write(HEADER + b"".join(events[:2]))
        file.flush()
        search = Search(exchange.load(), re.compile(wanted.encode()))
        done = 2
        for some in pieces:
            file.write(b"".join(events[done : done + len(some)]))
            file.flush()
            exchange.load()
            done += len(some)
            found.append(searched(search))
    return found


def test_a_match_may_begin_before_what_is_new(tmp_path: Path) -> None:
    assert growing(tmp_path / "a", [["x he"], ["l"], ["lo y"]], "hello") == [[], [], [3]]
    assert growing(tmp_path / "a", [["x he", "l"], ["lo hel"], ["lo"]], "hello") == [[], [3], [3, 5]]


def test_a_match_that_was_found_is_not_found_again_and_counts_once(tmp_path: Path) -> None:
    assert growing(tmp_path / "a", [["hello"], ["hello", " "], ["hello"]], "hello") == [[3], [3, 4], [3, 4, 6]]


@pytest.mark.parametrize(("back", "wanted"), [(255, [[], [3]]), (256, [[], [3]]), (257, [[], []])])
def test_the_search_looks_back_a_little(tmp_path: Path, back: int, wanted: list[list[int]]) -> None:
    assert growing(tmp_path / "a", [["h" + "e" * (back - 1)], ["o"]], "he+o") == wanted


def test_a_search_that_starts_in_the_middle_knows_what_came_before_it() -> None:
    words = [text(word) for word in ("x he", "llo", " hel", "lo")]
    exchange = exchange_of_body([sse(event) for event in (start(), *block(0, *words, type="text", text=""))])
    for start_at in range(1, 9):
        search = Search(exchange, re.compile(b"hello"), start_at)
        assert not search.done
        assert searched(search) == [3, 5]
        assert search.done
        assert (search.count(), search.place(2), search.place(3), search.place(5)) == (2, 0, 1, 2)
        assert search.progress == 1
