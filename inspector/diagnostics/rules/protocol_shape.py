"""P: the shape of the protocol's events."""

from collections.abc import Iterator
from typing import Any, Final, Literal

from inspector.diagnostics.ending import unterminated_stop
from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.grammar import StructuralEvent
from inspector.diagnostics.stream import Stream, block_name
from inspector.diagnostics.tool_json import is_broken
from inspector.protocol import BLOCKS, DELTAS, EVENTS, deltas_for, fits
from inspector.protocol.source import SDK_TYPES
from inspector.text.json_text import loads_or
from inspector.text.wording import counted, listed, quoted
from inspector.timeline.assembler import NO_BLOCK
from inspector.timeline.message import Block, Message

_READS_NONE: Final = "messages.stream() raises AttributeError: 'NoneType' object has no attribute '{}'."
_NONE: Final = "No exception: {} stays None."
_NULL: Final = "No exception: {} stays null or undefined."
_READS_UNDEFINED: Final = "messages.stream() throws AnthropicError: Cannot read properties of {} (reading '{}')."
_STOPPED: Final = "No exception while there are enough blocks: it counts from the end."

P07 = define(
    "P07", "Delta does not fit its block", "error",
    what="""
        A delta of a known type goes to a block of a known type that has no such deltas: text_delta and citations_delta
        belong to text, thinking_delta and signature_delta to thinking, input_json_delta to a tool call,
        compaction_delta to compaction.
        """,
    why="SDKs drop such a delta without a word, other clients stop with an error. What it carried is lost.",
    example="A text_delta for block 1, which is a tool_use block.",
    fix="In the gateway: when the kind of output changes, close the block and start one of the right type.",
    python="No exception: the delta is yielded and dropped.",
    typescript="No exception: the delta is dropped.",
    sources=(SDK_TYPES,),
)  # fmt: skip


@P07.on("block")
def _misfit(stream: Stream, block: Block) -> Iterator[Problem]:
    misfits = [(n, delta) for n, delta in block.unapplied if fits(_type_of(delta), block.type) is False]
    if not misfits:
        return
    kinds = listed(sorted({_type_of(delta) for _, delta in misfits}))
    carried = [delta.get(DELTAS[_type_of(delta)].field) for _, delta in misfits]
    lost = sum(len(value) for value in carried if isinstance(value, str))
    dropped = f", {counted(lost, 'character')} dropped" if lost else ""
    yield Problem(f"{block_name(block)} got {counted(len(misfits), 'delta')} of type {kinds}{dropped}", misfits[0][0])


def _type_of(delta: Any) -> str:
    kind = delta.get("type") if isinstance(delta, dict) else None
    return kind if isinstance(kind, str) else ""


P10 = define(
    "P10", "message_delta missing or incomplete", "error",
    what="""
        message_stop came without a message_delta before it, a message_delta lacks its delta or a number in
        usage.output_tokens, or none tells a stop reason.
        """,
    why="Nobody knows why the message stopped and what it cost; SDKs read usage.output_tokens without looking first.",
    example='{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}}',
    fix="""
        Send one message_delta before message_stop, with delta {"stop_reason", "stop_sequence"} and usage
        {"output_tokens"}.
        """,
    python="""
        Without usage messages.stream() raises AttributeError: 'NoneType' object has no attribute 'output_tokens';
        without a message_delta stop_reason stays None.
        """,
    typescript="""
        Without usage or delta messages.stream() throws AnthropicError: Cannot read properties of undefined; without a
        message_delta stop_reason stays null.
        """,
    sources=(SDK_TYPES,),
)  # fmt: skip


@P10.on("message")
def _no_message_delta(stream: Stream, message: Message) -> Iterator[Problem]:
    stopped = message.stop_n or (unterminated_stop(stream) and stream.last)
    if stopped and not message.updates:
        yield Problem(
            "message_stop came without a message_delta: why the message stopped is unknown",
            stopped,
            python=_NONE.format("stop_reason"),
            typescript=_NULL.format("stop_reason"),
        )
    for n, update in message.updates:
        # A value of another type is there: P18 says what is wrong with it.
        lacks = [path for path in EVENTS["message_delta"].lacking(update) if _value(update, path) is None]
        if not isinstance(update.get("usage"), dict):
            lacks = [path.partition(".")[0] for path in lacks if update.get(path.partition(".")[0]) is None]
        raised = {"delta": "stop_reason", "usage": "output_tokens"}.get(lacks[0]) if lacks else None
        python = _READS_NONE.format(raised) if raised else _NONE.format("output_tokens")
        typescript = _READS_UNDEFINED.format("null" if raised and lacks[0] in update else "undefined", raised)
        if lacks:
            what = f"message_delta has no {listed(lacks, 'and no')}"
            yield Problem(what, n, None, None, python, typescript if raised else _NULL.format("output_tokens"))
    if stopped and message.updates and not message.restarted:
        yield from _no_stop_reason(message)


