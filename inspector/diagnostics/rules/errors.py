"""E: errors, and other ways in which a stream ends."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.grammar import StructuralEvent
from inspector.diagnostics.rules.content import text_of
from inspector.diagnostics.stream import Raw, Stream, late_usage, stop_reason, usage_of
from inspector.protocol import ERRORS
from inspector.protocol.errors import error_of, upstream_error
from inspector.protocol.source import BILLED, MADE_UP, SDK_CODE, SDK_SOURCE, STREAMING
from inspector.text.wording import counted, quoted
from inspector.timeline.message import Message

E01 = define(
    "E01", "Error event in a stream with status 200", "error",
    what="An error event came: the request failed after the headers had gone out.",
    why="""
        Everything that goes by the HTTP status sees a success: retries by status code do not fire, monitoring counts a
        200.
        """,
    example='event: error / data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    fix="""
        Decide by the type of the error, not by the status: retry overloaded_error, api_error, timeout_error and
        rate_limit_error with a growing delay, and the whole turn; the others will fail again.
        """,
    python="""
        Raises anthropic.APIStatusError itself with status_code 200 and .type set, never OverloadedError; max_retries
        does not apply.
        """,
    typescript="Throws APIError with status undefined and .type set; maxRetries does not apply.",
    sources=(STREAMING, SDK_CODE),
)  # fmt: skip


def _error_at(stream: Stream, n: int) -> tuple[bool, Any]:
    errors = stream.index.assembler.errors
    at = bisect_left(errors, n, key=itemgetter(0))
    return (True, errors[at][1]) if at < len(errors) and errors[at][0] == n else (False, None)


@E01.on("structure")
def _error_event(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    found, data = _error_at(stream, step.n)
    if found and isinstance(data, dict) and stream.exchange.frame(step.n).name == "error":
        if stream.lone_error is not None:
            # Nobody knows its status: E06 says so.
            return
        kind, message = error_words(data)
        status = ERRORS[kind].status if kind in ERRORS else None
        would = f" (HTTP {status}, had it come before the headers)" if status else ""
        yield Problem(f"{kind or 'an error without a type'}{would}{said(message, data)}", step.n)


def error_words(data: Any) -> tuple[str, str]:
    """(type, message) as text, "" for what is not said."""
    kind, message = error_of(data)
    return kind or "", "" if message is None else str(message)


def said(message: str, data: Any) -> str:
    """The words of an error, and those of the one that its sender got itself."""
    inner = upstream_error(data)
    own = f": {quoted(message, 120)}" if message and not (inner and inner.message == message) else ""
    return own + (f"; its upstream said {inner.type or 'an error'}: {quoted(str(inner.message), 160)}" if inner else "")


E02 = define(
    "E02", "Error after part of the answer", "error",
    what="An error event came after content had been delivered.",
    why="The user has seen half an answer. A retry does not continue it: it makes another one.",
    example="120 text deltas, then event: error with overloaded_error.",
    fix="""
        Take the partial answer back, or mark it as incomplete, before the turn is repeated. Never run a tool call from
        it.
        """,
    python="As E01: APIStatusError in mid-stream; what was accumulated so far is in stream.current_message_snapshot.",
    typescript="As E01: APIError in mid-stream; what came so far is in stream.currentMessage.",
    sources=(STREAMING, SDK_CODE),
)  # fmt: skip


_UNSEEN: Final = "No exception: the event is not named error, see E03."


@E02.on("structure")
def _error_after_content(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    found, _ = _error_at(stream, step.n)
    first = stream.index.assembler.first_content
    if found and first and first < step.n:
        message = stream.message_at(step.n)
        blocks = message.blocks if message else []
        size = sum(buffer.end_at(step.n) for block in blocks for buffer in block.buffers.values())
        python = None if stream.exchange.frame(step.n).name == "error" else _UNSEEN
        what = f"the error came after {counted(size, 'byte')} of content (from event {first} on)"
        yield Problem(what, step.n, python=python, follows="unheard" if python else None)


E03 = define(
    "E03", "Error object under the wrong name", "error",
    what="""
        The data is {"type":"error"} or holds an error object and no type, but the SSE event is not named error.
        """,
    why="""
        SDKs recognise an error by the name of the event. This one is passed over, or handed out like any other event,
        and the stream seems to end by itself.
        """,
    example='data: {"type":"error","error":{"type":"api_error"}} without an event line.',
    fix="Send event: error before the data line.",
    python="Without a name: nothing, silently. With another name: yielded as a normal event.",
    typescript="""
        As in Python; where message_stop does not come finalMessage() rejects with "stream ended without producing a
        Message".
        """,
    sources=(SDK_CODE,),
)  # fmt: skip


@E03.on("structure")
def _misnamed_error(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    if step.event == "error" and not stream.is_log:
        name = stream.exchange.frame(step.n).name
        if name != "error":
            kind, message = error_words(_error_at(stream, step.n)[1])
            called = f"named {quoted(name)}" if name else "without a name"
            data = _error_at(stream, step.n)[1]
            what = f"an error stands in an event {called}{f': {kind}' if kind else ''}{said(message, data)}"
            yield Problem(what, step.n, follows="unheard")


@E03.on("frame")
def _untyped_error(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if _is_untyped_error(raw):
        kind, message = error_words(raw.data)
        what = f"an error stands in an event without a name and without a type{f': {kind}' if kind else ''}"
        yield Problem(what + said(message, raw.data), raw.n, follows="unheard")


def _is_untyped_error(raw: Raw) -> bool:
    if raw.frame.name or not isinstance(raw.data, dict) or "type" in raw.data:
        return False
    return isinstance(raw.data.get("error"), dict | str)


E04 = define(
    "E04", "Error event without a JSON object", "error",
    what="An event named error has no data, or data that is no JSON object.",
    why="There is no type to decide by, and the message is lost or unhelpful.",
    example="event: error / data: upstream timed out",
    fix='Send {"type":"error","error":{"type":"api_error","message":"…"}} as the data.',
    python="""
        Raises APIStatusError whose message is the raw data, or "Error code: 200" where there is none; .type is None.
        """,
    typescript="Throws APIError with the raw data as its message.",
    sources=(SDK_CODE,),
)  # fmt: skip


@E04.on("frame")
def _error_without_object(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if raw.frame.name == "error" and not isinstance(raw.data, dict):
        yield Problem(
            f"the error event has {'the data ' + quoted(raw.frame.data, 120) if raw.frame.data else 'no data'}", raw.n
        )


@E04.on("structure")
def _plain_error_without_object(stream: Stream, step: StructuralEvent) -> Iterator[Problem]:
    found, data = _error_at(stream, step.n)
    if found and data is not None and not isinstance(data, dict):
        yield Problem(f"the error event has the data {quoted(data, 120)}", step.n)


E05 = define(
    "E05", "Events after the error", "info",
    what="Something other than a ping came after an error event.",
    why="SDKs stop reading at the error, so nobody sees it.",
    example="event: error, then message_stop.",
    fix="Servers: close the stream after an error event.",
    sources=(SDK_CODE,),
)  # fmt: skip


@E05.on("end")
def _after_error(stream: Stream) -> Iterator[Problem]:
    errors = stream.index.assembler.errors
    if not errors:
        return
    quiet = {0, *stream.index.event_types.codes("ping"), *stream.index.event_types.codes("error")}
    codes = bytes(stream.index.code[errors[0][0] :])
    late = next((at for at, code in enumerate(codes, errors[0][0] + 1) if code not in quiet), None)
    if late:
        kind = stream.index.event_types[stream.index.code[late - 1]]
        yield Problem(f"{kind.event or 'an event'} came after the error (event {errors[0][0]})", late)


E08 = define(
    "E08", "Failure made into a clean end", "error",
    what="""
        The text breaks off in the middle of a word, yet the stop reason is end_turn, and 0 output tokens are reported.
        Otherwise such an end cannot be told from a good one in one recording.
        """,
    why="A gateway lost its upstream and closed the message as if the model had finished.",
    example='"The capital of Fra", message_delta with end_turn and output_tokens 0.',
    fix="""
        In the gateway: where the upstream ends without its own end marker, send an error event, never a made-up stop
        reason.
        """,
    sources=(MADE_UP,),
)  # fmt: skip


@E08.on("message")
def _false_end(stream: Stream, message: Message) -> Iterator[Problem]:
    if (
        message.implied
        or message.restarted
        or stop_reason(message) != "end_turn"
        or not message.blocks
        or not message.stop_n
    ):
        return
    n, update = message.updates[-1]
    text = text_of(message.blocks[-1]) if message.blocks[-1].type == "text" else ""
    # Who counts nothing at all has not lost its upstream.
    counts = usage_of(message.start).get("input_tokens") and not late_usage(stream, message)
    if counts and usage_of(update).get("output_tokens") == 0 and re.search(r"\w\Z", text):
        yield Problem(f"end_turn with 0 output tokens, but the text ends with {quoted(text[-30:])}", n)


E09 = define(
    "E09", "Cancelled by the client", "info",
    what="""
        Our side left before the stream was over: the consumer stopped reading, or the proxy's client closed the
        connection. Not of a probe, which leaves when it is told to.
        """,
    why="What was generated may be billed, all of it perhaps, and its usage is not known.",
    example="break out of the loop after the first sentence.",
    fix="Nothing if it was meant. If not: look for a timeout or a closed tab on your side.",
    python="Nothing: leaving the with block closes the response.",
    typescript="Nothing: break aborts the request.",
    scope="exchange",
    sources=(SDK_SOURCE, BILLED,),
)  # fmt: skip


@E09.on("end")
def _cancelled(stream: Stream) -> Iterator[Problem]:
    # That the probe left, whoever ran it knows.
    if stream.reason == "cancelled" and not stream.stopped and not stream.is_probe:
        came = counted(stream.index.dispatched_at(stream.index.count), "event")
        when = f"after {came}" if stream.is_streamed else "before it was answered"
        yield Problem(f"our side left {when}", stream.last, t_ns=stream.end_ns)
