"""Exchanges that asked for no stream, and sessions in which they stand among streams, as clients make them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from tests.diagnostics.streams import GOOD, recorded

API = "https://api.anthropic.com"
JSON = (("content-type", "application/json"), ("request-id", "req_2"))
USAGE = {"input_tokens": 11, "cache_read_input_tokens": 100, "output_tokens": 7}
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "Hi."}], "usage": USAGE,
}  # fmt: skip
BATCH = {"id": "msgbatch_1", "type": "message_batch", "processing_status": "in_progress"}
RESULT = {"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}}

FILE = b"%PDF-1.7\n\n\xff\xfe\n\ndata: x\n\n"


def replied(method: str, path: str, body: Any = None, **more: Any) -> Exchange:
    """A request that is no stream, and its answer: JSON, bytes, or None for no body."""
    content = body if isinstance(body, bytes) else b"" if body is None else dumps(body)
    options: dict[str, Any] = {"kind": "synthetic", "headers": JSON, "request": {"stream": False}, "end": "complete"}
    reads = [(300.0, content)] if content else []
    return recorded(reads, method=method, url=API + path, **options | more)


def session() -> Iterator[tuple[str, Exchange]]:
    """What a client like Claude Code asks, and whatever else the API has: each of them went well."""
    yield "head", replied("HEAD", "/", headers=())
    yield "head-refused", replied("HEAD", "/", headers=(), status=404)
    yield "hello", replied("GET", "/api/hello", {"message": "hello"})
    yield "count", replied("POST", "/v1/messages/count_tokens?beta=true", {"input_tokens": 5_000})
    yield "models", replied("GET", "/v1/models", {"data": [], "has_more": False})
    yield "model", replied("GET", "/v1/models/claude-test", {"type": "model", "id": "claude-test"})
    yield "unstreamed", replied("POST", "/v1/messages?beta=true", MESSAGE)
    yield "pretty", replied("POST", "/v1/messages", b'{\n\n  "type": "message",\n\n  "content": []\n\n}')
    yield "batch", replied("POST", "/v1/messages/batches", BATCH)
    yield "batches", replied("GET", "/v1/messages/batches", {"data": [BATCH]})
    yield "results", replied("GET", "/v1/messages/batches/msgbatch_1/results", b"\n".join([dumps(RESULT)] * 2))
    yield "deleted", replied("DELETE", "/v1/files/file_1", {"id": "file_1", "type": "file_deleted"})
    yield "download", replied("GET", "/v1/files/file_1/content", FILE, headers=(("request-id", "req_3"),))
    yield "telemetry", replied("POST", "/api/event_logging/batch", {}, status=204)
    yield "redirect", replied("GET", "/old", b"<html>", headers=(("content-type", "text/html"),), status=307)
    yield "unchanged", replied("GET", "/v1/models", status=304, headers=())
    yield "stream", recorded(GOOD, kind="synthetic")


def written(folder: Path) -> Path:
    """The session as a folder of recordings."""
    for name, exchange in session():
        (folder / f"{name}.jsonl").write_bytes(exchange.reader.line(0, exchange.reader.size()))
    return folder
