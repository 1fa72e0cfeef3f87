"""A synthetic recording of any size: python benchmarks/make_big.py N PATH

N frames, about 180 bytes a line, so 1,000,000 are about 180 MB: one message with text, thinking and tool input blocks
of thousands of deltas each, a ping now and then, several frames in some reads. The same N gives the same bytes.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random

import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))

from inspector.recording import Writer, header_line
from inspector.sse import Frame

WORDS = (
    " the", " stream", " of", " events", " arrives", " in", " pieces,", " each", " a", " delta", " for", " one",
    " block", " and", " nothing", " is", " whole", " until", " its", " stop", " —", " so", " wait.", "\n\n", " naïve",
    " 🌊", ' "why"',
)  # fmt: skip
# Block type, its deltas, the delta type and its field, the shape of the start.
BLOCKS = (
    ("thinking_delta", "thinking", 4_000, {"type": "thinking", "thinking": "", "signature": ""}),
    ("text_delta", "text", 45_000, {"type": "text", "text": ""}),
    ("input_json_delta", "partial_json", 6_000, {"type": "tool_use", "id": "toolu_01", "name": "write", "input": {}}),
    ("text_delta", "text", 45_000, {"type": "text", "text": ""}),
)
START = {
    "type": "message_start",
    "message": {
        "id": "msg_01Big", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 20, "output_tokens": 1},
    },
}  # fmt: skip


def main(count: int, path: Path) -> None:
    """Writes `count` frames to a new file."""
    rng = Random(count)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    writer = Writer(fd)
    started = datetime(2026, 11, 22, 10, tzinfo=UTC)
    writer.write(
        header_line({"kind": "synthetic", "by": "benchmarks/make_big.py", "clock": "arrival"}, started, f"{count:016x}")
    )
    body = b'{"model":"claude-sonnet-4-6","stream":true,"messages":[{"role":"user","content":"Go on."}]}'
    writer.request("POST", "https://api.anthropic.com/v1/messages", [("content-type", "application/json")], body)
    writer.response(400_000_000, 200, [("content-type", "text/event-stream; charset=utf-8")])
    t_ns, read = 410_000_000, 1
    frames = events(count, rng)
    while batch := list(islice(frames, 1000)):
        for frame in batch:
            # One read in four brings a second frame.
            if rng.random() < 0.8:
                t_ns += 100_000 + int(rng.random() * 30_000_000)
                read += 1
            frame.t_ns, frame.read = t_ns, read
        writer.frames(batch)
    writer.end(t_ns + 1_000_000, "complete")
    writer.close()


def events(count: int, rng: Random) -> Iterator[Frame]:
    """The frames of one whole message, `count` of them (at least 5)."""
    yield _frame(START)
    left = count - 3
    index = 0
    while left >= 3:
        delta_type, field, size, start = BLOCKS[index % len(BLOCKS)]
        deltas = min(size, left - 2)
        yield _frame({"type": "content_block_start", "index": index, "content_block": start})
        yield from _deltas(index, delta_type, field, deltas, rng)
        yield _frame({"type": "content_block_stop", "index": index})
        left -= deltas + 2
        index += 1
    for _ in range(left):
        yield _frame({"type": "ping"})
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _frame({"type": "message_delta", "delta": stop, "usage": {"output_tokens": count}})
    yield _frame({"type": "message_stop"})


def _deltas(index: int, delta_type: str, field: str, count: int, rng: Random) -> Iterator[Frame]:
    shape = orjson.dumps({"type": "content_block_delta", "index": index, "delta": {"type": delta_type, field: "?"}})
    before, after = shape.split(b'"?"')
    raw = b"event: content_block_delta\ndata: %b%%b%b\n\n" % (before, after)
    pieces = [orjson.dumps(WORDS[a] + WORDS[b]) for a in range(len(WORDS)) for b in range(len(WORDS))]
    ping = _frame({"type": "ping"}).raw
    for number in range(count):
        if number % 3000 == 1500 and delta_type == "text_delta":
            yield Frame("ping", name="ping", raw=ping)
            continue
        piece = pieces[int(rng.random() * len(pieces))]
        if delta_type == "input_json_delta":
            piece = _input_piece(number, count)
        yield Frame("content_block_delta", name="content_block_delta", raw=raw % piece)


def _input_piece(number: int, count: int) -> bytes:
    """Fragments that make one object with one long list."""
    if count == 1:
        return b'"{}"'
    if number == 0:
        return rb'"{\"rows\":["'
    return rb'"0]}"' if number == count - 1 else b'"%d, "' % number


def _frame(data: Mapping[str, object]) -> Frame:
    name = str(data["type"])
    return Frame(name, name=name, raw=b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data)))


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal() or int(sys.argv[1]) < 5:
        sys.exit("usage: python benchmarks/make_big.py N PATH (N at least 5)")
    main(int(sys.argv[1]), Path(sys.argv[2]))
