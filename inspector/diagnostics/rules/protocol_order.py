"""P: the order of the protocol's events."""

from collections.abc import Iterator
from typing import Final

from inspector.diagnostics.ending import PYTHON_IN_CHARACTER, ends_in_character, last_words, unterminated_stop
from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.grammar import StructuralEvent
from inspector.diagnostics.rules.foreign import foreign_at_end
from inspector.diagnostics.stream import Stream, block_name, stop_reason
from inspector.protocol import EVENTS, TOOL_INPUT_BLOCKS
from inspector.protocol.source import STREAMING
from inspector.text.json_text import loads_or
from inspector.text.wording import quoted
from inspector.timeline.assembler import NO_BLOCK
from inspector.timeline.message import Block

# The two ways of going on: Anthropic's page on streaming messages, its section on error recovery, November 2025.
P01 = define(
    "P01", "No message_stop", "error",
    what="""
        The body ended, and neither message_stop nor an error event had come. Where message_delta had already told the
        stop reason only the terminator is lost, and that is a warning.
        """,
    why="""
        The answer is cut, and hardly any client notices: the text just ends, a tool call may parse as a shorter one,
        and the usage is unknown.
        """,
    example="message_start, content_block_start, 40 text deltas, end of the body.",
    fix="""
        Treat the answer as failed unless message_stop came: check for it, or for stop_reason, before you use it or run
        a tool. Retry the whole turn, or go on from the text that came: as a partial assistant message up to Claude 4.5,
        with newer models by a user message that quotes it and asks to go on; never from a tool call or thinking. Then
        look for the hop that cut it: idle timeouts, deploys, a gateway that ends cleanly when its upstream fails.
        """,
    python="""
        No exception. create(stream=True) just ends; get_final_message() returns the partial message with stop_reason
        None.
        """,
    typescript="""
        Iteration ends silently; finalMessage() rejects with AnthropicError "stream ended without producing a Message
        with role=assistant".
        """,
    sources=(STREAMING,),
)  # fmt: skip


_HOW: Final = {"timeout": "nothing more came until the time limit", "error": "reading failed"}


_PYTHON_UNANSWERED: Final = "After its retries anthropic.APIConnectionError, which is an anthropic.APIError."
_FIX_UNANSWERED: Final = "Nobody answered: check the address and the port, DNS, TLS and proxies on the way."


@P01.on("end")
def _no_message_stop(stream: Stream) -> Iterator[Problem]:
    if stream.index.assembler.stops or stream.failed or not stream.is_ok or not _was_to_be_a_message(stream):
        return
    if stream.reason in ("reset", "cancelled") or unterminated_stop(stream):
        return
    # An error that no client sees is why it ends, and E03 or E10 tells of it.
    if any(finding.code == "E03" for finding in stream.found()) or foreign_at_end(stream):
        return
    known = stop_reason(stream.message) if stream.message else None
    failure = ": ".join(filter(None, stream.failure))
    how = _HOW.get(stream.reason, "the body ended") + (f" ({failure})" if failure else "")
    python = None if stream.message else "No event and no exception; get_final_message() raises AssertionError."
    typescript = None if stream.message else 'AnthropicError "request ended without sending any chunks".'
    if stream.reason == "error" and stream.index.response is None and stream.request and not stream.last:
        yield Problem(f"{how}: no response came", python=_PYTHON_UNANSWERED, fix=_FIX_UNANSWERED, t_ns=stream.end_ns)
        return
    if ends_in_character(stream):
        python = PYTHON_IN_CHARACTER
    if stream.reason == "timeout":
        python = "httpx2.ReadTimeout, which is no anthropic.APIError."
    if known:
        rest = "the answer is whole, only its terminator is lost"
        message = f"{how} without message_stop, but message_delta had said {known}: {rest}"
        yield Problem(message, stream.last, "warn", None, python, typescript)
    else:
        message = f"{how} without message_stop: {last_words(stream)}"
        yield Problem(message, stream.last, None, None, python, typescript, stream.end_ns)


def _was_to_be_a_message(stream: Stream) -> bool:
    """Whether events of the Messages API came, or would have come if the connection had lived."""
    if stream.is_messages:
        return True
    broken = stream.reason in _HOW and stream.asks_for_stream is not False
    return not stream.is_downstream and (broken or bool(stream.index.event_types.codes("ping")))


