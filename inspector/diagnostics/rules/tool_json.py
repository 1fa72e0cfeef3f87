"""What the fragments of a tool's input add up to."""

import json
from typing import Any, NamedTuple

import jiter

from inspector.diagnostics.stream import Stream
from inspector.text.json_text import loads_exact
from inspector.timeline.message import Block, decode


class Input(NamedTuple):
    """What the fragments of a tool's input add up to: `fault` is None where they are whole JSON."""

    text: str
    fault: str | None
    value: Any = None
    position: int = 0


def tool_input(stream: Stream, block: Block) -> Input:
    """The input of a block as far as it came."""
    buffer = block.buffers.get("input_json_delta")
    text = bytes(buffer.text) if buffer else b""
    # Several rules ask for the same block one after the other.
    if stream.memo is None or stream.memo[:2] != (block, len(text)):
        stream.memo = (block, len(text), _parsed(text))
    return stream.memo[2]


def _parsed(text: bytes) -> Input:
    if not text.strip():
        return Input(decode(text), None, {})
    try:
        return Input(decode(text), None, loads_exact(text))
    except ValueError:
        return _faulty(decode(text), text)


def _faulty(text: str, raw: bytes) -> Input:
    start = len(text) - len(text.lstrip())
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
        return Input(text, "trailing", value, end)
    except json.JSONDecodeError as error:
        position = error.pos
    except RecursionError:
        return Input(text, "invalid")
    try:
        value = jiter.from_json(raw, partial_mode=True)
    except ValueError:
        value = None
    if text[start] != "{":
        return Input(text, "headless", None, start)
    return Input(text, "invalid" if value is None else "truncated", value, position)
