"""The figures as of every event, against definitions that look at every frame."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import LineBlock
from inspector.recording.lines import frame_line, tail_line
from inspector.sse import Decoder, Frame
from inspector.timeline import Exchange, Index, gaps, metrics
from inspector.timeline.metrics import InputTokens, Meter
from tests.support import block, exchange_of_body, exchange_of_lines, finish, sse, start, text
from tests.timeline.streams import STREAMS, Event, exchange_of

INPUT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
HEADER = b'{"kind":"recording","version":1,"source":{"kind":"live"}}\n'
RESPONSE = b'{"kind":"response","t_ns":1500000,"status":200,"headers":[]}\n'
END = b'{"kind":"end","t_ns":900000000,"reason":"eof"}\n'
KINDS = {
    "first_thinking_ms": "thinking_delta", "first_text_ms": "text_delta", "first_tool_ms": "input_json_delta",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _checkpoints_close_together() -> Iterator[None]:
    """So that streams of a few events have many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "_CHECKPOINT", 4)
        for name, size in (("_CHECKPOINT", 8), ("_STRETCH", 3), ("_SHORT", 2), ("_EACH", 3), ("_LONG", 6)):
            patch.setattr(gaps, name, size)
        yield


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
    reported = exchange.index.reported
    seen = 0
    for n in range(1, exchange.index.count + 1):
        seen += exchange.index.event_types[exchange.index.code[n - 1]].event != ""
        usage, output, reason, model = told_by(events[:seen])
        found = exchange.at(n).metrics
        parts = [usage[key] if isinstance(usage.get(key), int) else None for key in INPUT]
        if parts == [None] * 3:
            assert found.input_tokens is None
        else:
            read, written = (part or 0 for part in parts[1:])
            assert found.input_tokens == InputTokens(sum(part or 0 for part in parts), read, written)
        assert (found.output_tokens, reported.stop_reason.at(n)) == (output, reason)
        assert reported.model_at(n) == (model if isinstance(model, str) else None)


class Naive:
    """The contract's definitions of what is counted and timed, over the frames themselves.

    `times` are those of all reads, with the event that each first went into.
    """

    def __init__(self, frames: list[Frame], events: list[Event], times: list[tuple[int, int]], tail: bytes) -> None:
        self.frames = frames
        self.times = times
        self.tail = tail
        coming = iter(events)
        self.events = [next(coming) if frame.dispatched else None for frame in frames]

    def at(self, n: int, whole: bool) -> dict[str, Any]:
        frames, events = self.frames[:n], self.events[:n]
        dispatched = [(frame, event) for frame, event in zip(frames, events, strict=True) if event]
        reads = [(t_ns, at) for t_ns, at in self.times if at <= n or whole]
        pauses = [after[0] - before[0] for before, after in pairwise(reads)]
        longest = reads[pauses.index(max(pauses)) + 1][1] if pauses else None
        deltas = [(frame, event["delta"]) for frame, event in dispatched if event["type"] == "content_block_delta"]
        filled = [(frame, delta) for frame, delta in deltas if any(v for k, v in delta.items() if k != "type")]
        kinds = {
            name: _ms(next((frame.t_ns for frame, delta in filled if delta["type"] == kind), None))
            for name, kind in KINDS.items()
        }
        tokens = told_by([event for event in events if event])[1]
        took = _s(deltas[-1][0].t_ns) - _s(deltas[0][0].t_ns) if deltas else 0.0
        return {
            "events": len(dispatched),
            "pings": sum(event["type"] == "ping" for _, event in dispatched),
            "reads": len(reads),
            "bytes": sum(len(frame.raw) for frame in frames) + (len(self.tail) if whole else 0),
            "ttfb_ms": 1.5,
            "first_event_ms": _ms(dispatched[0][0].t_ns if dispatched else None),
            "ttft_ms": _ms(filled[0][0].t_ns if filled else None),
            **kinds,
            "duration_ms": 900 if whole else _ms(frames[-1].t_ns if frames else None),
            "median_gap_ms": _ms(median(pauses) if pauses else None),
            "max_gap_ms": _ms(max(pauses, default=None)),
            "max_gap_at": longest if longest is not None and longest <= len(self.frames) else None,
            "output_tokens": tokens,
            "output_tokens_per_s": round(tokens / took, 3) if tokens is not None and took > 0 else None,
        }


def _ms(t_ns: float | None) -> float | None:
    return None if t_ns is None else t_ns / 1e6


def _s(t_ns: int | None) -> float:
    assert t_ns is not None
    return t_ns / 1e9


