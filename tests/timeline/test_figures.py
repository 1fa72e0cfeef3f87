from typing import Any

from hypothesis import given

from inspector.timeline import Exchange
from inspector.timeline.gaps import Gaps
from inspector.timeline.metrics import figures
from tests.support import block, exchange_of_body, finish, sse, start, text
from tests.timeline.streams import STREAMS, Event, exchange_of

INPUT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


def told_by(events: list[Event]) -> tuple[dict[str, Any], int | None, str | None, Any]:
    """Usage, output tokens, stop reason and model as these events tell them, read from the first to the last."""
    usage: dict[str, Any] = {}
    output = reason = model = None
    # A second message_start before message_stop is none; one behind content that came without is.
    open_message = implied = False
    for event in events:
        kind = event["type"]
        if kind == "message_start":
            if open_message and not implied:
                continue
            open_message, implied = True, False
            values = event["message"]
            model = model or values["model"]
        elif kind == "message_delta":
            values = event
            output = (
                values["usage"]["output_tokens"] if isinstance(values["usage"].get("output_tokens"), int) else output
            )
            found = values["delta"]["stop_reason"]
            reason = found if isinstance(found, str) else reason
        else:
            values = {}
        if kind == "message_stop":
            open_message = implied = False
        usage.update((key, value) for key, value in values.get("usage", {}).items() if value is not None)
    return usage, output, reason, model


def starts_alone(events: list[Event]) -> bool:
    """Whether no message begins but by a message_start: what is implied is tested by itself."""
    began = False
    for event in events:
        if event["type"] == "message_start":
            began = True
        elif not began and event["type"] in ("content_block_start", "content_block_delta", "message_delta"):
            return False
    return True


@given(STREAMS)
def test_what_is_told_as_of_every_event(events: list[Event]) -> None:
    events = [start(usage={}, model=None), *events]
    assert starts_alone(events)
    exchange = exchange_of(events)
    gaps = Gaps(exchange.index)
    gaps.advance()
    seen = 0
    for n in range(1, exchange.index.count + 1):
        seen += exchange.index.event_types[exchange.index.code[n - 1]].event != ""
        usage, output, reason, model = told_by(events[:seen])
        found = figures(exchange, n, gaps)
        parts = [usage[key] for key in INPUT if isinstance(usage.get(key), int)]
        cached = usage.get("cache_read_input_tokens")
        assert found.input_tokens == (sum(parts) if parts else None)
        assert found.cached_tokens == (cached if isinstance(cached, int) and cached else None)
        assert (found.output_tokens, found.stop_reason) == (output, reason)
        assert found.model == (model if isinstance(model, str) else None)


@given(STREAMS)
def test_times_as_of_every_event(events: list[Event]) -> None:
    exchange = exchange_of(events)
    gaps = Gaps(exchange.index)
    gaps.advance()
    for n in range(exchange.index.count + 1):
        found, metrics = figures(exchange, n, gaps), exchange.at(n).metrics
        assert found.tokens_per_s == metrics.output_tokens_per_s
        assert found.output_tokens == metrics.output_tokens
        assert found.ttft_ns == (None if metrics.ttft_ms is None else round(metrics.ttft_ms * 1e6))
        assert found.longest_gap_at == metrics.max_gap_at
        assert found.longest_gap_ns == (None if metrics.max_gap_ms is None else round(metrics.max_gap_ms * 1e6))


def of(*events: Event) -> Exchange:
    return exchange_of_body([sse(event) for event in events])


def test_usage_of_a_message_start_that_comes_late_counts_from_there_on() -> None:
    exchange = of(*block(0, text("a"), type="text", text=""), start(usage={"input_tokens": 9}), *finish())
    gaps = Gaps(exchange.index)
    assert [figures(exchange, n, gaps).input_tokens for n in (1, 3, 4, 6)] == [None, None, 9, 9]
    assert [figures(exchange, n, gaps).model for n in (3, 4)] == [None, "claude-test"]


def test_a_second_message_start_tells_nothing() -> None:
    exchange = of(start(usage={"input_tokens": 9}), start(usage={"input_tokens": 50}), *finish())
    gaps = Gaps(exchange.index)
    assert [figures(exchange, n, gaps).input_tokens for n in (1, 2, 4)] == [9, 9, 9]


def test_the_last_message_tells_why_it_stopped() -> None:
    exchange = of(start(), *finish("tool_use", 5), start(id="msg_2", usage={"input_tokens": 4}), *finish("end_turn", 8))
    gaps = Gaps(exchange.index)
    reasons = [figures(exchange, n, gaps).stop_reason for n in range(1, 7)]
    assert reasons == [None, "tool_use", "tool_use", "tool_use", "end_turn", "end_turn"]
    assert [figures(exchange, n, gaps).output_tokens for n in (1, 3, 6)] == [None, 5, 8]
    assert [figures(exchange, n, gaps).input_tokens for n in (1, 3, 4)] == [3, 3, 4]
