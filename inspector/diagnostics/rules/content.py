"""C: what the blocks of a message add up to."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.stream import Stream, block_name, is_claude, stop_reason, usage_of
from inspector.protocol import DELTAS
from inspector.protocol.source import (
    OUTPUTS,
    REFUSED,
    SDK_CODE,
    SDK_SOURCE,
    SENT_BACK,
    SKILL,
    STOP_PAGE,
    STREAMING,
    UNPAIRED,
)
from inspector.text.json_text import is_json
from inspector.text.wording import counted, listed, quoted
from inspector.timeline.message import Block, Message, decode

_CUT_SHORT: Final = ("max_tokens", "model_context_window_exceeded", "refusal", None)
_CALLS: Final = ("server_tool_use", "mcp_tool_use")
_ANSWER: Final = ("text", "thinking", "redacted_thinking")


def text_of(block: Block, delta_type: str = "text_delta") -> str:
    """The text of a block: what its start had and what its deltas brought."""
    before = block.start.get(DELTAS[delta_type].into)
    buffer = block.buffers.get(delta_type)
    return (before if isinstance(before, str) else "") + (decode(bytes(buffer.text)) if buffer else "")


def blocks_of_type(message: Message, kind: str) -> list[Block]:
    """The blocks of a type, in their order."""
    return [block for block in message.blocks if block.type == kind]


C09 = define(
    "C09", "Thinking without a signature", "error",
    what="""
        A thinking block ended without a signature, or with an empty one. A warning where the model is no Claude (others
        cannot sign), where the message was cut short, in files that a program made of the events, and in saved
        files whose signature_delta is empty: somebody may have blanked it.
        """,
    why="The next turn sends the block back and is refused with a 400: the signature is missing or invalid.",
    example='thinking deltas, content_block_stop, and no {"type":"signature_delta"} between them.',
    fix="""
        Pass signature_delta through the gateway unchanged. If the signature is lost, leave the thinking block out of
        the next request.
        """,
    python="Nothing, silently; the next request raises BadRequestError.",
    typescript="Nothing, silently; the next request throws BadRequestError.",
    sources=(REFUSED,),
)  # fmt: skip


@C09.on("message")
def _unsigned(stream: Stream, message: Message) -> Iterator[Problem]:
    if message.implied or message.restarted:
        return
    short = stop_reason(message) in _CUT_SHORT or stream.is_log
    signing = is_claude(message) or stream.is_anthropic or "bedrock" in stream.host or "aiplatform" in stream.host
    severity: Severity = "error" if signing and not short else "warn"
    for block in blocks_of_type(message, "thinking"):
        # One that comes too late is there all the same: its place is what is wrong.
        assigned = stream.whole(block).assigned
        signed = block.start.get("signature") or any(fields.get("signature") for _, fields in assigned)
        if block.stop_n and not signed:
            blanked = stream.is_import and bool(block.assigned)
            what = f"{block_name(block)} of {quoted(message.start.get('model'))} ended without a signature"
            yield Problem(what, block.stop_n, "warn" if blanked else severity)


C10 = define(
    "C10", "Signature in several pieces", "error",
    what="A thinking block gets more than one signature_delta, each with another value.",
    why="""
        A signature comes whole. SDKs set it and do not append, so only the last piece survives and the next turn is
        refused.
        """,
    example='{"signature":"abc"} followed by {"signature":"def"}: the SDK keeps "def".',
    fix="Join the pieces in the gateway and send them as one signature_delta before content_block_stop.",
    python="No exception: the last piece wins.",
    typescript="No exception: the last piece wins.",
    sources=(STREAMING,),
)  # fmt: skip


@C10.on("block")
def _signature_in_pieces(stream: Stream, block: Block) -> Iterator[Problem]:
    pieces = [(n, fields["signature"]) for n, fields in block.assigned if fields.get("signature")]
    if len({str(piece) for _, piece in pieces}) > 1:
        yield Problem(
            f"{block_name(block)} got {counted(len(pieces), 'signature_delta', 'signature_deltas')}", pieces[1][0]
        )


C11 = define(
    "C11", "Thinking that is not shown", "info",
    what="""
        A thinking block without any text but with a signature. It is what thinking.display omitted asks for, never a
        fault, and so it is only explained here.
        """,
    why="Nothing comes but pings while the model thinks, which looks like a stall.",
    example="content_block_start thinking, pings for 20 s, signature_delta, content_block_stop.",
    fix='Show that the model is thinking; set thinking.display to "summarized" to get text.',
    scope="explained",
    sources=(SKILL,),
)  # fmt: skip

C12 = define(
    "C12", "Redacted thinking", "info",
    what="The message holds redacted_thinking blocks, which arrive whole and encrypted.",
    why="""
        Code that keeps only deltas, or only the blocks it knows, drops them: the next turn goes on without that
        reasoning, and a loop of tools needs the thinking as it came.
        """,
    example='{"type":"redacted_thinking","data":"EmwKAhgB…"}',
    fix="Send the blocks back unchanged and in their place with the next turn.",
    sources=(SENT_BACK,),
)  # fmt: skip


@C12.on("message")
def _redacted(stream: Stream, message: Message) -> Iterator[Problem]:
    blocks = blocks_of_type(message, "redacted_thinking")
    if blocks:
        which = listed(str(block.index) for block in blocks[:5])
        yield Problem(
            f"{counted(len(blocks), 'redacted_thinking block')} (index {which}): send back unchanged", blocks[0].start_n
        )


C14 = define(
    "C14", "Empty answer", "warn",
    what="The message ended with end_turn and holds neither text nor a tool call nor anything else to show.",
    why="The user sees nothing, and a client that appends the empty message to the conversation may get a 400 for it.",
    example="message_start, message_delta with end_turn and 2 output tokens, message_stop.",
    fix="""
        Do not send the empty message back. Add a user turn that asks to go on; put no text after tool results, which
        teaches the model to stop there.
        """,
    sources=(STOP_PAGE, REFUSED,),
)  # fmt: skip


@C14.on("message")
def _empty(stream: Stream, message: Message) -> Iterator[Problem]:
    if message.implied or message.stop_n is None or stop_reason(message) != "end_turn" or message.restarted:
        return
    if all(block.type in _ANSWER and not (block.type == "text" and text_of(block).strip()) for block in message.blocks):
        tokens = usage_of(message.updates[-1][1]).get("output_tokens")
        count = f" ({counted(tokens, 'output token')})" if isinstance(tokens, int) else ""
        yield Problem(f"the answer is empty{count}, and the stop reason is end_turn", message.stop_n)


C17 = define(
    "C17", "Server tool call and result do not pair", "warn",
    what="""
        A result block names a call that is not in the message, or a call that ran on Anthropic's side has no result
        although the turn is over. After pause_turn, tool_use and a cut it may be missing.
        """,
    why="The message cannot be sent back: a call without its result, or a result without its call, is refused.",
    example='web_search_tool_result with tool_use_id "srvtoolu_2" after server_tool_use "srvtoolu_1".',
    fix="Pass both blocks through with their ids unchanged.",
    sources=(UNPAIRED,),
)  # fmt: skip


@C17.on("message")
def _unpaired(stream: Stream, message: Message) -> Iterator[Problem]:
    if message.implied or message.restarted:
        return
    calls = {_id(block, "id"): block for block in message.blocks if block.type in _CALLS}
    results = [block for block in message.blocks if block.type.endswith("_tool_result")]
    answered = {_id(block, "tool_use_id") for block in results}
    unanswered = [block for key, block in calls.items() if key not in answered]
    earlier = repr(stream.body.get("messages")) if stream.body else ""
    for block in results:
        key = _id(block, "tool_use_id")
        known = key in calls or (key in earlier if earlier else not unanswered)
        if not known:
            yield Problem(
                f"{block_name(block)} answers {quoted(key)}, which no call in this message has", block.start_n
            )
    if stop_reason(message) in ("end_turn", "stop_sequence"):
        for block in unanswered:
            yield Problem(f"{block_name(block)} has no result, and the turn is over", block.start_n)


def _id(block: Block, field: str) -> str:
    """An id as text, whatever stands there."""
    return str(block.start.get(field))


C18 = define(
    "C18", "Several text blocks", "info",
    what="The message has more than one text block.",
    why="SDKs differ in how they join them, so the same stream gives two texts, and offsets do not agree.",
    example='Blocks "Hello" and "world": Python has "Helloworld", TypeScript "Hello world".',
    fix="Join the text of the blocks yourself, without a separator, where the exact text matters.",
    python="get_final_text() joins them with nothing in between.",
    typescript="finalText() joins them with a space.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C18.on("message")
def _several_texts(stream: Stream, message: Message) -> Iterator[Problem]:
    texts = [block for block in blocks_of_type(message, "text") if text_of(block)]
    if len(texts) > 1 and not message.restarted:
        yield Problem(f"the message has {len(texts)} text blocks, which SDKs join differently", texts[1].start_n)


C19 = define(
    "C19", "Structured output is no JSON", "error",
    what="""
        The request asks for JSON with output_config.format, and the text is none. A warning where the message was cut
        short or refused: then it is to be expected.
        """,
    why="Whatever parses the answer raises, in the SDK in the middle of the stream.",
    example='The text "Here is the JSON: {…}" for a request with output_config.format of type json_schema.',
    fix="""
        Look at stop_reason first: after max_tokens and refusal the text may be none. A gateway has to pass
        output_config on to a server that supports it.
        """,
    python="With an output format messages.stream() raises pydantic.ValidationError at content_block_stop.",
    typescript="AnthropicError when the parsed output is asked for.",
    sources=(OUTPUTS, SDK_SOURCE,),
)  # fmt: skip


@C19.on("message")
def _no_structure(stream: Stream, message: Message) -> Iterator[Problem]:
    wanted = _format(stream.body)
    texts = [text_of(block) for block in blocks_of_type(message, "text")]
    reason = stop_reason(message)
    if not wanted or not texts or message.restarted or reason in ("tool_use", "pause_turn"):
        return
    if any(map(is_json, (texts[-1], "".join(texts)))):
        return
    block = blocks_of_type(message, "text")[-1]
    short = reason in _CUT_SHORT
    yield Problem(
        f"the request asks for {wanted}, but the text is no JSON: {quoted(texts[-1])}",
        block.stop_n or block.start_n,
        "warn" if short else None,
    )


def _format(body: dict[str, Any]) -> str:
    config = body.get("output_config")
    wanted = config.get("format") if isinstance(config, dict) else body.get("output_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    return kind if isinstance(kind, str) and kind.startswith("json") else ""