@given(STREAMS, st.data())
def test_every_figure_as_of_every_event(events: list[Event], data: st.DataObject) -> None:
    """Reads of any size, so that they end inside events too, with any pauses between them; taken in as they come."""
    body = b"".join(sse(event) + (b": comment\n\n" if at % 5 == 4 else b"") for at, event in enumerate(events))
    body += data.draw(st.sampled_from([b"", b"event: unfin"]))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(body) - 1)), max_size=12))) if len(body) > 1 else []
    bounds = [0, *cuts, len(body)]
    decoder, frames, t_ns = Decoder(), list[Frame](), 0
    lines = [HEADER, RESPONSE]
    times: list[tuple[int, int]] = []
    for begin, end in pairwise(bounds):
        if begin == end:
            continue
        t_ns += data.draw(st.integers(0, 5)) * 1_000_000
        times.append((t_ns, len(frames) + 1))
        came = decoder.feed(body[begin:end], t_ns)
        frames += came
        lines += map(frame_line, came)
    splits, tail = decoder.splits, decoder.close()
    if tail:
        # The line names the last read inside the tail, those before it stand in `splits`.
        *earlier, (_, last_ns) = splits
        lines.append(tail_line(tail, last_ns, decoder.reads, earlier))
    lines.append(END)
    index = Index()
    meter = Meter(index)
    some = data.draw(st.integers(0, len(lines)))
    for part in (lines[:some], lines[some:]):
        index.extend(LineBlock([0] * len(part), part))
        if data.draw(st.booleans()):
            meter.advance()
    naive = Naive(frames, events, times, tail)
    for n in range(len(frames) + 1):
        for whole in (False, True) if n == len(frames) else (False,):
            found = meter.at(n, whole).as_dict()
            wanted = naive.at(n, whole)
            if not times:
                wanted["reads"] = None
            rates = found.pop("output_tokens_per_s"), wanted.pop("output_tokens_per_s")
            assert found == wanted
            assert rates[0] == pytest.approx(rates[1]) if rates[1] else rates[0] == rates[1]


def of(*events: Event) -> Exchange:
    return exchange_of_body([sse(event) for event in events])


def totals(exchange: Exchange, *places: int) -> list[int | None]:
    found = [exchange.at(n).metrics.input_tokens for n in places]
    return [tokens.total if tokens else None for tokens in found]


def test_usage_of_a_message_start_that_comes_late_counts_from_there_on() -> None:
    exchange = of(*block(0, text("a"), type="text", text=""), start(usage={"input_tokens": 9}), *finish())
    assert totals(exchange, 1, 3, 4, 6) == [None, None, 9, 9]
    assert [exchange.index.reported.model_at(n) for n in (3, 4)] == [None, "claude-test"]


def test_a_second_message_start_tells_nothing() -> None:
    exchange = of(start(usage={"input_tokens": 9}), start(usage={"input_tokens": 50}), *finish())
    assert totals(exchange, 1, 2, 4) == [9, 9, 9]


def test_the_last_message_tells_why_it_stopped() -> None:
    exchange = of(start(), *finish("tool_use", 5), start(id="msg_2", usage={"input_tokens": 4}), *finish("end_turn", 8))
    reasons = [exchange.index.reported.stop_reason.at(n) for n in range(1, 7)]
    assert reasons == [None, "tool_use", "tool_use", "tool_use", "end_turn", "end_turn"]
    assert [exchange.at(n).metrics.output_tokens for n in (1, 3, 6)] == [None, 5, 8]
    assert totals(exchange, 1, 3, 4) == [3, 3, 4]


def test_input_is_all_of_it_with_what_the_cache_did_beside() -> None:
    usage = {"input_tokens": 12, "cache_read_input_tokens": 12_000, "cache_creation_input_tokens": 300}
    found = of(start(usage=usage)).view().metrics.input_tokens
    assert found == InputTokens(12_312, 12_000, 300)
    assert str(found) == "12,312 (cached 12,000, written 300)"
    assert [str(InputTokens(5)), str(InputTokens(5, 4)), str(InputTokens(5, 0, 4))] == [
        "5", "5 (cached 4)", "5 (written 4)",
    ]  # fmt: skip
    assert found
    assert found + InputTokens(1, 2, 3) == InputTokens(12_313, 12_002, 303)


def test_a_json_reply_tells_its_tokens() -> None:
    body = b'{"type":"message","usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":7}}'
    found = exchange_of_body([body]).view().metrics
    assert (found.input_tokens, found.output_tokens) == (InputTokens(7, 4), 7)
    counted = exchange_of_body([b'{"input_tokens":3}']).view().metrics
    assert (counted.input_tokens, counted.output_tokens) == (None, None)


@pytest.mark.parametrize("count", [4095, 4096, 4097, 9000])
def test_the_bytes_of_a_long_stream(count: int) -> None:
    frames = Decoder().feed(b"".join(b": %d\n\n" % at for at in range(count)), 5)
    exchange = exchange_of_lines([HEADER, *map(frame_line, frames)])
    for n in (0, 1, 4095, 4096, 4097, count):
        if n <= count:
            assert exchange.at(n).metrics.bytes == sum(len(frame.raw) for frame in frames[:n])
