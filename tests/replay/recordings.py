"""Recordings to replay."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from inspector.recording import header_line
from inspector.recording.lines import frame_line, object_line, tail_line
from inspector.sse import Decoder
from inspector.timeline import Exchange
from tests.support import block, exchange_of_lines, finish, sse, start, text

SECOND = 1_000_000_000

HELLO = [start(), *block(0, text("Hello"), text(", "), text("wörld"), type="text", text=""), *finish()]
READS = [sse(event) for event in HELLO]
BODY = b"".join(READS)
STREAM = [["content-type", "text/event-stream; charset=utf-8"], ["request-id", "req_1"]]
ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def recording(
    reads: Iterable[bytes] = READS,
    *,
    name: str = "hello.jsonl",
    status: int | None = 200,
    headers: Sequence[Sequence[str]] = STREAM,
    gap_ns: int = SECOND,
    reason: str | None = "complete",
    error: str | None = None,
) -> Exchange:
    """A recording whose head came at 1 s, and each read `gap_ns` after what was before it."""
    lines = [header_line({"kind": "live", "clock": "arrival"})]
    t_ns = SECOND
    if status is not None:
        lines.append(object_line("response", {"t_ns": t_ns, "status": status, "headers": headers}))
    decoder = Decoder()
    for read in reads:
        t_ns += gap_ns
        lines += map(frame_line, decoder.feed(read, t_ns))
    if tail := decoder.close():
        lines.append(tail_line(tail, t_ns, decoder.reads, decoder.splits[:-1]))
    if reason:
        detail = {"type": error, "message": ""} if error else None
        lines.append(object_line("end", {"t_ns": t_ns + gap_ns, "reason": reason, "error": detail}))
    return exchange_of_lines(lines, name)


def http_error(status: int, kind: str, *headers: Sequence[str]) -> Exchange:
    """A recorded HTTP error."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "so it is"}}, indent=1).encode()
    return recording(
        [body], status=status, headers=[["content-type", "application/json"], ["request-id", "req_e"], *headers]
    )


def request(**fields: Any) -> dict[str, Any]:
    """The body of a streaming request."""
    messages = [{"role": "user", "content": "hi"}]
    return {"model": "any", "max_tokens": 9, "messages": messages, "stream": True, **fields}
