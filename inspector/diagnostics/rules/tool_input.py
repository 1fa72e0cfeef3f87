"""C: the input of tools, which comes as JSON text in pieces."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypedDict

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.stream import Stream, block_name, stop_reason
from inspector.diagnostics.tool_json import Fault, Input, fragment_at, is_broken, refused_at, tool_input
from inspector.protocol import TOOL_INPUT_BLOCKS
from inspector.protocol.source import SDK_CODE, SDK_SOURCE, STOP_PAGE, STREAMING, TOOL_USE
from inspector.text.json_text import loads_or
from inspector.text.wording import clip, counted, quoted
from inspector.timeline.message import Block, Message, decode

# Beyond that the exact look at every key costs more than it is worth.
_MOST_LOOKED_AT: Final = 1 << 18


def _event(block: Block, found: Input) -> int:
    return fragment_at(block.buffers["input_json_delta"], found.offset)[1]


_RAISES: Final = (
    'messages.stream() raises ValueError "Unable to parse tool parameter JSON from model" in mid-stream; '
    "create(stream=True) says nothing."
)
_THROWS: Final = "messages.stream() throws AnthropicError when the input is asked for."
_TAKEN_BY_TYPESCRIPT: Final = (
    "No exception: the parsed beginning is handed out; a number that is not finished is left out."
)
_LENIENT: Final = "No exception: the SDK's parser lets it pass."

# The API tells why the input ends here, and a client that looks is not misled.
_HONEST_ENDS = frozenset({"refusal", "max_tokens", "model_context_window_exceeded"})

C01 = define(
    "C01", "Tool input cut off", "error",
    what="""
        The fragments of a tool's input end before their JSON does, at the block's end or where the stream was cut. A
        warning where the stream itself is as it should be: the model refused, or had no tokens left and said so, or
        the tool runs on Anthropic's side.
        """,
    why="""
        A lenient parser makes a shorter object of it: a value is missing, or a number is smaller than meant. The call
        looks valid and does the wrong thing.
        """,
    example='{"path":"a.py","content":"import o, then message_delta with stop_reason max_tokens.',
    fix="""
        Do not run the tool. Raise max_tokens or ask for less, and repeat the turn. In code: parse the joined fragments
        strictly at content_block_stop, and check stop_reason before you act.
        """,
    python="""
        No exception: messages.stream() hands out the parsed beginning as if it were all, and a cut number as a value:
        {"amount": 12 becomes {"amount": 12}.
        """,
    typescript="No exception: as in Python, but a number that is not finished is left out.",
    sources=(STOP_PAGE, TOOL_USE),
)  # fmt: skip


@C01.on("message")
def _input_cut(stream: Stream, message: Message) -> Iterator[Problem]:
    reason = stop_reason(message)
    for block in message.blocks:
        found = _found(stream, block, "truncated")
        # What came too late is not lost: the order is what is wrong.
        if found is None or (stream.grew_later(block) and not message.restarted):
            continue
        why = "the stream was cut" if reason is None else f"the message stopped at {reason}"
        why = "another message began" if message.restarted else why
        text = decode(found.text)
        partial = found.partial
        reads = clip(json.dumps(partial.value, ensure_ascii=False, default=str), 50)
        yield Problem(
            f"the input of {block_name(block)} ends at {counted(len(text), 'character')}, in the middle of its "
            f"JSON: {why}. It ends with {quoted(text if len(text) <= 40 else '…' + text[-40:])}; "
            + (f"the SDK reads {reads}" if partial.problem is None else "the SDK cannot read even that"),
            _event(block, found),
            "warn" if block.type != "tool_use" or reason in _HONEST_ENDS else None,
            **_as_the_sdk(stream, block, None),
        )


C02 = define(
    "C02", "Tool input is no JSON", "error",
    what="The joined fragments of a tool's input are no JSON, and no beginning of JSON either.",
    why="There is nothing to call the tool with, and parsers raise in the middle of the stream.",
    example='{"name": Dave}',
    fix="""
        Ask again, or tell the model in a tool_result with is_error what was wrong. With eager_input_streaming the API
        does not check the input, so be prepared for it; from other servers it is a fault in their conversion.
        """,
    python="""
        messages.stream() raises ValueError "Unable to parse tool parameter JSON from model" in mid-stream;
        create(stream=True) says nothing.
        """,
    typescript="messages.stream() throws AnthropicError when the input is asked for.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C02.on("block")
def _input_invalid(stream: Stream, block: Block) -> Iterator[Problem]:
    if found := _found(stream, block, "invalid"):
        fragment, n = fragment_at(block.buffers["input_json_delta"], found.offset)
        around = found.text[max(0, found.offset - 15) : found.offset + 15].decode("utf-8", "replace")
        yield Problem(
            f"the input of {block_name(block)} is no JSON from byte {found.offset:,} on (fragment {fragment:,}), near "
            f"{quoted(around)}: {found.problem}",
            n,
            **_as_the_sdk(stream, block),
        )


class _Sdk(TypedDict):
    python: str | None
    raises_n: int | None
    typescript: str


def _as_the_sdk(stream: Stream, block: Block, lenient: str | None = _LENIENT) -> _Sdk:
    """What the SDK does at the fragments of a block; `lenient`: where its parser takes them."""
    refused = refused_at(block.buffers["input_json_delta"], stream.exchange.partial_mode)
    broken = is_broken(bytes(block.buffers["input_json_delta"].text))
    return {
        "python": lenient if refused is None else _RAISES,
        "raises_n": refused,
        "typescript": _THROWS if broken else _TAKEN_BY_TYPESCRIPT,
    }


def _found(stream: Stream, block: Block, fault: Fault | None) -> Input | None:
    if block.type not in TOOL_INPUT_BLOCKS or not block.buffers or block.implied:
        return None
    found = tool_input(stream, block)
    return found if found.fault == fault else None


C03 = define(
    "C03", "Beginning of the tool input lost", "error",
    what="The joined fragments of a tool's input do not begin with an opening brace.",
    why="""
        A converter has dropped the fragment that came together with the start of the call; the rest cannot be parsed.
        """,
    example='code": "print(1)"}',
    fix="In the converter: pass on the arguments that come in the same upstream chunk as the name of the tool.",
    python='messages.stream() raises ValueError "Unable to parse tool parameter JSON from model".',
    typescript="messages.stream() throws AnthropicError when the input is asked for.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C03.on("block")
def _input_headless(stream: Stream, block: Block) -> Iterator[Problem]:
    if found := _found(stream, block, "headless"):
        began = quoted(decode(found.text), 30)
        yield Problem(
            f"the input of {block_name(block)} begins with {began}",
            _event(block, found),
            **_as_the_sdk(stream, block),
        )


C04 = define(
    "C04", "More than one JSON value in the tool input", "error",
    what="Something follows after the first whole JSON value in the fragments of a tool's input.",
    why="""
        The server sent the arguments twice, or the input of two calls into one block. Which of them is meant, nobody
        can tell.
        """,
    example='{"a":1}{"a":1}',
    fix="""
        Send each piece of the arguments once, and each call in a block of its own: no final chunk with the whole
        arguments after they were streamed.
        """,
    python="No exception: the first value is kept, the rest ignored.",
    typescript="messages.stream() throws AnthropicError when the input is asked for.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C04.on("block")
def _input_doubled(stream: Stream, block: Block) -> Iterator[Problem]:
    if found := _found(stream, block, "trailing"):
        yield Problem(
            f"after {counted(found.offset, 'byte')} the input of {block_name(block)} is whole, "
            f"but {quoted(decode(found.text[found.offset :]).strip(), 40)} follows",
            _event(block, found),
            **_as_the_sdk(stream, block, None),
        )


C20 = define(
    "C20", "Fragments of tool input that repeat themselves", "error",
    what="""
        Fragments bring again what came before: each holds the whole input so far, or one came twice and without it the
        input would be whole JSON.
        """,
    why="Clients append the fragments, so what they get is no JSON, although the model wrote a whole input.",
    example='The fragments {"ci, {"city":"Os and {"city":"Oslo"}.',
    fix="In the gateway: send only what each chunk of the upstream adds, and each fragment once.",
    python=_RAISES,
    typescript="messages.stream() throws AnthropicError when the input is asked for.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C20.on("block")
def _input_repeated(stream: Stream, block: Block) -> Iterator[Problem]:
    if found := _found(stream, block, "repeated"):
        buffer = block.buffers["input_json_delta"]
        fragment, n = fragment_at(buffer, found.offset)
        start, end = buffer.piece(n)
        yield Problem(
            f"fragment {fragment:,} of the input of {block_name(block)} brings again what came before: "
            f"{quoted(decode(buffer.text[start:end]), 40)}",
            n,
            **_as_the_sdk(stream, block),
        )


C05 = define(
    "C05", "Empty tool input", "info",
    what="""
        A tool call has no input at all. That is right for a tool without arguments; where the request says that the
        tool has required ones it is a warning.
        """,
    why="The model or a gateway lost the arguments, and the tool runs with none.",
    example='Only {"type":"input_json_delta","partial_json":""}, for a tool whose input_schema requires city.',
    fix="""
        Check the input against the tool's schema before you run it, and answer with an error tool_result where it does
        not fit. Do not take the empty first fragment for a missing one: it is normal.
        """,
    python="No exception: the input is {}.",
    typescript="No exception: the input is {}.",
    sources=(STREAMING, SDK_CODE,),
)  # fmt: skip


@C05.on("block")
def _input_empty(stream: Stream, block: Block) -> Iterator[Problem]:
    if block.type != "tool_use" or block.stop_n is None or block.start.get("input"):
        return
    buffer = block.buffers.get("input_json_delta")
    found = tool_input(stream, block)
    if found.fault or found.value != {}:
        return
    required = _required(stream, block.start.get("name"))
    if required:
        message = f"{block_name(block)} has no input, but its schema requires {', '.join(required)}"
        yield Problem(message, block.start_n, "warn")
    elif required is None:
        yield Problem(f"{block_name(block)} has no input{'' if buffer else ' and no delta'}", block.start_n)


def _required(stream: Stream, name: Any) -> list[str] | None:
    """The arguments that the request's schema of a tool requires, None where the schema is not known."""
    tools = stream.body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        schema = tool.get("input_schema") if isinstance(tool, dict) and tool.get("name") == name else None
        if isinstance(schema, dict):
            required = schema.get("required")
            return [str(key) for key in required] if isinstance(required, list) else []
    return None


C06 = define(
    "C06", "Each fragment of tool input parsed on its own", "info",
    what="""
        Code that parses every partial_json by itself. That is in the client and not on the wire, so it is only
        explained here.
        """,
    why="No single fragment is JSON: the first is empty, the others end anywhere.",
    example='json.loads(event.delta.partial_json) raises at the first fragment, "".',
    fix="Join the fragments of a block, by its index, and parse the whole once at content_block_stop.",
    python="json.JSONDecodeError in your code.",
    typescript="SyntaxError in your code.",
    scope="explained",
    sources=(STREAMING,),
)  # fmt: skip

C07 = define(
    "C07", "Tool input is no plain object", "error",
    what="""
        The input is JSON, but no object (a string, a list, a number), or holds NaN or Infinity. Keys that come twice in
        one object are a warning.
        """,
    why="""
        Tools are called with an object. Parsers differ in what they do with the rest: one takes NaN, the next raises;
        of a double key one value is lost.
        """,
    example='"just a string" or {"x": NaN}',
    fix="Check the type and the schema of the input before you run the tool.",
    python="No exception: the value is handed out as it is, also NaN; of a key that comes twice the last one counts.",
    typescript="No exception: the value is handed out as it is. NaN and Infinity are no JSON and throw.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C07.on("block")
def _input_no_object(stream: Stream, block: Block) -> Iterator[Problem]:
    found = _found(stream, block, None)
    if found is None or not block.buffers["input_json_delta"].text.strip():
        return
    at = block.buffers["input_json_delta"].events[-1]
    if not isinstance(found.value, dict):
        kind = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}.get(
            type(found.value), "a number"
        )
        twice = isinstance(found.value, str) and isinstance(loads_or(found.value), dict)
        encoded = ", which holds the JSON of an object: it was encoded twice" if twice else ""
        yield Problem(f"the input of {block_name(block)} is {kind}: {quoted(decode(found.text), 40)}{encoded}", at)
    elif len(found.text) <= _MOST_LOOKED_AT:
        constants, doubled = _oddities(decode(found.text))
        if constants:
            what = f"the input of {block_name(block)} holds {', '.join(constants)}, which JSON does not have"
            yield Problem(what, at, typescript=_THROWS)
        elif doubled:
            yield Problem(f"the input of {block_name(block)} has the key {quoted(doubled[0])} twice", at, "warn")


def _oddities(text: str) -> tuple[list[str], list[str]]:
    constants: list[str] = []
    doubled: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(members)
        if len(value) < len(members):
            keys = [key for key, _ in members]
            doubled.extend(key for key in value if keys.count(key) > 1)
        return value

    def constant(name: str) -> None:
        constants.append(name)

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        return [], []
    return constants, doubled


C08 = define(
    "C08", "Large tool input in many small pieces", "warn",
    what="""
        Parsing the whole input again at each of its deltas, as messages.stream() does in Python, would read more than
        50 MB, or there are over 2,000 deltas for over 32 KB.
        """,
    why="The work grows with the square of the input: seconds of CPU in which the client does nothing else.",
    example="64 KB of arguments in pieces of 20 bytes: the parser reads 105 MB.",
    fix="""
        Use create(stream=True), join the fragments yourself and parse once at content_block_stop. Or have the model
        write large content in text.
        """,
    python="messages.stream() parses everything so far at every delta.",
    typescript="Nothing: parses when the input is asked for.",
    sources=(SDK_SOURCE,),
)  # fmt: skip


@C08.on("block")
def _input_parsed_again(stream: Stream, block: Block) -> Iterator[Problem]:
    buffer = block.buffers.get("input_json_delta")
    if buffer is None or block.type not in TOOL_INPUT_BLOCKS:
        return
    total, deltas, size = sum(buffer.ends), len(buffer.ends), len(buffer.text)
    if total > 50_000_000 or (deltas > 2000 and size > 32_768):
        yield Problem(
            f"the input of {block_name(block)} is {size:,} bytes in {deltas:,} deltas: "
            f"parsed at each of them, {total / 1e6:,.0f} MB are read",
            buffer.events[-1],
        )
