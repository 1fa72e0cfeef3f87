"""F: the framing of the event stream, event by event."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.ending import PYTHON_IN_CHARACTER, ends_in_character, pending
from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.rules.foreign import FIELDS, foreign_at_end, foreign_frame, is_field
from inspector.diagnostics.stream import Raw, Stream
from inspector.protocol import EVENTS
from inspector.protocol.source import SSE
from inspector.text.json_text import is_json, loads_or
from inspector.text.wording import counted, listed, quoted

_LINE: Final = re.compile(rb"(?>\r\n|\r|\n)")
BOM: Final = b"\xef\xbb\xbf"
_WRAPPED: Final = re.compile(r"^(?:data|event|id|retry):", re.M)
NO_JSON_TYPESCRIPT: Final = (
    "messages.stream() throws AnthropicError with the words of the SyntaxError, which create() throws itself."
)
"""What TypeScript's SDK does at a named event whose data is no JSON, NaN and Infinity included."""
_JSON_ERROR: Final = "json.JSONDecodeError at this event, which is no anthropic.APIError."
_PASSED_OVER: Final = "Nothing: an event without a name is passed over."
_OPENAI: Final = ("chat.completion.chunk", "chat.completion", "text_completion")

F01 = define(
    "F01", "Events without a name", "error",
    what="Events of the Messages API come as data only, without an event line.",
    why="Both SDKs drop every event that has no name: where all have none the answer is empty, and nobody says why.",
    example='data: {"type":"message_start",…} with no event: message_start before it.',
    fix="Make the server or proxy send event: TYPE before each data line.",
    python="""
        Passes the events over. Without any, or without message_start, get_final_message() raises AssertionError;
        without a content_block_start IndexError at the block's deltas.
        """,
    typescript='Without any event AnthropicError "request ended without sending any chunks"; else as in Python.',
)  # fmt: skip


@F01.on("frame")
def _unnamed(stream: Stream, raw: Raw) -> Iterator[Problem]:
    kind = _type(raw.data)
    if raw.frame.dispatched and not raw.frame.name and kind in EVENTS and kind not in ("ping", "error"):
        first, count = stream.note("F01", raw.n)
        named = quoted(_first(stream, first, kind))
        what = f"{counted(count, 'event has', 'events have')} no name, the first is {named}"
        yield Problem(what, first, follows="lost")


def _first(stream: Stream, n: int, kind: str) -> str:
    return stream.index.event_types[stream.index.code[n - 1]].event or kind


def _type(data: Any) -> str:
    kind = data.get("type") if isinstance(data, dict) else None
    return kind if isinstance(kind, str) else ""


F02 = define(
    "F02", "data: [DONE]", "warn",
    what="The end marker of OpenAI's API stands in the stream. With a name it is an error: SDKs then try to parse it.",
    why="""
        It is no JSON. Without a name it is passed over; with one it raises after message_stop, and a whole answer is
        lost.
        """,
    example="event: done / data: [DONE]",
    fix="Leave it out: message_stop is the end marker of this API.",
    python="json.JSONDecodeError after message_stop; without a name nothing.",
    typescript="""
        messages.stream() throws AnthropicError with the words of the SyntaxError, which create() throws itself; without
        a name nothing.
        """,
)  # fmt: skip


