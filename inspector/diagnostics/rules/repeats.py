"""C: content that comes more than once."""

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.content import text_of
from inspector.diagnostics.stream import Stream, block_name
from inspector.protocol import DELTAS
from inspector.protocol.source import PARSERS, SDK_CODE, SENT_AGAIN
from inspector.text.wording import counted, quoted
from inspector.timeline.message import Block, Buffer, Message, decode

# Below that a model may well say the same twice.
_LEAST_AGAIN: Final = 16
_LEAST_BLOCK: Final = 40
_LEAST_GROWING: Final = 3

C21 = define(
    "C21", "Content sent again", "error",
    what="""
        The last delta of a text or a thinking block brings again all that came before it, each delta repeats the text
        so far, or a text block is word for word the one before it.
        """,
    why="Clients append what comes, so the user reads the answer twice, and the next turn sends it back like that.",
    example='"The capital ", "of Norway ", "is Oslo.", "The capital of Norway is Oslo."',
    fix="""
        In the gateway: send only what each chunk of the upstream adds, and leave out the whole text that some upstreams
        send at the end.
        """,
    python="No exception: the text is appended once more.",
    typescript="No exception: the text is appended once more.",
    sources=(SENT_AGAIN, SDK_CODE,),
)  # fmt: skip


@C21.on("block")
def _block_again(stream: Stream, block: Block) -> Iterator[Problem]:
    for kind, buffer in block.buffers.items():
        if DELTAS[kind].brings != "text" or len(buffer.ends) < 2:
            continue
        if _grows(buffer):
            said = f"each of the {counted(len(buffer.ends), 'delta')} of {block_name(block)} repeats the text so far"
            yield Problem(said, buffer.events[1])
        elif _last_is_all(buffer):
            again = quoted(decode(buffer.text[buffer.ends[-2] :]), 40)
            yield Problem(f"the last delta of {block_name(block)} brings all of it again: {again}", buffer.events[-1])


def _last_is_all(buffer: Buffer) -> bool:
    """Whether the last piece is what all before it are together; one piece alone may just be said twice."""
    before = buffer.ends[-2]
    long = before >= _LEAST_AGAIN and len(buffer.ends) > 2
    return long and len(buffer.text) == 2 * before and buffer.text[:before] == buffer.text[before:]


def _grows(buffer: Buffer) -> bool:
    """Whether each piece begins with the whole of the one before it, and goes on."""
    if len(buffer.ends) < _LEAST_GROWING or buffer.ends[0] == 0:
        return False
    spans = zip(chain((0,), buffer.ends), buffer.ends, strict=False)
    return all(
        end - start > last - first and buffer.text[start : start + last - first] == buffer.text[first:last]
        for (first, last), (start, end) in pairwise(spans)
    )


@C21.on("message")
def _next_block_again(stream: Stream, message: Message) -> Iterator[Problem]:
    if message.restarted:
        return
    for before, after in pairwise(message.blocks):
        if before.type == after.type == "text":
            text = text_of(after)
            if len(text) >= _LEAST_BLOCK and text == text_of(before):
                said = f"{block_name(after)} is word for word block {before.index}: {quoted(text, 40)}"
                yield Problem(said, after.start_n, "warn")


C23 = define(
    "C23", "Markup of a model in its text", "info",
    what="""
        The text holds what is a tool call, or thinking, in the markup of some model: a <tool_call>, <function_calls> or
        <think> element. The server did not turn it into blocks.
        """,
    why="The client shows the markup to the user and runs no tool.",
    example='The text <tool_call>{"name":"get_weather"}</tool_call> and the stop reason end_turn.',
    fix="""
        Nothing if the conversation is about such markup. Else switch on the parser for the model's tool calls and
        reasoning in the server that runs it.
        """,
    sources=(PARSERS,),
)  # fmt: skip
# U+D800 to U+DBFF and U+DC00 to U+DFFF, as they are kept.
_HALVES: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf]")
# Hermes and Qwen, Anthropic's old one, Llama, Kimi, Mistral, DeepSeek (its bars and blanks are no ASCII).
_CALL: Final = (
    rb"<tool_calls?>|<function_calls?>|<function=|<invoke name=|<\|python_tag\|>|<\|tool_call|\[TOOL_CALLS\]"
    rb"|<\xef\xbd\x9ctool\xe2\x96\x81call"
)
_MARKUP: Final = re.compile(rb"\s*+(%b|<think>|<thinking>)" % _CALL)
# A text that only mentions it has it in the middle of a line.
_MARKUP_BELOW: Final = re.compile(rb"\n(%b)" % _CALL)


@C23.on("block")
def _markup(stream: Stream, block: Block) -> Iterator[Problem]:
    buffer = block.buffers.get("text_delta") if block.type == "text" else None
    if buffer is None:
        return
    found = _MARKUP.match(buffer.text) or _MARKUP_BELOW.search(buffer.text)
    if found:
        sign = quoted(found[1].decode())
        yield Problem(f"{block_name(block)} holds {sign}, which its server did not make a block", block.start_n)


C24 = define(
    "C24", "Character split over two deltas", "warn",
    what="""
        A delta ends with the first half of a character beyond U+FFFF, as a JSON escape, and the next one brings the
        second half.
        """,
    why="""
        Each half is no text by itself. Python keeps both, and whoever encodes or serialises the message fails; others
        show two replacement characters.
        """,
    example='"text":"\\ud83d" and then "text":"\\ude00"',
    fix="In the gateway: cut text between code points, not between the units of UTF-16.",
    python="No exception while it streams; message.to_json() raises PydanticSerializationError.",
    typescript="Nothing: JavaScript joins the halves.",
    sources=(SDK_CODE,),
)  # fmt: skip


@C24.on("block")
def _halves(stream: Stream, block: Block) -> Iterator[Problem]:
    for kind, buffer in block.buffers.items():
        if DELTAS[kind].brings != "text":
            continue
        if found := _HALVES.search(buffer.text):
            n = buffer.event_at(found.start() + 3)
            yield Problem(f"{block_name(block)}: this delta brings the second half of a character", n)
