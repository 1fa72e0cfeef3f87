from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline import Exchange
from inspector.timeline.index import Index
from inspector.timeline.metrics import content_sizes, estimated_tokens
from tests.support import block, exchange_of_body, finish, input_json, sse, start, text

PIECES = st.lists(st.text("aé ", max_size=6), max_size=6)


def reported_tokens(index: Index, n: int) -> list[tuple[int, int]]:
    """The (event, output tokens of the stream so far) that had been reported as of event n."""
    tokens = index.reported.tokens
    return list(zip(tokens.events, tokens.values, strict=True))[: tokens.count_at(n)]


def exchange_of(events: list[dict[str, Any]]) -> Exchange:
    return exchange_of_body([sse(event) for event in events])


def message(pieces: list[str], tokens: int, at_start: int = 1) -> list[dict[str, Any]]:
    return [
        start(usage={"output_tokens": at_start}),
        *block(0, *map(text, pieces), type="text", text=""),
        *block(1, *map(input_json, pieces), type="tool_use", id="t", name="n", input={}),
        *finish(output_tokens=tokens),
    ]


@given(st.lists(st.tuples(PIECES, st.integers(0, 500)), min_size=1, max_size=3))
def test_content_and_tokens_as_of_every_event(messages: list[tuple[list[str], int]]) -> None:
    events = [event for pieces, tokens in messages for event in message(pieces, tokens)]
    index = exchange_of(events).index
    places = list(range(1, len(events) + 1))
    sizes, size = [], 0
    for event in events:
        delta = event.get("delta", {})
        size += len((delta.get("text") or delta.get("partial_json") or "").encode())
        sizes.append(size)
    assert content_sizes(index, places) == sizes
    curve = estimated_tokens(index, places)
    assert curve is not None
    assert curve == sorted(curve)
    for at, tokens in reported_tokens(index, places[-1]):
        assert curve[at - 1] == tokens
    assert curve[-1] == sum(max(1, tokens) for _, tokens in messages)


def test_between_two_reports_tokens_follow_the_bytes() -> None:
    index = exchange_of(message(["ab", "cdef"], 13)).index
    curve = estimated_tokens(index, range(1, index.count + 1))
    # 1 token with the start, 12 more for 12 bytes of text and input.
    assert curve == [1, 1, 3, 7, 7, 7, 9, 13, 13, 13, 13]


def test_a_start_alone_reports_nothing_of_what_follows() -> None:
    index = exchange_of(message(["ab"], 5)).index
    assert estimated_tokens(index, [1, 2, 3]) is None
    assert reported_tokens(index, 3) == [(1, 1)]
    assert estimated_tokens(index, []) is None


def test_numbers_that_are_none_are_not_taken() -> None:
    for odd in (True, -1, 10**400, "9", None, 1.5):
        events = [start(usage={"output_tokens": odd}), *finish()]
        events[1]["usage"] = {"output_tokens": odd}
        assert reported_tokens(exchange_of(events).index, 3) == []


def test_a_second_report_that_is_lower_changes_nothing() -> None:
    events = message(["ab"], 9)
    events.insert(-1, {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 4}})
    index = exchange_of(events).index
    assert [tokens for _, tokens in reported_tokens(index, index.count)] == [1, 9, 9]