def _no_stop_reason(message: Message) -> Iterator[Problem]:
    deltas = [update["delta"] for _, update in message.updates if isinstance(update.get("delta"), dict)]
    given = [delta["stop_reason"] for delta in deltas if "stop_reason" in delta]
    if not any(given) and len(deltas) == len(message.updates):
        what = f"the stop reason is {quoted(given[-1])}" if given else "message_delta has no stop reason"
        python = _NONE.format("stop_reason") if not given or given[-1] is None else "No exception: it stays empty."
        typescript = _NULL.format("stop_reason") if not given or given[-1] is None else python
        what = f"{what}: why the message stopped is unknown"
        yield Problem(what, message.updates[-1][0], None, None, python, typescript)


def _is_other_text(message: dict[str, Any], path: str) -> bool:
    """Whether a field that holds text has not what it must have."""
    return path in ("id", "type", "role", "model") and isinstance(message.get(path), str)


def _value(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


P11 = define(
    "P11", "message_start incomplete", "error",
    what="""
        The message in message_start lacks what the API always sends: id, type message, role assistant, model, content
        [], usage with input_tokens and output_tokens. Without content or usage it is an error, without the others a
        warning.
        """,
    why="SDKs append to content and write into usage without looking whether they are there.",
    example='{"type":"message_start","message":{"id":"msg_1","role":"assistant"}}',
    fix="""
        Send the whole message:
        {"id":"msg_…","type":"message","role":"assistant","model":"…","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}.
        """,
    python="""
        Without content messages.stream() raises AttributeError: 'NoneType' object has no attribute 'append', without
        usage the same at message_delta.
        """,
    typescript="""
        Without content messages.stream() throws AnthropicError: Cannot read properties of undefined (reading 'push') at
        the first block, without usage the same at message_delta.
        """,
    sources=(SDK_TYPES,),
)  # fmt: skip


# What the SDK writes into as the stream goes on, and what it then looks for in nothing.
_ADDED_TO_UNDEFINED: Final = "messages.stream() throws AnthropicError: Cannot read or set properties of undefined."
_ADDED_TO: Final = {"content": "append", "usage": "output_tokens"}


@P11.on("structure")
def _start_incomplete(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    message = stream.message_at(step.n)
    if step.event != "message_start" or message is None or (stream.grammar.start_n is not None and message.restarted):
        return
    lacking = EVENTS["message_start"].lacking({"message": message.start})
    lacks = [path.removeprefix("message.") for path in lacking]
    # A value of another type is there: P18 says what is wrong with it.
    lacks = [path for path in lacks if _value(message.start, path) is None or _is_other_text(message.start, path)]
    if not message.start and _value(loads_or(stream.exchange.frame(step.n).data), "message") is not None:
        return
    fatal = [key for key in lacks if key in _ADDED_TO]
    usage = message.start.get("usage")
    # Whoever printed the event may have left out what is in it.
    has_usage = isinstance(usage, dict) and (bool(usage) or not stream.is_log)
    missing = [key for key in lacks if key not in fatal and (has_usage or not key.startswith("usage."))]
    if fatal or missing:
        raised = _ADDED_TO[fatal[0]] if fatal else None
        python = _READS_NONE.format(raised) if raised else _NONE.format(missing[0])
        severity: Severity | None = None if fatal else "warn"
        what = f"the message has no {listed(fatal + missing, 'and no')}"
        at = min((n for key in fatal if (n := first_use(stream, step.n, key))), default=None)
        if fatal and at is None:
            # Nothing comes that would be added to it.
            python, raised = _NONE.format(fatal[0]), None
        typescript = _ADDED_TO_UNDEFINED if raised else _NULL.format((fatal + missing)[0])
        yield Problem(what, step.n, severity, None, python, typescript, None, at, at)


def first_use(stream: Stream, start_n: int, key: str) -> int | None:
    """The first event at which an SDK adds to what message_start should have brought."""
    index = stream.index
    event = "content_block_start" if key == "content" else "message_delta"
    places = [index.code.find(code, start_n) for code in index.event_types.codes(event)]
    return min((place + 1 for place in places if place >= 0), default=None)


P12 = define(
    "P12", "content_block_start incomplete", "error",
    what="""
        The content_block lacks a type, or what its type needs: text for text, thinking for thinking, id, name and input
        for a tool call. An id or name that is there but empty is a warning.
        """,
    why="SDKs append the first delta to what is not there; a tool call without an id cannot be answered.",
    example='{"type":"content_block_start","index":0,"content_block":{"type":"text"}}',
    fix='Send empty values: "text":"", "thinking":"", "input":{}; and a real, unique id and name for a tool call.',
    python="""
        A text block without text: TypeError, NoneType and str cannot be added, at the first delta of messages.stream().
        """,
    typescript="""
        No exception for a field that is missing; without a content_block messages.stream() throws AnthropicError.
        Clients that validate report "expected string, received undefined".
        """,
    sources=(SDK_TYPES,),
)  # fmt: skip


_ADDED_TO_NONE: Final = "messages.stream() raises TypeError at the first delta: NoneType and str cannot be added."


@P12.on("opened", "block")
def _block_incomplete(stream: Stream, block: Block) -> Iterator[Problem]:
    if block.implied:
        return
    if block.type == "?":
        data = loads_or(stream.exchange.frame(block.start_n).data)
        whole = data.get("content_block") if isinstance(data, dict) else None
        if whole is not None and not isinstance(whole, dict):
            return
        python: str | None = (
            _READS_NONE.format("to_dict") if whole is None else "No exception: no delta is added to it."
        )
        typescript = _READS_UNDEFINED.format("undefined", "type") if whole is None else "No exception."
        what = "content_block_start has no content_block with a type"
        yield Problem(what, block.start_n, None, None, python, typescript)
        return
    required = BLOCKS[block.type].required if block.type in BLOCKS else ()
    lacks = [key for key in required if block.start.get(key) is None]
    empty = [key for key in ("id", "name") if key in required and block.start.get(key) == ""]
    if lacks:
        # A start without the text raises only where a delta is to be added to it.
        added = [buffer.events[0] for buffer in stream.whole(block).buffers.values() if buffer.events]
        raises = lacks[0] in ("text", "thinking") and bool(added)
        yield Problem(
            f"{block_name(block)} starts without {listed(lacks, 'and')}",
            block.start_n,
            python=_ADDED_TO_NONE if raises else _NONE.format(lacks[0]),
            typescript="No exception: the first delta begins it." if raises else _NULL.format(lacks[0]),
            raises_n=min(added) if raises else None,
        )
    elif empty:
        message = f"{block_name(block)} starts with an empty {listed(empty, 'and an empty')}"
        python = "Nothing, silently: the tool_result will have no call to name."
        yield Problem(message, block.start_n, "warn", None, python, python)


P13 = define(
    "P13", "Content in content_block_start", "info",
    what="""
        A text, thinking or tool_use block starts with content instead of empty; also content in message_start. A
        warning where deltas follow for the input of a tool: they replace what the start had. Blocks that arrive whole
        are not meant.
        """,
    why="Clients that collect deltas only never see it.",
    example='{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hello"}}',
    fix="Start such blocks empty and send the content as deltas.",
    python="Text in the start is kept and appended to; tool input in the start is replaced by the first delta.",
    typescript="As in Python.",
    sources=(SDK_TYPES,),
)  # fmt: skip


@P13.on("block")
def _filled_start(stream: Stream, block: Block) -> Iterator[Problem]:
    message = stream.message_at(block.start_n)
    content = message.start.get("content") if message else None
    # The very part: a block that came before a late message_start has the same place, and is none of its content.
    if isinstance(content, list) and any(part is block.start for part in content):
        yield Problem(f"message_start has {block_name(block)} in its content already", block.start_n)
        return
    caller = block.start.get("caller")
    by_code = isinstance(caller, dict) and caller.get("type") not in (None, "direct")
    text = next((delta.into for name in deltas_for(block.type) if (delta := DELTAS[name]).brings == "text"), None)
    field = "input" if block.type == "tool_use" else text
    content = block.start.get(field) if field else None
    # A value of another type is P18's.
    if not content or by_code or not isinstance(content, dict if field == "input" else str):
        return
    fragments = block.buffers.get("input_json_delta")
    if field == "input" and fragments and fragments.text:
        yield Problem(
            f"{block_name(block)} starts with an input, which its deltas replace: {quoted(content)}",
            block.start_n,
            "warn",
        )
    else:
        yield Problem(f"{block_name(block)} starts with content: {quoted(content)}", block.start_n)


P16 = define(
    "P16", "Index or content of a delta missing", "error",
    what="""
        An event of a block has no index, or one that is no number from 0 up, or a delta lacks the field that its type
        is about.
        """,
    why="The event belongs nowhere, or brings nothing where a string is due.",
    example='{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}',
    fix="""
        Send the number of the block with every content_block event, and with every delta its own field: text, thinking,
        partial_json, signature.
        """,
    python="""
        messages.stream() raises TypeError: list indices must be integers; a negative index hits a block from the end.
        """,
    typescript="""
        No exception where a block has begun: the text goes to another block or nowhere, and where it is missing the
        word undefined is appended.
        """,
    sources=(SDK_TYPES,),
)  # fmt: skip


@P16.on("opened")
def _delta_without_index(stream: Stream, block: Block) -> Iterator[Problem]:
    if block.implied and not _is_index(block.index) and not stream.is_untyped(block.start_n):
        index = _index_words(block.index)
        negative = isinstance(block.index, int)
        python = _STOPPED if negative else None
        # TypeScript's finds a block or not; where there is none at all it throws.
        follows: Literal["misplaced", "unplaced"] = "misplaced" if negative else "unplaced"
        yield Problem(f"a content_block_delta has {index}", block.start_n, python=python, follows=follows)


@P16.on("structure")
def _block_event_without_index(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    bounds = step.event in ("content_block_start", "content_block_stop")
    if bounds and step.block == NO_BLOCK and not stream.is_untyped(step.n):
        index = _value(loads_or(stream.exchange.frame(step.n).data), "index")
        started = step.event == "content_block_start"
        python: str | None = "No exception: the block is appended."
        if not started:
            python = _STOPPED if isinstance(index, int) else None
        typescript = "No exception: the block is appended." if started else "No exception: the block just stays open."
        yield Problem(f"{step.event} has {_index_words(index)}", step.n, None, None, python, typescript)


def _index_words(index: Any) -> str:
    return "no index" if index is None else f"the index {quoted(index)}, which is no number from 0 up"


@P16.on("block")
def _delta_without_field(stream: Stream, block: Block) -> Iterator[Problem]:
    # Of an event without a type P20 tells.
    empty = [(n, delta) for n, delta in block.unapplied if _lacks_field(block, delta) and not stream.is_untyped(n)]
    if empty:
        n, delta = empty[0]
        kind = delta.get("type") if isinstance(delta, dict) else None
        what = f"{kind} without its field" if isinstance(kind, str) else "delta without a type"
        entry = DELTAS.get(_type_of(delta))
        added = entry and entry.brings in ("text", "json")
        if added:
            python = "messages.stream() raises TypeError: None is no text to add."
        elif isinstance(delta, dict):
            python = _NONE.format(f"the {entry.into}") if entry else "No exception: the delta is dropped."
        else:
            python = _READS_NONE.format("type")
        typescript = _undefined_added(block, n, delta) if added else "No exception: nothing is added."
        if not isinstance(delta, dict):
            typescript = _READS_UNDEFINED.format("null", "type")
        got = f"{block_name(block)} got {counted(len(empty), what, what)}: {quoted(delta)}"
        yield Problem(got, n, None, None, python, typescript)


def _undefined_added(block: Block, n: int, delta: Any) -> str:
    """What TypeScript's SDK does where a string is missing: JavaScript appends the word for it."""
    entry = DELTAS[_type_of(delta)]
    word = "null" if entry.field in delta else "undefined"
    buffer = block.buffers.get(entry.name)
    before = bytes(buffer.at(n)) if buffer else b""
    whole = before + word.encode() + (bytes(buffer.text[len(before) :]) if buffer else b"")
    if entry.brings == "json" and is_broken(whole):
        return f"messages.stream() throws AnthropicError when the input is asked for: the word {word} was appended."
    return f"No exception: JavaScript appends the word {word}."


def _lacks_field(block: Block, delta: Any) -> bool:
    """Whether something is missing in it; P18 is about what is there and of another type."""
    kind = _type_of(delta)
    if not isinstance(delta, dict) or not kind:
        return isinstance(delta, dict) or delta is None
    return kind in DELTAS and fits(kind, block.type) is not False and delta.get(DELTAS[kind].field) is None


def _is_index(index: object) -> bool:
    return isinstance(index, int) and not isinstance(index, bool) and index >= 0
