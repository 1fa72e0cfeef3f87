"""What tests share: chunkings, streams, and where the reference material stands."""

import socket
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from random import SystemRandom
from time import monotonic
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import strategies as st

from inspector.recording import header_line
from inspector.recording.lines import frame_line, tail_line
from inspector.sse import Decoder, Frame
from inspector.text.json_text import dumps
from inspector.timeline import Exchange

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings").glob("*.jsonl"))
"""The shipped ones."""

SHARED = Path(__file__).parents[2] / "shared"
RECENT_SDK = int(version("anthropic").partition(".")[0]) >= 2
"""Whether the SDK is one that the tables and the rules tell of; older ones have fewer types and other exceptions."""
needs_recent_sdk = pytest.mark.skipif(not RECENT_SDK, reason="says what anthropic 2 does")
CORPUS = sorted(path for path in (SHARED / "corpus").rglob("*") if path.suffix in (".sse", ".jsonl"))

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="other projects' recorded streams, which are not copied into this one, are not there"
)

LIMIT_S = 120
"""After so many seconds something counts as hanging. Only that: no test is about how long anything takes."""


def wait_until(met: Callable[[], object]) -> None:
    """Returns once a condition is met that another thread or process brings about."""
    hangs = monotonic() + LIMIT_S
    while not met():
        assert monotonic() < hangs, "what was waited for never came"
        threading.Event().wait(0.005)


def free_port() -> int:
    """A port of the loopback that is free, and that no socket is given which asks for any."""
    while True:
        # Below 32,768: what the system gives away lies above, and it may give it to anybody until it is used here.
        port = SystemRandom().randrange(20_000, 32_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def cut(body: bytes, offsets: Iterable[int]) -> list[bytes]:
    """The body in pieces that end at these offsets."""
    places = [0, *sorted(offset for offset in set(offsets) if 0 < offset < len(body)), len(body)]
    return [body[start:end] for start, end in pairwise(places)]


@st.composite
def chunkings(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> list[bytes]:
    """A body in any pieces, empty ones included."""
    body = draw(bodies)
    pieces = cut(body, draw(st.lists(st.integers(0, max(1, len(body))), max_size=12)))
    if draw(st.booleans()):
        pieces.insert(draw(st.integers(0, len(pieces))), b"")
    return pieces


_PIECES = [
    b"event: ping\n", b"data: {}\n", b'data: {"type":"ping"}\r\n', b"data\n", b"data:\n", b": comment\r", b"id: 7\n",
    b"retry: 10\n", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\xff", b"x", b"data: \xe2\x80\xa8\n", b"event\n", b"\0",
    b'event: content_block_delta\ndata: {"type":"content_block_delta"}\n\n', b"event: e\ndata: 1\n\n", b" ", b":",
]  # fmt: skip


def bodies() -> st.SearchStrategy[bytes]:
    """Response bodies of every kind: event streams, nearly event streams, anything."""
    return st.one_of(st.lists(st.sampled_from(_PIECES), max_size=24).map(b"".join), st.binary(max_size=80))


def frames_of(chunks: Iterable[bytes]) -> tuple[list[Frame], bytes]:
    """All frames and the tail; chunk k (from 0) arrives at 1,000 * k ns."""
    decoder = Decoder()
    frames = [frame for at, chunk in enumerate(chunks) for frame in decoder.feed(chunk, 1000 * at)]
    return frames, decoder.close()


def exchange_of_lines(lines: Iterable[bytes], name: str = "test.jsonl") -> Exchange:
    """An exchange over these lines of a recording."""
    file = cast(BinaryIO, tempfile.TemporaryFile("w+b"))  # noqa: SIM115
    file.write(b"".join(lines))
    file.flush()
    exchange = Exchange(file, name).load()
    weakref.finalize(exchange, file.close)
    return exchange


def exchange_of_body(chunks: Iterable[bytes], source: str = "synthetic", end: str | None = "complete") -> Exchange:
    """An exchange whose body came in these reads."""
    decoder = Decoder()
    lines = [header_line({"kind": source})]
    at = 0
    for at, chunk in enumerate(chunks):
        lines += map(frame_line, decoder.feed(chunk, 1000 * at))
    if tail := decoder.close():
        lines.append(tail_line(tail, 1000 * at, decoder.reads, decoder.splits[:-1]))
    if end:
        lines.append(b'{"kind":"end","t_ns":%d,"reason":"%b"}\n' % (1000 * at, end.encode()))
    return exchange_of_lines(lines)


def sse(*events: dict[str, Any]) -> bytes:
    """The body of a stream with these events, as the API frames them."""
    return b"".join(b"event: %b\ndata: %b\n\n" % (event["type"].encode(), dumps(event)) for event in events)


def start(**message: Any) -> dict[str, Any]:
    """A message_start."""
    whole = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    }  # fmt: skip
    return {"type": "message_start", "message": {**whole, **message}}


def block(index: Any, *deltas: dict[str, Any], stop: bool = True, **content_block: Any) -> list[dict[str, Any]]:
    """A content block's start, deltas and stop."""
    events: list[dict[str, Any]] = [{"type": "content_block_start", "index": index, "content_block": content_block}]
    events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
    return [*events, {"type": "content_block_stop", "index": index}] if stop else events


def text(piece: str) -> dict[str, Any]:
    return {"type": "text_delta", "text": piece}


def input_json(piece: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": piece}


def finish(stop_reason: str = "end_turn", output_tokens: int = 9) -> Sequence[dict[str, Any]]:
    """The message_delta and message_stop."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    usage = {"output_tokens": output_tokens}
    return [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
