"""A match in its surroundings."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline.pattern import Finder, pattern_of
from inspector.timeline.search import Match, Search, match_at
from tests.support import block, exchange_of_body, finish, sse, start, text


def matches(events: list[dict[str, Any]], wanted: str) -> list[tuple[int, Match]]:
    exchange = exchange_of_body([sse(event) for event in events])
    pattern = pattern_of(wanted)
    assert pattern
    search = Search(exchange, pattern)
    while search.step():
        pass
    return [(n, match_at(exchange, Finder(pattern), n)) for n in search.matches]


def test_text_in_pieces_is_shown_whole() -> None:
    events = [start(), *block(0, text("The wea"), text("ther in P"), text("aris"), type="text", text=""), *finish()]
    assert matches(events, "weather") == [(3, Match("The ", "weather", " in Paris"))]
    assert matches(events, "paris") == [(4, Match("The weather in ", "Paris", ""))]


def test_what_is_in_no_text_is_shown_in_its_event() -> None:
    events = [start(model="claude-test"), {"type": "ping"}, *finish("end_turn")]
    ((n, found),) = matches(events, "claude-t")
    assert (n, found.text) == (1, "claude-t")
    assert found.before.endswith('"model":"')
    assert found.after.startswith('est"')


def test_a_name_on_the_wire_is_shown_too() -> None:
    exchange = exchange_of_body([b"event: odd\ndata: 1\n\n"])
    pattern = pattern_of("odd")
    assert pattern
    assert match_at(exchange, Finder(pattern), 1) == Match("event: ", "odd", "\ndata: 1\n\n")


def test_a_long_match_is_cut() -> None:
    events = [start(), *block(0, text("x" * 100_000), type="text", text=""), *finish()]
    ((_, found),) = matches(events, "x{1000,}")
    assert set(found.text) == {"x"}
    assert len(found.before) + len(found.text) + len(found.after) < 1000


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=4), st.data())
def test_a_passage_is_part_of_the_text(pieces: list[str], data: st.DataObject) -> None:
    pieces = [piece.encode("utf-8", "ignore").decode() or "ä" for piece in pieces]
    whole = "".join(pieces)
    at = data.draw(st.integers(0, len(whole) - 1))
    wanted = whole[at : at + 3]
    exchange = exchange_of_body(
        [sse(event) for event in [start(), *block(0, *map(text, pieces), type="text", text="")]]
    )
    pattern = re.compile(re.escape(wanted.encode()))
    found = match_at(
        exchange,
        Finder(pattern),
        exchange.index.messages[0].blocks[0].buffers["text_delta"].event_at(whole.encode().index(wanted.encode())),
    )
    assert found.text == wanted
    assert found.before + found.text + found.after in whole
