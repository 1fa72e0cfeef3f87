import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline.jumps import next_block, place_of, same_kind
from inspector.timeline.text_window import block_at_event, message_at_event
from tests.support import block, exchange_of_body, exchange_of_lines, finish, sse, start, text
from tests.timeline.streams import STREAMS, Event, all_blocks, exchange_of

WHOLE = [start(), *block(0, text("a"), type="text", text=""), {"type": "ping"}, *block(1, text("b"), type="text", text=""), *finish()]  # fmt: skip


@given(STREAMS, st.data())
def test_the_next_event_of_a_kind(events: list[Event], data: st.DataObject) -> None:
    exchange = exchange_of(events)
    index = exchange.index
    if not index.count:
        return
    n = data.draw(st.integers(1, index.count))
    same = [
        other
        for other in range(1, index.count + 1)
        if index.event_types[index.code[other - 1]] == index.event_types[index.code[n - 1]]
    ]
    assert same_kind(exchange, n) == next((other for other in same if other > n), None)
    assert same_kind(exchange, n, backward=True) == next((other for other in reversed(same) if other < n), None)


@given(STREAMS)
def test_blocks_there_and_back(events: list[Event]) -> None:
    exchange = exchange_of(events)
    starts = [found.start_n for found in all_blocks(exchange)]
    for n in range(exchange.index.count + 2):
        assert next_block(exchange, n) == next((at for at in starts if at > n), None)
        assert next_block(exchange, n, backward=True) == next((at for at in reversed(starts) if at < n), None)


@given(STREAMS, st.integers(0, 4))
def test_a_block_by_its_index(events: list[Event], wanted: int) -> None:
    exchange = exchange_of(events)
    if exchange.index.count:
        first = next((found.start_n for found in all_blocks(exchange) if found.index == wanted), None)
        assert place_of(exchange, f"b{wanted}", 1) == first
        assert place_of(exchange, f"block {wanted}", 1) == first


@given(STREAMS, st.data())
def test_times_there_and_back(events: list[Event], data: st.DataObject) -> None:
    exchange = exchange_of(events)
    index = exchange.index
    if not index.count:
        return
    n = data.draw(st.integers(1, index.count))
    away_us = data.draw(st.integers(0, 30))

    def last_by(t_ns: int) -> int:
        return max([1, *(at for at in range(1, index.count + 1) if index.t_ns[at - 1] <= t_ns)])

    assert place_of(exchange, f"{away_us / 1000} ms", n) == last_by(away_us * 1000)
    assert place_of(exchange, f"+{away_us / 1000}ms", n) == last_by(index.t_ns[n - 1] + away_us * 1000)
    assert place_of(exchange, f"-{away_us / 1000}ms", n) == last_by(index.t_ns[n - 1] - away_us * 1000)


@pytest.mark.parametrize(
    ("typed", "n"),
    [
        ("7", 7), (" 7 ", 7), ("0", None), ("10", 10), ("11", None), ("1,0", 10), ("+2", 5), ("-2", 1), ("+99", 10), ("-99", 1),
        ("0%", 1), ("50%", 5), ("100%", 10), ("250%", 10), ("12.5%", 1), ("b1", 6), ("B1", 6), ("b2", None), ("b", None),
        ("", None), ("x", None), ("7 s x", None), ("1m", 10), ("0s", 1), ("--2", None), ("1e3", None), ("٣", 3),
    ],
)  # fmt: skip
def test_what_may_be_typed(typed: str, n: int | None) -> None:
    assert place_of(exchange_of_body([sse(event) for event in WHOLE]), typed, 3) == n


def test_without_events_there_is_no_place() -> None:
    exchange = exchange_of_body([])
    assert [place_of(exchange, typed, 1) for typed in ("1", "50%", "1s", "b0", "+1")] == [None] * 5
    assert next_block(exchange, 0) is None


def test_without_times_there_is_no_moment() -> None:
    lines = [
        b'{"kind":"recording","version":1}\n',
        *(b'{"kind":"event","event":"ping","data":{"type":"ping"}}\n' for _ in range(3)),
    ]
    assert place_of(exchange_of_lines(lines), "1s", 1) is None


@given(STREAMS)
def test_the_block_of_an_event(events: list[Event]) -> None:
    exchange = exchange_of(events)
    index = exchange.index
    assert block_at_event(index, 0) is None
    assert block_at_event(index, index.count + 1) is None
    for n in range(1, index.count + 1):
        message = message_at_event(index, n)
        if message and message.restarted:
            # The SDK goes by position then, from the second message_start on.
            continue
        found = block_at_event(index, n)
        brought = [
            other
            for other in all_blocks(exchange)
            if other.start_n == n
            or other.stop_n == n
            or any(n in buffer.events for buffer in other.buffers.values())
            or any(n == at for entries in (other.assigned, other.citations, other.unapplied) for at, _ in entries)
        ]
        if brought:
            assert found in brought


def test_a_block_that_is_started_after_a_second_message_start_is_its_event_s() -> None:
    events = [start(), start(id="msg_2"), *block(1, type="text", text="")]
    index = exchange_of_body([sse(event) for event in events]).index
    assert block_at_event(index, 3) is index.blocks[0]
