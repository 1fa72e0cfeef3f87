"""A message as of an event: what the API would have returned unstreamed, as far as it came.

Equal to what `client.beta.messages.stream()` accumulates (anthropic-python, lib/streaming/_beta_messages.py), except
where that loses data: unknown types and fields are kept, big integers are exact, and deltas that fit nothing stand
under `unapplied_deltas` in their block.
"""

from typing import Any

from inspector.protocol import DELTAS
from inspector.timeline.message import Block, Message, decode, role_of
from inspector.timeline.partial_json import PartialMode, ToolInput, parse_tool_input

# message_delta carries cumulative totals: each replaces the earlier one, a null leaves it.
_TOP_LEVEL_OF_DELTA = frozenset({"type", "delta", "usage"})


def message_at(message: Message, n: int, mode: PartialMode = True) -> dict[str, Any]:
    """The message as of event n, which must not be before its start."""
    value = dict(message.start)
    blocks = [block for block in message.blocks if block.start_n <= n]
    stopped = message.stop_n is not None and message.stop_n <= n
    value["content"] = [block_at(block, n, mode, stopped) for block in _in_order(blocks)]
    for block in blocks:
        served_by = block.start.get("to") if block.type == "fallback" else None
        if isinstance(served_by, dict) and "model" in served_by:
            value["model"] = served_by["model"]
    for _, update in (entry for entry in message.updates if entry[0] <= n):
        _update(value, update)
    return value


def block_at(block: Block, n: int, mode: PartialMode = True, message_stopped: bool = False) -> dict[str, Any]:
    """The content block as of event n, which must not be before its start.

    Tool input that is not whole is the SDK's partial value (None where even that cannot be parsed); `input_json` then
    holds its text.
    """
    value = dict(block.start)
    for delta_type, buffer in block.buffers.items():
        delta = DELTAS[delta_type]
        if delta.brings == "text" and buffer.events and buffer.events[0] <= n:
            before = value.get(delta.into)
            value[delta.into] = (before if isinstance(before, str) else "") + buffer.text_at(n)
    for _, fields in (entry for entry in block.assigned if entry[0] <= n):
        value.update(fields)
    lists: dict[str, list[Any]] = {}
    for _, field, item in (entry for entry in block.collected if entry[0] <= n):
        lists.setdefault(field, []).append(item)
    for field, items in lists.items():
        before = value.get(field)
        value[field] = [*(before if isinstance(before, list) else []), *items]
    stopped = message_stopped or (block.stop_n is not None and block.stop_n <= n)
    if role_of(block) == "tool":
        _fill_input(value, block, n, mode, stopped)
    if unapplied := [delta for at, delta in block.unapplied if at <= n]:
        value["unapplied_deltas"] = unapplied
    return value


def tool_input_text(block: Block, n: int) -> bytes:
    """The fragments of the tool input as of event n, joined."""
    return block.input_text.at(n) if block.input_text else b""


def _fill_input(value: dict[str, Any], block: Block, n: int, mode: PartialMode, stopped: bool) -> None:
    if text := tool_input_text(block, n):
        parsed = _parsed(block, text, mode)
        value["input"] = parsed.value
        if not parsed.whole:
            value["input_json"] = decode(text)
    elif not stopped and not value.get("input"):
        value["input_json"] = ""


def _parsed(block: Block, text: bytes, mode: PartialMode) -> ToolInput:
    """Input that is whole is parsed once."""
    if block.whole_input and block.whole_input[0] == text:
        return block.whole_input[1]
    parsed = parse_tool_input(text, mode)
    if parsed.whole:
        block.whole_input = text, parsed
    return parsed


def _in_order(blocks: list[Block]) -> list[Block]:
    """By index, as `index` is the position in the final content; as they came where indexes repeat or are none."""
    indexes = [block.index for block in blocks]
    if all(type(index) is int for index in indexes) and len(set(indexes)) == len(indexes):
        return sorted(blocks, key=lambda block: block.index)
    return blocks


def _update(value: dict[str, Any], update: dict[str, Any]) -> None:
    delta = update.get("delta")
    if isinstance(delta, dict):
        for field in ("stop_reason", "stop_sequence", "stop_details"):
            value[field] = delta.get(field)
        value.update((key, new) for key, new in delta.items() if new is not None)
    usage = update.get("usage")
    if isinstance(usage, dict):
        before = value.get("usage")
        value["usage"] = {
            **(before if isinstance(before, dict) else {}),
            **{key: new for key, new in usage.items() if new is not None},
        }
    value.update((key, new) for key, new in update.items() if key not in _TOP_LEVEL_OF_DELTA and new is not None)
