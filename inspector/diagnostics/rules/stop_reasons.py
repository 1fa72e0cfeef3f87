"""C: why a message stopped, and whether its content agrees with that."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.content import blocks_of_type, text_of
from inspector.diagnostics.stream import Stream, block_name, stop_reason, usage_of
from inspector.protocol import STOP_REASONS
from inspector.protocol.source import MAPPED, REFUSALS, STOP_PAGE
from inspector.text.wording import counted, quoted
from inspector.timeline.message import Message

# With these a call to one of the client's own tools is to be run, or not to be trusted; any other says that none came.
_WITH_CALLS: Final = frozenset({"tool_use", "max_tokens", "model_context_window_exceeded", "refusal"})

C13 = define(
    "C13", "stop_reason contradicts the content", "error",
    what="""
        stop_reason tool_use in a message without a tool_use block, or another one, such as end_turn, in a message that
        has one; compaction without a compaction block; stop_sequence without the sequence, or a sequence with another
        reason. Tools that run on Anthropic's side do not count, nor a message that was cut short.
        """,
    why="An agent goes by the stop reason: it stops without a word, or never runs the tool.",
    example='A tool_use block, then {"stop_reason":"end_turn"}.',
    fix="""
        In the client: go by the blocks and not by the stop reason alone. In a gateway: map the upstream's finish reason
        after you know which blocks were sent.
        """,
    sources=(STOP_PAGE, MAPPED,),
)  # fmt: skip


@C13.on("message")
def _contradiction(stream: Stream, message: Message) -> Iterator[Problem]:
    reason = stop_reason(message)
    # Another API's word is P15's.
    if message.implied or message.restarted or reason not in STOP_REASONS:
        return
    calls = [block for block in message.blocks if block.type == "tool_use"]
    at = message.updates[-1][0]
    sequence = _final(message).get("stop_sequence")
    if reason == "tool_use" and not calls:
        yield Problem("the stop reason is tool_use, but the message has no tool_use block", at)
    elif calls and reason not in _WITH_CALLS:
        yield Problem(f"the stop reason is {reason}, but {block_name(calls[0])} waits to be run", at)
    elif reason == "compaction" and not blocks_of_type(message, "compaction"):
        yield Problem("the stop reason is compaction, but the message has no compaction block", at)
    elif reason == "stop_sequence" and not sequence:
        yield Problem("the stop reason is stop_sequence, but no sequence is named", at, "warn")
    elif reason != "stop_sequence" and sequence:
        yield Problem(f"the stop reason is {reason}, but the stop sequence {quoted(sequence)} is named", at, "warn")


def _final(message: Message) -> dict[str, Any]:
    """The `delta` of the message_delta that gave the stop reason."""
    deltas = (update.get("delta") for _, update in reversed(message.updates))
    return next((one for one in deltas if isinstance(one, dict) and isinstance(one.get("stop_reason"), str)), {})


C15 = define(
    "C15", "Refusal", "warn",
    what="The message stopped with stop_reason refusal.",
    why="""
        What came before it may be shown already; it is no answer, and a conversation that goes on from it is likely to
        be refused again.
        """,
    example='{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber"}}',
    fix="""
        Take the partial text back, remove the refused turn from the conversation or reset it. A fallback credit token
        in stop_details is good for five minutes.
        """,
    sources=(REFUSALS,),
)  # fmt: skip


@C15.on("message")
def _refusal(stream: Stream, message: Message) -> Iterator[Problem]:
    if stop_reason(message) != "refusal":
        return
    n, update = message.updates[-1]
    delta: dict[str, Any] = update["delta"] if isinstance(update.get("delta"), dict) else {}
    details = delta.get("stop_details")
    category = details.get("category") if isinstance(details, dict) else None
    size = sum(len(text_of(block)) for block in blocks_of_type(message, "text"))
    after = f" after {counted(size, 'character')} of text" if size else ""
    yield Problem(f"refused{after}, category {category or 'not told'}", n)


_NEXT: Final = {
    "pause_turn": "the turn is paused, not over: send the assistant message back as it is and the API goes on",
    "max_tokens": "the answer is cut at the limit of the request: raise max_tokens, or ask to go on",
    "model_context_window_exceeded": "the context window is full: compact the conversation before you go on",
}

C16 = define(
    "C16", "Stopped, but not done", "warn",
    what="The stop reason is pause_turn, max_tokens or model_context_window_exceeded.",
    why="The message is well-formed, so code that does not look at the stop reason takes it for the whole answer.",
    example='{"stop_reason":"max_tokens"}',
    fix="""
        Look at stop_reason. pause_turn: send the message back unchanged; max_tokens: raise the limit or continue;
        model_context_window_exceeded: compact.
        """,
    sources=(STOP_PAGE,),
)  # fmt: skip


@C16.on("message")
def _not_done(stream: Stream, message: Message) -> Iterator[Problem]:
    reason = stop_reason(message)
    if reason in _NEXT:
        n, update = message.updates[-1]
        tokens = usage_of(update).get("output_tokens")
        limit = stream.body.get("max_tokens") if reason == "max_tokens" else None
        figures = f" ({tokens:,} output tokens)" if isinstance(tokens, int) else ""
        figures = (
            f" ({tokens:,} of {limit:,} tokens)" if isinstance(tokens, int) and isinstance(limit, int) else figures
        )
        yield Problem(f"{reason}{figures}: {_NEXT[reason]}", n)
