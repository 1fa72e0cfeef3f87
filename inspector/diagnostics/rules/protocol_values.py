"""P: values that are there, but of another type than the protocol's."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.grammar import StructuralEvent
from inspector.diagnostics.rules.protocol_shape import first_use
from inspector.diagnostics.stream import Stream, block_name
from inspector.protocol import DELTAS, fits
from inspector.protocol.source import SDK_TYPES
from inspector.text.json_text import loads_or
from inspector.text.wording import counted, quoted
from inspector.timeline.message import Block, Message

P18 = define(
    "P18", "Value of another type", "error",
    what="""
        A value is there, but not of the type that the protocol gives it: an index or a count as a string, a delta, a
        content block or a usage that is no object, text that is no string, a tool's input that is no object, a count
        below 0. A warning where the Python SDK does not raise for it.
        """,
    why="""
        SDKs do not check types: they pass the value on, or fail where they use it. Typed clients refuse the event.
        """,
    example='{"type":"content_block_start","index":"0",…}',
    fix="Send the value with its own type, numbers as numbers and objects as objects, not as their JSON in a string.",
    python="No exception: the value is passed on as it is.",
    typescript="As a rule no exception: the value is passed on, or joined to the text as JavaScript writes it.",
    sources=(SDK_TYPES,),
)  # fmt: skip

_TAKEN: Final = "No exception: it is taken for the number."
_RAISES: Final = "messages.stream() raises {}."
_OBJECT: Final = "an object is due"
_PARSED: Final = "messages.stream() throws AnthropicError when the input is asked for: it is no JSON."
_PUSHED: Final = "messages.stream() throws AnthropicError at the first block: nothing can be pushed to it."
_SET: Final = "messages.stream() throws AnthropicError at message_delta: no property can be set on it."
_EXTENDED: Final = "No exception: the list gets the characters of the deltas, one by one."
# What the fields of a content_block hold where they are not null; null is for P12.
_FIELDS: Final[Mapping[str, tuple[type, str]]] = {
    "id": (str, "a string is due"),
    "name": (str, "a string is due"),
    "tool_use_id": (str, "a string is due"),
    "text": (str, "a string is due"),
    "thinking": (str, "a string is due"),
    "signature": (str, "a string is due"),
    "data": (str, "a string is due"),
    "input": (dict, _OBJECT),
}
_COUNTS: Final = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class _Misfit(NamedTuple):
    path: str
    value: Any
    due: str
    python: str | None = None
    raises_n: int | None = None
    typescript: str | None = None


def _problem(n: int, misfits: list[_Misfit], where: str) -> Problem:
    """One for all of an event; it raises where any of them does."""
    worst = next((one for one in misfits if one.python and one.python.startswith("messages.stream()")), misfits[0])
    severity: Severity | None = None if worst.python and worst.python.startswith("messages.stream()") else "warn"
    words = ", ".join(f"{one.path} is {_called(one.value)}, {one.due}" for one in misfits)
    thrown = next((one for one in misfits if one.typescript), None)
    typescript = thrown.typescript if thrown else None
    throws_n = thrown.raises_n if thrown else None
    return Problem(f"{where}: {words}", n, severity, None, worst.python, typescript, None, worst.raises_n, throws_n)


def _called(value: Any) -> str:
    kind = {str: "the string ", bool: "", list: "the list ", dict: "the object "}.get(type(value), "")
    return kind + quoted(value, 40)


def _raises(value: Any, attribute: str) -> str:
    """What reading an attribute of it comes to."""
    return _RAISES.format(f"AttributeError: {type(value).__name__!r} object has no attribute {attribute!r}")


@P18.on("progress")
def _index_of_another_type(stream: Stream) -> Iterator[Problem]:
    coerced = stream.index.assembler.coerced
    if coerced and coerced[0] <= stream.index.count:
        data = loads_or(stream.exchange.frame(coerced[0]).data)
        index = data.get("index") if isinstance(data, dict) else None
        where = counted(len(coerced), "event has an index", "events have an index") + " that is no number"
        yield _problem(coerced[0], [_Misfit("the first", index, "a number is due", _TAKEN)], where)


@P18.on("opened")
def _block_of_another_type(stream: Stream, block: Block) -> Iterator[Problem]:
    if block.implied:
        return
    if block.start.keys() == {"type"}:
        # The timeline makes an object of anything: the event has the value itself.
        data = loads_or(stream.exchange.frame(block.start_n).data)
        value = data.get("content_block") if isinstance(data, dict) else None
        if value is not None and not isinstance(value, dict):
            misfit = _Misfit("content_block", value, _OBJECT, _raises(value, "to_dict"))
            yield _problem(block.start_n, [misfit], "content_block_start")
            return
    misfits = []
    for field, (wanted, due) in _FIELDS.items():
        value = block.start.get(field)
        if value is not None and not isinstance(value, wanted):
            deltas = [buffer.events[0] for buffer in stream.whole(block).buffers.values() if buffer.events]
            appended = field in ("text", "thinking") and deltas
            joined = f"TypeError: a {type(value).__name__} and a string cannot be added"
            python = _EXTENDED if isinstance(value, list) else _RAISES.format(joined)
            misfits.append(_Misfit(field, value, due, python if appended else None, min(deltas, default=None)))
    content = block.start.get("content")
    allowed = (list, dict, str) if block.type in ("mcp_tool_result", "compaction") else (list, dict)
    if block.type.endswith(("_tool_result", "compaction")) and content is not None and not isinstance(content, allowed):
        misfits.append(_Misfit("content", content, "a list or an object is due"))
    if misfits:
        yield _problem(block.start_n, misfits, block_name(block))


@P18.on("block")
def _delta_of_another_type(stream: Stream, block: Block) -> Iterator[Problem]:
    misfits = [(n, misfit) for n, delta in block.unapplied if (misfit := _delta_misfit(block, delta))]
    for n, fields in block.assigned:
        if fields.get("signature") is not None and not isinstance(fields["signature"], str):
            misfits.append((n, _Misfit("signature", fields["signature"], "a string is due")))
    misfits += [
        (n, _Misfit("citation", citation, _OBJECT)) for n, citation in block.citations if not isinstance(citation, dict)
    ]
    if misfits:
        n, misfit = misfits[0]
        yield _problem(n, [misfit], f"{block_name(block)}, {counted(len(misfits), 'delta')}")


def _delta_misfit(block: Block, delta: Any) -> _Misfit | None:
    if delta is None:
        return None
    if not isinstance(delta, dict):
        return _Misfit("delta", delta, _OBJECT, _raises(delta, "type"))
    entry = DELTAS.get(delta["type"]) if isinstance(delta.get("type"), str) else None
    if entry is None or delta.get(entry.field) is None or fits(entry.name, block.type) is False:
        return None
    value = delta[entry.field]
    what = "it is no string" if entry.brings == "json" else f"a {type(value).__name__} and a string cannot be added"
    # Of a number or a truth value JavaScript makes its JSON; of an object no JSON at all.
    typescript = _PARSED if entry.brings == "json" and isinstance(value, dict | list) else None
    return _Misfit(entry.field, value, "a string is due", _RAISES.format(f"TypeError: {what}"), None, typescript)


@P18.on("structure")
def _start_of_another_type(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    message = stream.message_at(step.n)
    if step.event != "message_start" or message is None or message.restarted:
        return
    data = loads_or(stream.exchange.frame(step.n).data) if not message.start else {}
    whole = data.get("message") if isinstance(data, dict) else None
    if whole is not None and not isinstance(whole, dict):
        at = first_use(stream, step.n, "content")
        misfit = _Misfit("message", whole, _OBJECT, _raises(whole, "to_dict"), step.n, _PUSHED if at else None)
        yield _problem(step.n, [misfit], "message_start")
        return
    misfits = []
    content = message.start.get("content")
    if content is not None and not isinstance(content, list):
        at = first_use(stream, step.n, "content")
        raises = _raises(content, "append") if at else None
        misfits.append(_Misfit("content", content, "a list is due", raises, at, _PUSHED if at else None))
    for field in ("id", "type", "role", "model"):
        value = message.start.get(field)
        if value is not None and not isinstance(value, str):
            misfits.append(_Misfit(field, value, "a string is due"))
    usage = message.start.get("usage")
    if usage is not None and not isinstance(usage, dict):
        at = first_use(stream, step.n, "usage")
        raises = _raises(usage, "output_tokens") if at else None
        typescript = _SET if at and not isinstance(usage, list) else None
        misfits.append(_Misfit("usage", usage, _OBJECT, raises, at, typescript))
    else:
        misfits += _usage_misfits(usage)
    if misfits:
        yield _problem(step.n, misfits, "message_start")


@P18.on("message")
def _update_of_another_type(stream: Stream, message: Message) -> Iterator[Problem]:
    for n, update in message.updates:
        misfits = []
        delta = update.get("delta")
        if delta is not None and not isinstance(delta, dict):
            misfits.append(_Misfit("delta", delta, _OBJECT, _raises(delta, "stop_reason")))
        elif delta and delta.get("stop_reason") is not None and not isinstance(delta["stop_reason"], str):
            misfits.append(_Misfit("stop_reason", delta["stop_reason"], "a string is due"))
        misfits += _usage_misfits(update.get("usage"))
        if misfits:
            yield _problem(n, misfits, "message_delta")


def _usage_misfits(usage: Any) -> list[_Misfit]:
    if usage is None:
        return []
    if not isinstance(usage, dict):
        return [_Misfit("usage", usage, _OBJECT, _raises(usage, "output_tokens"))]
    misfits = []
    for key in _COUNTS:
        value = usage.get(key)
        if value is None or (type(value) is int and value >= 0):
            continue
        whole = isinstance(value, str) and value.isascii() and value.isdigit()
        misfits.append(_Misfit(key, value, "a count from 0 up is due", _TAKEN if whole else None))
    return misfits
