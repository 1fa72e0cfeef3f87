import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline import Exchange
from inspector.timeline.filter import Filter, Wanted
from inspector.timeline.pattern import pattern_of
from inspector.timeline.search import Search
from tests.support import block, exchange_of_body, finish, input_json, sse, start, text


def found(exchange: Exchange, wanted: str, start_at: int = 1) -> list[int]:
    pattern = pattern_of(wanted)
    assert pattern is not None
    search = Search(exchange, pattern, start_at)
    while search.step():
        pass
    assert search.done
    assert search.progress == 1
    return list(search.matches)


WEATHER = [start(), *block(0, text("Sun"), text("ny in "), text("Paris"), type="text", text=""),
           *block(1, input_json('{"city":'), input_json('"Paris"}'), type="tool_use", input={}),
           {"type": "ping"}, *finish()]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "events"),
    [
        ("paris", [5, 9]),
        ("Paris", [5, 9]),
        ("PARIS", []),
        ("sunny in paris", [3]),
        ('"city":"Paris"', [8]),
        ("ping", [11]),
        ("p.ng", [11]),
        ("(", []),
        ("kind", []),
        ("t_ns", []),
        ("read", []),
        ("type", list(range(1, 14))),
    ],
)
@pytest.mark.parametrize("start_at", [1, 6, 13])
def test_events_and_what_they_add_up_to(wanted: str, events: list[int], start_at: int) -> None:
    assert found(exchange_of_body([sse(event) for event in WEATHER]), wanted, start_at) == events


@given(st.lists(st.text("ab ", max_size=4), min_size=1, max_size=8), st.text("ab", min_size=1, max_size=3))
def test_text_is_found_however_it_was_cut(pieces: list[str], wanted: str) -> None:
    exchange = exchange_of_body([sse(start(), *block(0, *map(text, pieces), type="text", text=""))])
    ends = [sum(map(len, pieces[: at + 1])) for at in range(len(pieces))]
    expected = set()
    for match in re.finditer(wanted, "".join(pieces)):
        expected.add(3 + next(at for at, end in enumerate(ends) if end > match.start()))
    assert expected <= set(found(exchange, wanted))


def test_next_goes_round() -> None:
    exchange = exchange_of_body([sse(event) for event in WEATHER])
    search = Search(exchange, re.compile(b"Paris"))
    while search.step():
        pass
    assert [search.next(n) for n in (1, 5, 9)] == [5, 9, 5]
    assert [search.next(n, backward=True) for n in (5, 9, 13)] == [9, 5, 9]


def test_an_empty_match_is_no_pattern() -> None:
    pattern = pattern_of("x*")
    assert pattern is not None
    assert pattern.search(b"abc") is None
    assert pattern_of("") is None


@pytest.mark.parametrize(
    ("wanted", "events"),
    [
        ("ping", [11]),
        ("!ping", [n for n in range(1, 14) if n != 11]),
        ("block:1", [7, 8, 9, 10]),
        ("input_json", [8, 9]),
        ("input_json text_delta", [3, 4, 5, 8, 9]),
        ("text:paris", [5, 9]),
        ("block:1 text:paris", [9]),
        ("text_delta !text:paris", [3, 4]),
        ("type:error", []),
        ("Sun", [3]),
        ('"ny in"', [4]),
    ],
)
def test_filter(wanted: str, events: list[int]) -> None:
    exchange = exchange_of_body([sse(event) for event in WEATHER])
    wants = Wanted.parse(wanted, exchange.index.event_types.known[1:])
    filtered = Filter(exchange, wants)
    steps = count()
    while filtered.step():
        next(steps)
    assert list(filtered.numbers) == events


def test_comments_are_filtered_by_their_name() -> None:
    exchange = exchange_of_body([b": hello\n\n", sse({"type": "ping"}), b"\n"])
    filtered = Filter(exchange, Wanted.parse("comment"))
    while filtered.step():
        pass
    assert list(filtered.numbers) == [1]