P02 = define(
    "P02", "message_start missing or not first", "error",
    what="Another event of the protocol comes before message_start. A ping or an error may.",
    why="There is no message yet that a block or a delta could belong to.",
    example="content_block_start as the first event.",
    fix="""
        Send message_start, with content [] and usage, before anything else. A gateway that translates another API has
        to make one up as soon as its upstream answers.
        """,
    python="""
        Leaves out what comes before message_start: IndexError at a delta whose block it so has missed; where
        message_start never comes get_final_message() raises AssertionError.
        """,
    typescript="""
        AnthropicError "request ended without sending any chunks" where message_start never comes; else what came before
        it is left out, and a delta of a block that it so has missed may throw.
        """,
    sources=(STREAMING,),
)  # fmt: skip


@P02.on("structure")
def _not_first(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    early = stream.grammar.first_n is None and step.event in EVENTS
    if early and step.event not in ("message_start", "error", "ping"):
        yield Problem(f"the first event is {step.event}, message_start was due", step.n, follows="late")


P03 = define(
    "P03", "Second message_start", "error",
    what="""
        message_start comes again before message_stop, with the same id (the gateway sent its start twice) or with
        another one (an intermediary reconnected and spliced a second generation into the body).
        """,
    why="Text, tool input and signatures of two generations run into one message that the model never wrote.",
    example='message_start msg_A, text "Hello", message_start msg_B, text "Again": Python shows "HelloAgain".',
    fix="""
        Discard the answer and retry the turn. In the gateway: once a byte has been sent to the client, end the stream
        with an error event instead of starting over.
        """,
    python="No exception: keeps the first id and goes on appending, so the texts of both are merged.",
    typescript="""
        messages.stream() throws AnthropicError "Unexpected event order, got message_start before receiving
        message_stop".
        """,
    sources=(STREAMING,),
)  # fmt: skip


@P03.on("structure")
def _second_start(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if step.event != "message_start" or grammar.start_n is None or grammar.stop_n is not None:
        return
    message = stream.message_at(step.n)
    before = message.start.get("id") if message else None
    now = _message_id(stream, step.n)
    if before == now:
        what = f"message_start came again with the same id {quoted(now)} (event {grammar.start_n}): it was sent twice"
    else:
        what = (
            f"message_start {quoted(now)} came while message {quoted(before)} (event {grammar.start_n}) was not over: "
            "a second generation was spliced in, discard both"
        )
    yield Problem(what, step.n)


def _message_id(stream: Stream, n: int) -> object:
    data = loads_or(stream.exchange.frame(n).data)
    message = data.get("message") if isinstance(data, dict) else None
    return message.get("id") if isinstance(message, dict) else None


P04 = define(
    "P04", "Delta or stop for a block that was never started", "error",
    what="A content_block_delta or content_block_stop names an index for which no content_block_start came.",
    why="Clients address blocks by index: they crash, or lose the text.",
    example="message_start, content_block_delta with index 0.",
    fix="Send content_block_start with the block's type before its first delta, also for the first block.",
    python="""
        messages.stream() raises IndexError: list index out of range, where fewer blocks have begun; else the delta goes
        to another block. create(stream=True) passes it on.
        """,
    typescript="""
        Where no block has begun at all messages.stream() throws AnthropicError: Cannot read properties of undefined
        (reading 'type'), at a delta; else it goes to another block, or nowhere.
        """,
    sources=(STREAMING,),
)  # fmt: skip


@P04.on("opened")
def _delta_without_start(stream: Stream, block: Block) -> Iterator[Problem]:
    if block.implied and _is_index(block.index):
        what = f"a delta names block {block.index}, which was never started"
        yield Problem(what, block.start_n, follows="misplaced")


@P04.on("structure")
def _stop_without_start(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    if step.event != "content_block_stop" or step.block == NO_BLOCK or step.block in stream.grammar.started:
        return
    message = stream.message_at(step.n)
    # A delta that implied the block, or content that message_start brought.
    if message and any(block.index == step.block and block.start_n < step.n for block in message.blocks):
        return
    what = f"content_block_stop names block {step.block}, which was never started"
    yield Problem(what, step.n, follows="misplaced")


def _is_index(index: object) -> bool:
    return isinstance(index, int) and not isinstance(index, bool) and index >= 0


P05 = define(
    "P05", "Gap in the block indexes", "error",
    what="""
        A content_block_start does not have the next free index: blocks are numbered 0, 1, 2 in the order in which they
        start.
        """,
    why="""
        SDKs append a block when it starts and address it by index afterwards, so after a gap every delta misses its
        block.
        """,
    example="content_block_start with index 0, then one with index 2.",
    fix="Number the blocks that you send, not those of your upstream: if you leave one out, close the gap.",
    python="""
        messages.stream() raises IndexError: list index out of range, at the first delta whose index is beyond the
        blocks that have begun; below that it goes to another block.
        """,
    typescript="No exception: the deltas go to another block, or are lost silently.",
    sources=(STREAMING,),
)  # fmt: skip


@P05.on("structure")
def _index_gap(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if step.event != "content_block_start" or step.block == NO_BLOCK or step.block in grammar.started:
        return
    if step.block != grammar.expected:
        what = f"block {step.block} starts where block {grammar.expected} was due"
        yield Problem(what, step.n, follows="misplaced")


P06 = define(
    "P06", "Block index used again", "error",
    what="A content_block_start has an index that an earlier block of the same message has.",
    why="""
        SDKs append the new block but apply its deltas to the old one: the new block stays empty, a tool call loses its
        input.
        """,
    example="Text block 0, content_block_stop, then a tool_use block that starts with index 0 again.",
    fix="Count the index up at every content_block_start of a message, whatever the block's type.",
    python="No exception: the deltas go to the old block, the new one keeps its empty start.",
    typescript="No exception: as in Python. Claude Code reports a mismatched content block type.",
    sources=(STREAMING,),
)  # fmt: skip


@P06.on("structure")
def _index_reused(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    if step.event == "content_block_start" and step.block in stream.grammar.started and step.block != NO_BLOCK:
        yield Problem(f"block {step.block} starts a second time in this message", step.n)


P08 = define(
    "P08", "Block not closed", "warn",
    what="""
        A block has no content_block_stop when message_delta, message_stop or another message_start comes. An error for
        tool_use, a warning for other blocks.
        """,
    why="""
        What clients do when a block ends never happens: no finished tool call, no parsed output, no closing of the
        paragraph on the screen.
        """,
    example="content_block_start 0, deltas, message_delta.",
    fix="""
        Send content_block_stop for every block before message_delta, in the gateway also when its upstream stops
        without one.
        """,
    python="No exception; the content_block_stop event with the finished block never comes.",
    typescript="No exception; the contentBlock listener is never called.",
    sources=(STREAMING,),
)  # fmt: skip


@P08.on("structure")
def _not_closed(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    if step.event not in ("message_delta", "message_stop", "message_start"):
        return
    for block in stream.grammar.open:
        if step.event == "message_stop" and block.start_n < (stream.grammar.updated_n or 0):
            continue
        message = f"{block_name(block)} was still open when the message's end came ({step.event}, event {step.n})"
        if step.event == "message_start":
            message = f"{block_name(block)} was still open when another message_start came (event {step.n})"
        yield Problem(message, block.start_n, "error" if block.type == "tool_use" else None)


@P08.on("end")
def _not_closed_at_end(stream: Stream) -> Iterator[Problem]:
    for block in stream.grammar.open if unterminated_stop(stream) else ():
        message = f"{block_name(block)} was still open when the message's end came (message_stop)"
        yield Problem(message, block.start_n, "error" if block.type == "tool_use" else None)


P09 = define(
    "P09", "Interleaved blocks", "warn",
    what="A block starts while another one is still open.",
    why="Blocks of one message come one after the other. Clients that keep only the current block mix the two up.",
    example="content_block_start 0, content_block_start 1, a delta for 0.",
    fix="Close a block before you start the next one; hold the deltas of the other back until then.",
    python="Nothing: blocks are found by index.",
    typescript="""
        The text and inputJson listeners of messages.stream() get the snapshot of the last block, whichever the delta
        belongs to.
        """,
    sources=(STREAMING,),
)  # fmt: skip


@P09.on("structure")
def _interleaved(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    if step.event != "content_block_start":
        return
    other = next((block for block in reversed(stream.grammar.open) if block.index != step.block), None)
    if other:
        yield Problem(f"block {step.block} starts while {block_name(other)} is open", step.n)


_UNEXPECTED: Final = """messages.stream() throws AnthropicError "Unexpected event order, got message_start …"."""

P14 = define(
    "P14", "Events in the wrong order", "error",
    what="""
        An event comes after message_stop, a block starts or ends after message_delta, or a block's delta comes after
        its content_block_stop.
        """,
    why="Each client stops listening at another point: one shows the late text, the next loses it.",
    example="message_stop, then another text delta: Python appends it to the finished message.",
    fix="Send content_block_stop, message_delta and message_stop in this order, and nothing after message_stop.",
    python="No exception: late events are still applied, the message returned differs from the one at message_stop.",
    typescript="""
        finalMessage() leaves out what comes after message_stop; with message_stop before message_delta its stop_reason
        is null.
        """,
    sources=(STREAMING,),
)  # fmt: skip


@P14.on("structure")
def _after_stop(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if grammar.stop_n is None or grammar.late_n is not None or step.event == "error":
        return
    # Files of events often hold several messages, one after the other.
    if step.event == "message_start" and stream.is_import:
        return
    if step.event in EVENTS or not stream.is_untyped(step.n):
        again = step.event == "message_start"
        yield Problem(
            f"{step.event} came after message_stop (event {grammar.stop_n})",
            step.n,
            python="No exception: it keeps the first message, and goes on adding to it." if again else None,
            typescript=_UNEXPECTED if again else None,
        )


@P14.on("structure")
def _stop_after_message_delta(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if step.event != "content_block_stop" or grammar.updated_n is None or grammar.stop_n is not None:
        return
    block = next((block for block in reversed(grammar.open) if block.index == step.block), None)
    if block and block.start_n < grammar.updated_n:
        yield Problem(f"{block_name(block)} ends after message_delta (event {grammar.updated_n})", step.n)


@P14.on("structure")
def _start_after_message_delta(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if step.event == "content_block_start" and grammar.updated_n is not None and grammar.stop_n is None:
        number = "a block" if step.block == NO_BLOCK else f"block {step.block}"
        yield Problem(f"{number} starts after message_delta (event {grammar.updated_n})", step.n)


@P14.on("end")
def _delta_after_block_stop(stream: Stream) -> Iterator[Problem]:
    for block in (block for message in stream.index.messages if not message.restarted for block in message.blocks):
        stop_n = block.stop_n
        # What message_start brought ends with the event that brings it.
        if stop_n is None or stop_n == block.start_n:
            continue
        last = [n for buffer in block.buffers.values() for n in buffer.events[-1:]]
        last += [n for n, _ in block.assigned[-1:]] + [n for n, _, _ in block.collected[-1:]]
        late = [n for n in last if n > stop_n]
        if late:
            kind = stream.index.event_types[stream.index.code[min(late) - 1]].part or "delta"
            yield Problem(
                f"{kind} for {block_name(block)} came after its content_block_stop (event {stop_n}): the message has "
                "it, but who took the block at its stop has not",
                min(late),
            )


P19 = define(
    "P19", "Block closed twice", "error",
    what="A content_block_stop comes for a block that is closed already. A warning where the block is no tool call.",
    why="What a client does when a block ends it does twice: it runs the tool a second time, or prints the text again.",
    example="content_block_start 0 (tool_use), its input, content_block_stop 0, content_block_stop 0.",
    fix="In the gateway: send one content_block_stop for each block. In the client: act once for each tool call's id.",
    python="No exception: the content_block_stop event comes twice, each time with the finished block.",
    typescript="No exception: the contentBlock listener is called twice.",
    sources=(STREAMING,),
)  # fmt: skip


@P19.on("structure")
def _closed_twice(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    grammar = stream.grammar
    if step.event != "content_block_stop" or step.block not in grammar.started or grammar.stop_n is not None:
        return
    if any(block.index == step.block for block in grammar.open):
        return
    message = stream.message_at(step.n)
    block = message.target(step.block) if message else None
    if block and block.stop_n is not None and block.stop_n < step.n:
        severity: Severity | None = None if block.type in TOOL_INPUT_BLOCKS else "warn"
        yield Problem(f"{block_name(block)} is closed again (before: event {block.stop_n})", step.n, severity)