@F02.on("frame")
def _done_marker(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if _is_done(raw) and not (stream.is_downstream and not raw.frame.name):
        named = raw.frame.name
        how = f"in an event named {quoted(named)}" if named else "in an event without a name"
        python, typescript = (_JSON_ERROR, NO_JSON_TYPESCRIPT) if named else (_PASSED_OVER, _PASSED_OVER)
        yield Problem(f"[DONE] stands {how}", raw.n, "error" if named else None, None, python, typescript)


def _is_done(raw: Raw) -> bool:
    return raw.frame.dispatched and raw.frame.data.strip() == "[DONE]"


F03 = define(
    "F03", "OpenAI's events in a Messages stream", "error",
    what="Chunks of chat completions, or events of the Responses API, come where events of the Messages API were due.",
    why="""
        The gateway has not translated its upstream, or the base URL is that of another API: the SDK drops or misreads
        everything.
        """,
    example='data: {"object":"chat.completion.chunk","choices":[…]}',
    fix="""
        Use the path of the gateway that speaks the Messages API (it ends in /v1/messages), or a client for OpenAI's
        API.
        """,
    python="Nothing, silently: zero events; get_final_message() raises AssertionError.",
    typescript='AnthropicError "request ended without sending any chunks".',
)  # fmt: skip


@F03.on("frame")
def _openai_chunk(stream: Stream, raw: Raw) -> Iterator[Problem]:
    data = raw.data if isinstance(raw.data, dict) else {}
    if stream.is_downstream or not (data.get("object") in _OPENAI or isinstance(data.get("choices"), list)):
        return
    first, count = stream.note("F03", raw.n)
    yield Problem(f"{counted(count, 'chunk')} of OpenAI's chat completions came", first)


@F03.on("event type")
def _openai_event(stream: Stream, code: int) -> Iterator[Problem]:
    event = stream.index.event_types[code].event
    if event.startswith("response.") and not stream.is_downstream:
        first, count = stream.note("F03 response", stream.index.code.find(code) + 1)
        yield Problem(
            f"{counted(count, 'type')} of events of OpenAI's Responses API came, the first is {quoted(event)}", first
        )


F04 = define(
    "F04", "Event framed twice", "error",
    what="The data of an event begins with data:, event:, id: or retry:, or has such a line in it.",
    why="A string that was already an SSE frame went through an encoder again. The SDK gets no JSON, or no name.",
    example='data: data: {"type":"ping"}',
    fix="""
        Yield the bare JSON to EventSourceResponse or ServerSentEvent, or send your own frames with a plain streaming
        response.
        """,
    python="json.JSONDecodeError; without a name nothing, silently.",
    typescript="""
        messages.stream() throws AnthropicError with the words of the SyntaxError, which create() throws itself; without
        a name nothing, silently.
        """,
)  # fmt: skip


@F04.on("frame")
def _framed_twice(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if raw.frame.dispatched and raw.data is None and (match := _WRAPPED.search(raw.frame.data)):
        first, count = stream.note("F04", raw.n)
        message = f"{counted(count, 'event carries', 'events carry')} {quoted(match[0])} inside the data: framed twice"
        python, typescript = (_JSON_ERROR, NO_JSON_TYPESCRIPT) if raw.frame.name else (_PASSED_OVER, _PASSED_OVER)
        yield Problem(message, first, python=python, typescript=typescript)


F05 = define(
    "F05", "Line that is no field", "error",
    what="""
        A line of the stream is neither event, data, id or retry, nor a comment or blank. In a stream that was saved by
        hand and has it at its very end it is a warning.
        """,
    why="""
        Text with line ends was put behind data: as it is. Each further line is an unknown field and dropped, so line
        ends and text vanish: Markdown, code and tables break.
        """,
    example="data: Hello / - item: the second line is lost.",
    fix="Encode the payload as JSON, or send a data: line for each line of the text.",
    python="Nothing, silently: the line is dropped. If it cut JSON apart, see F15.",
    typescript="As in Python.",
    sources=(SSE,),
)  # fmt: skip


@F05.on("frame")
def _orphan_line(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if not stream.is_ok or not is_event_stream(stream):
        return
    orphan = next((line for line in _lines(raw) if _is_orphan(line)), None)
    if orphan is not None and not foreign_frame(stream, raw.n, raw.frame):
        first, count = stream.note("F05", raw.n)
        text = orphan.decode("utf-8", "replace")
        more = f" (frame {raw.n}, the last of {count:,})" if count > 1 else ""
        yield Problem(f"a line is no field, so it is dropped: {quoted(text)}{more}", first)


@F05.on("end")
def _orphan_at_end(stream: Stream) -> Iterator[Problem]:
    whole = stream.reason in ("complete", "eof") or (stream.is_import and not stream.reason)
    if not whole or not stream.is_ok or not stream.index.dispatched_at(stream.index.count):
        return
    for line in _LINE.split(stream.index.tail):
        cut = any(field.startswith(line) for field in FIELDS)
        if line and not cut and _is_orphan(line) and not foreign_at_end(stream):
            text = line.decode("utf-8", "replace")
            severity: Severity | None = None if stream.index.end else "warn"
            python = PYTHON_IN_CHARACTER if ends_in_character(stream) else None
            what = f"the stream ends with a line that is no field: {quoted(text)}"
            yield Problem(what, stream.last, severity, python=python)
            return


def is_event_stream(stream: Stream) -> bool:
    """Whether the body is meant to hold events, by its content type or because it does."""
    # Asked for every odd frame: a count over all frames would be quadratic. What is dispatched has a kind.
    return len(stream.index.event_types.known) > 1 or stream.media_type == "text/event-stream"


def _lines(raw: Raw) -> list[bytes]:
    text = raw.frame.raw.removeprefix(BOM) if raw.n == 1 else raw.frame.raw
    return _LINE.split(text)


def _is_orphan(line: bytes) -> bool:
    return bool(line) and not is_field(line)


F14 = define(
    "F14", "Last blank line missing", "error",
    what="""
        The body ends with an event that lacks its blank line. In a file that does not say how its stream ended it is a
        warning: it was often saved by hand.
        """,
    why="The standard never dispatches such an event, so the last one is lost, mostly message_stop.",
    example='event: message_stop / data: {"type":"message_stop"} and the end of the body.',
    fix="End every event with a blank line, the last one too.",
    python="No exception: the event is lost.",
    typescript="""
        The event is lost; without message_stop finalMessage() rejects with AnthropicError "stream ended without
        producing a Message".
        """,
    sources=(SSE,),
)  # fmt: skip


@F14.on("end")
def _no_blank_line(stream: Stream) -> Iterator[Problem]:
    if stream.reason not in ("complete", "eof", ""):
        return
    frame = pending(stream)
    if frame is None or not is_json(frame.data):
        return
    what = f"the last event ({frame.name or 'without a name'})"
    message = (
        f"{what} lacks its blank line: {'complete but unterminated' if frame.name == 'message_stop' else 'it is lost'}"
    )
    typescript = None if frame.name == "message_stop" else "No exception: the event is lost."
    yield Problem(message, stream.last, None if stream.index.end else "warn", typescript=typescript)


F20 = define(
    "F20", "Two events run together", "error",
    what="""
        One frame holds the data of several events: each of its data lines is JSON by itself. The blank line between
        them was lost.
        """,
    why="The standard joins the data lines, so there is one event that is no JSON, under the name that came last.",
    example='data: {"type":"content_block_delta",…} / event: ping / data: {"type":"ping"} and then the blank line.',
    fix="End every event with a blank line. Look for the hop that drops empty lines or joins events.",
    python="json.JSONDecodeError in mid-stream, which is no anthropic.APIError.",
    typescript=NO_JSON_TYPESCRIPT,
    scope="messages",
    sources=(SSE,),
)  # fmt: skip
_DROPPED: Final = "Nothing, silently: an event named ping is dropped, and what ran into it is lost."


@F20.on("frame")
def _run_together(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if types := _types_within(raw):
        as_ping = raw.frame.name == "ping"
        lost = "; the SDK drops all of it, as the last name is ping" if as_ping else ""
        yield Problem(
            f"one frame holds {listed(types)}: the blank line between them is missing{lost}",
            raw.n,
            python=_DROPPED if as_ping else None,
            typescript=_DROPPED if as_ping else None,
        )


def _types_within(raw: Raw) -> list[str]:
    """The types of the events that one frame's data lines are, where each is one; else nothing."""
    if "\n" not in raw.frame.data or raw.data is not None:
        return []
    values = [_type(loads_or(line)) for line in raw.frame.data.split("\n")]
    return values if len(values) > 1 and all(kind in EVENTS for kind in values) else []


F15 = define(
    "F15", "Malformed JSON", "error",
    what="The data of a named event is no JSON, or holds NaN or Infinity, which JSON does not have.",
    why="The client raises in the middle of the stream; what came after is lost.",
    example='data: {"type":"content_block_delta","delta":{"text":"He',
    fix="Encode with a JSON library, never by joining strings; a line end inside a string has to be \\n.",
    python="json.JSONDecodeError in mid-stream, which is no anthropic.APIError.",
    typescript=NO_JSON_TYPESCRIPT,
    scope="messages",
)  # fmt: skip


@F15.on("frame")
def _malformed(stream: Stream, raw: Raw) -> Iterator[Problem]:
    frame = raw.frame
    if not frame.dispatched or not frame.name or frame.name in ("ping", "error") or not frame.data or _is_done(raw):
        return
    if raw.data is None and not is_json(frame.data) and not _WRAPPED.search(frame.data) and not _types_within(raw):
        yield Problem(f"the data of {frame.name} is no JSON: {quoted(frame.data, 80)}", raw.n)
    elif re.search(r"[:\[,]\s*-?(?:NaN|Infinity)\b", frame.data) and _has_constant(frame.data):
        yield Problem(f"the data of {frame.name} holds NaN or Infinity", raw.n, python="Nothing: they pass as floats.")


def _has_constant(text: str) -> bool:
    found: list[str] = []
    try:
        json.loads(text, parse_constant=found.append)
    except (ValueError, RecursionError):
        return False
    return bool(found)
