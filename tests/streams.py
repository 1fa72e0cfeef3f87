"""A recording of one stream, written for a test."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from inspector.recording import Writer
from inspector.sse import Decoder
from tests.support import block, finish, input_json, sse, start, text

MS = 1_000_000
STREAM = [
    start(model="claude-test"),
    *block(0, {"type": "thinking_delta", "thinking": "let me see"}, {"type": "signature_delta", "signature": "sig"},
           type="thinking", thinking="", signature=""),
    *block(1, text("Hello "), text("wide 日本 "), text("world"), type="text", text=""),
    {"type": "ping"},
    *block(2, input_json(""), input_json('{"city":"Par'), input_json('is"}'),
           type="tool_use", id="toolu_1", name="get_weather", input={}),
    *finish("tool_use"),
]  # fmt: skip
REQUEST = b'{"model":"claude-test","messages":[{"role":"user","content":"Weather?"}]}'
# Where in STREAM things stand.
FIRST_TEXT, PING, HALF_INPUT = 7, 11, 14


Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Writes a recording: each event in a read of its own, `step` nanoseconds apart, or the gaps given."""

    def write(
        events: Iterable[dict[str, Any]] = STREAM,
        name: str = "stream.jsonl",
        step: int = 20 * MS,
        gaps: dict[int, int] | None = None,
        body: bytes | None = None,
        request: bytes = REQUEST,
        end: str | None = "complete",
        note: str = "",
    ) -> Path:
        path = tmp_path / name
        writer = Writer.create(path, {"kind": "synthetic", **({"note": note} if note else {})})
        headers = [("content-type", "application/json"), ("x-api-key", "sk-ant-secret")]
        writer.request("POST", "https://api.anthropic.com/v1/messages", headers, request)
        writer.response(300 * MS, 200, [("content-type", "text/event-stream")])
        decoder = Decoder()
        t_ns = 400 * MS
        chunks = [body] if body is not None else [sse(event) for event in events]
        for n, chunk in enumerate(chunks, 1):
            t_ns += (gaps or {}).get(n, step)
            writer.frames(decoder.feed(chunk, t_ns))
        writer.tail(decoder.close(), t_ns, decoder.reads)
        if end:
            writer.end(t_ns, end)  # type: ignore[arg-type]
        writer.close()
        return path

    return write
