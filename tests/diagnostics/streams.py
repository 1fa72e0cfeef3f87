"""Recordings made for the rules: any reads with their times, any request and response, any end."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inspector.recording import header_line
from inspector.recording.lines import frame_line, object_line, request_line, tail_line
from inspector.sse import Decoder
from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from tests.support import block, exchange_of_lines, finish, sse, start, text

Event = dict[str, Any]
Reads = Sequence[tuple[float, bytes]]
MS = 1_000_000
URL = "https://api.anthropic.com/v1/messages"
EVENT_STREAM = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_1"))
STARTED = datetime(2026, 11, 22, 10, tzinfo=UTC)


def recorded(
    body: bytes | Reads = b"",
    *,
    kind: str = "proxy",
    source: Event | None = None,
    clock: str = "arrival",
    attempt: int = 1,
    method: str = "POST",
    url: str = URL,
    sent_headers: Iterable[tuple[str, str]] = (),
    request: Event | None = None,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = EVENT_STREAM,
    ttfb_ms: float = 300,
    end: str | None = "complete",
    end_ms: float | None = None,
    error: tuple[str, str] | None = None,
    taken: Iterable[tuple[float, int]] = (),
    started_s: float = 0,
    name: str = "test.jsonl",
    known: bool = True,
) -> Exchange:
    """An exchange over HTTP. `body`: reads at their times in ms, or bytes of which each event is a read, 20 ms apart.

    `known`: whether the request is in the recording.
    """
    reads = paced(body, ttfb_ms) if isinstance(body, bytes) else body
    whole = {"model": "claude-test", "stream": True, "max_tokens": 1024, "messages": []} | (request or {})
    lines = [
        header_line(
            {"kind": kind, "clock": clock, "attempt": attempt} | (source or {}), STARTED + timedelta(seconds=started_s)
        ),
        *([request_line(method, url, list(sent_headers), dumps(whole) if method == "POST" else None)] if known else []),
        object_line("response", {"t_ns": int(ttfb_ms * MS), "status": status, "headers": [list(h) for h in headers]}),
    ]
    decoder = Decoder()
    at = ttfb_ms
    for at, chunk in reads:
        lines += map(frame_line, decoder.feed(chunk, int(at * MS)))
    if tail := decoder.close():
        lines.append(tail_line(tail, int(at * MS), decoder.reads, decoder.splits[:-1]))
    lines += [object_line("sent", {"t_ns": int(ms * MS), "read": read}) for ms, read in taken]
    if end:
        detail = {"type": error[0], "message": error[1]} if error else None
        ended = int((at if end_ms is None else end_ms) * MS)
        lines.append(object_line("end", {"t_ns": ended, "reason": end, "error": detail}))
    return exchange_of_lines(lines, name)


def imported(body: bytes, format: str = "sse") -> Exchange:
    """A body that was saved without times and without a word on how it ended."""
    decoder = Decoder()
    frames = decoder.feed(body)
    for frame in frames:
        frame.t_ns = frame.read = None
        frame.splits = ()
    tail = decoder.close()
    lines = [header_line({"kind": "import", "format": format}), *map(frame_line, frames)]
    return exchange_of_lines([*lines, tail_line(tail)] if tail else lines)


def paced(body: bytes, first_ms: float = 300, every_ms: float = 20) -> Reads:
    """Each event of a body as a read of its own."""
    frames = Decoder().feed(body)
    rest = body[sum(len(frame.raw) for frame in frames) :]
    pieces = [frame.raw for frame in frames] + ([rest] if rest else [])
    return [(first_ms + every_ms * at, piece) for at, piece in enumerate(pieces)]


def message(*events: Event | Sequence[Event], stop_reason: str = "end_turn", **usage: Any) -> bytes:
    """A whole message around these events."""
    flat = [one for event in events for one in ([event] if isinstance(event, dict) else event)]
    last = list(finish(stop_reason))
    last[0]["usage"] |= usage
    return sse(start(), *flat, *last)


def spoken(*words: str, index: int = 0, **more: Any) -> list[Event]:
    """A text block."""
    return block(index, *(text(word) for word in words or ("Hello", " world.")), type="text", text="", **more)


def thought(*deltas: Event, index: int = 0, signature: str = "c2ln") -> list[Event]:
    """A thinking block with its signature, or without one."""
    signed = [{"type": "signature_delta", "signature": signature}] if signature else []
    return block(index, *deltas, *signed, type="thinking", thinking="", signature="")


def thinking(piece: str) -> Event:
    return {"type": "thinking_delta", "thinking": piece}


def called(*fragments: str, index: int = 0, stop: bool = True, **more: Any) -> list[Event]:
    """A tool call."""
    deltas = ({"type": "input_json_delta", "partial_json": fragment} for fragment in fragments)
    whole = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}} | more
    return block(index, *deltas, stop=stop, **whole)


def delta(index: Any, **values: Any) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": values}


def begin(index: Any, **content_block: Any) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": content_block}


def close(index: Any) -> Event:
    return {"type": "content_block_stop", "index": index}


def with_pause(body: bytes, before: int, seconds: float, first_ms: float = 300) -> Reads:
    """The events of a body as reads, with a pause before the event at this place (from 0)."""
    return [(at + seconds * 1000 * (place >= before), piece) for place, (at, piece) in enumerate(paced(body, first_ms))]


GOOD = message(spoken("Hello", " there", ", ", "world."))
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
ERROR = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
