"""Streams that are too much for a screen, as recordings: python benchmarks/hostile_streams.py FOLDER"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from inspector.recording import Writer
from inspector.sse import Frame

Event = dict[str, Any]
MEGABYTE = 1 << 20
EVIL = (
    "\x1b[31mred\x1b]8;;http://evil\x07link\x1b]52;c;aGk=\x07\x9b2J\r\b\x00\x7f\u202eright to left\u2066\u200f"
    "[bold red]markup[/] 日本語 👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301\u0302\u0303 مرحبا שלום \ufeff\U000e0041"
)
FAMILY = "👩‍👩‍👧‍👦🇩🇪👍🏽"


def start(**message: Any) -> Event:
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test", "content": []}
    whole |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1}}
    return {"type": "message_start", "message": {**whole, **message}}


def block(index: int, deltas: Iterable[Event], **start: Any) -> Iterator[Event]:
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def text_block(index: int, pieces: Iterable[str]) -> Iterator[Event]:
    return block(index, ({"type": "text_delta", "text": piece} for piece in pieces), type="text", text="")


def tool_block(index: int, pieces: Iterable[str], name: str = "write") -> Iterator[Event]:
    deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)
    return block(index, deltas, type="tool_use", id="toolu_1", name=name, input={})


def finish(stop_reason: str = "end_turn") -> Iterator[Event]:
    yield {"type": "message_delta", "delta": {"stop_reason": stop_reason}, "usage": {"output_tokens": 9}}
    yield {"type": "message_stop"}


def odd_text() -> Iterator[Event]:
    """Everything that is no plain letter; emoji sequences and surrogate pairs come cut into single code points."""
    yield start(model=EVIL, id=EVIL)
    yield from text_block(0, [EVIL] * 50 + list(FAMILY) * 100 + ["\ud83d", "\udc69", "z" + "\u0301" * 200])
    yield from tool_block(1, ['{"' + EVIL[:40], *FAMILY], EVIL)
    yield from finish(EVIL)


def one_event() -> Iterator[Event]:
    """A delta of 5 MB."""
    yield start()
    yield from text_block(0, ["before ", "wide 日本 " * (5 * MEGABYTE // 12), " after"])
    yield from finish()


def many_blocks() -> Iterator[Event]:
    """10,000 blocks of three kinds."""
    yield start()
    for at in range(0, 9_999, 3):
        yield from block(at, [{"type": "thinking_delta", "thinking": f"t{at}"}], type="thinking", thinking="")
        yield from text_block(at + 1, [f"b{at} "])
        yield from tool_block(at + 2, [f'{{"n":{at}}}'])
    yield from text_block(9_999, ["last"])
    yield from finish()


def deep_input() -> Iterator[Event]:
    """A tool input nested 500 deep, a bracket at a time."""
    yield start()
    yield from tool_block(0, ["[", '{"a":'] * 250 + ["1"] + ["}", "]"] * 250)
    yield from finish("tool_use")


def big_input(fragments: int) -> Iterator[Event]:
    """A tool input of 10 MB."""
    text = json.dumps({"rows": [f"{at:06} " + "x" * 90 for at in range(10 * MEGABYTE // 101)]})
    size = -(-len(text) // fragments)
    yield start()
    yield from tool_block(0, (text[at : at + size] for at in range(0, len(text), size)))
    yield from finish("tool_use")


def one_line() -> Iterator[Event]:
    """10 MB of text without a space."""
    yield start()
    yield from text_block(0, ["0123456789abcdef" * 64] * (10 * MEGABYTE // 1024))
    yield from finish()


def long_name() -> Iterator[Event]:
    """An event whose name is 1 MB."""
    yield start()
    yield from text_block(0, ["a", "b"])
    yield {"type": "n" * MEGABYTE, "x": 1}
    yield from finish()


def many_messages() -> Iterator[Event]:
    """100,000 messages."""
    for at in range(100_000):
        yield start(id=f"msg_{at}")
        yield from text_block(0, [f"m{at}"])
        yield from finish()


STREAMS: dict[str, Callable[[], Iterator[Event]]] = {
    "odd text": odd_text,
    "an event of 5 MB": one_event,
    "10,000 blocks": many_blocks,
    "input 500 deep": deep_input,
    "input of 10 MB at once": lambda: big_input(1),
    "input of 10 MB in 100,000": lambda: big_input(100_000),
    "10 MB in one line": one_line,
    "an event name of 1 MB": long_name,
    "100,000 messages": many_messages,
}


def write(events: Iterable[Event], path: Path, request: bytes = b'{"model":"claude-test"}') -> None:
    """A recording of these events, 20 ms apart."""
    path.unlink(missing_ok=True)
    writer = Writer.create(path, {"kind": "synthetic"})
    writer.request("POST", "https://api.anthropic.com/v1/messages", [("content-type", "application/json")], request)
    writer.response(300_000_000, 200, [("content-type", "text/event-stream")])
    t_ns = 400_000_000
    batch = []
    for read, event in enumerate(events, 1):
        t_ns += 20_000_000
        name = event["type"].encode()
        frame = Frame(event["type"], name=event["type"], raw=b"event: %b\ndata: %b\n\n" % (name, _json(event)))
        frame.t_ns, frame.read = t_ns, read
        batch.append(frame)
        if len(batch) == 1000:
            writer.frames(batch)
            batch = []
    writer.frames(batch)
    writer.end(t_ns, "complete")
    writer.close()


def _json(event: Event) -> bytes:
    try:
        return json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair stands as its escape, as JavaScript writes it.
        return json.dumps(event).encode()


def write_all(folder: Path) -> dict[str, Path]:
    """Every stream as a file; the requests of those with large events are as large."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, events in STREAMS.items():
        paths[name] = folder / f"{name.replace(' ', '-').replace(',', '')}.jsonl"
        content = ("wide 日本 " * (5 * MEGABYTE // 12)) if "5 MB" in name else "Go on."
        request = {"model": "claude-test", "messages": [{"role": "user", "content": content}]}
        write(events(), paths[name], json.dumps(request, ensure_ascii=False).encode())
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/hostile_streams.py FOLDER")
    for path in write_all(Path(sys.argv[1])).values():
        print(path)
