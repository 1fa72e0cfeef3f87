"""E: what an upstream said in another language than the stream's."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from inspector.diagnostics.ending import PYTHON_IN_CHARACTER, ends_in_character, pending
from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.errors import error_words, said
from inspector.diagnostics.stream import Raw, Stream
from inspector.protocol import EVENTS
from inspector.protocol.source import SDK_CODE
from inspector.sse import Frame
from inspector.text.json_text import is_json, loads_or
from inspector.text.wording import quoted

_LOOKED_AT: Final = 4096
_LINE: Final = re.compile(rb"(?>\r\n|\r|\n)")
FIELDS: Final = (b"event", b"data", b"id", b"retry")
"""The fields of an event stream."""
_TITLE: Final = re.compile(rb"<title>([^<]{1,80})", re.I)
_WRAPPED: Final = re.compile(r"(?:data|event|id|retry|\{|\[)")
_HTML: Final = (b"<!doctype", b"<html", b"<head")
_FAILURE: Final = re.compile(rb"\b[45]\d\d\b|error|gateway|timeout|unavailable", re.I)
_KEEPALIVES: Final = ("ping", "keep-alive", "keepalive", "heartbeat")

E10 = define(
    "E10", "Words of an upstream inside the stream", "error",
    what="""
        An HTML page, JSON, a whole HTTP response or plain text stands where the next event was due, behind events of
        the protocol. Behind message_stop plain text is F05.
        """,
    why="A gateway or a proxy wrote its own error into a response that had begun. No client reads it as one.",
    example="Two text deltas, then <html><head><title>502 Bad Gateway</title>.",
    fix="In the hop that wrote it: once the headers are out, send event: error, or cut the connection.",
    python="Nothing, silently: the lines are no fields of the protocol, so they are dropped, and the stream just ends.",
    typescript="""
        The lines are dropped; where message_stop does not come finalMessage() rejects with "stream ended without
        producing a Message".
        """,
    scope="messages",
    sources=(SDK_CODE,),
)  # fmt: skip
_IN_UNNAMED: Final = "Nothing, silently: an event without a name is passed over."


class Foreign(NamedTuple):
    """What stands where an event was due: what it is ("an HTML page"), and what it says."""

    what: str
    said: str


@E10.on("frame")
def _foreign_frame(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if found := foreign_frame(stream, raw.n, raw.frame):
        python = _IN_UNNAMED if raw.frame.dispatched else None
        what = f"{found.what} stands in the stream where an event was due: {found.said}"
        yield Problem(what, raw.n, python=python, follows="unheard")


@E10.on("end")
def _foreign_end(stream: Stream) -> Iterator[Problem]:
    if stream.last:
        # That it is the last one is known only now.
        yield from _foreign_frame(stream, Raw(stream.last, stream.exchange.frame(stream.last), None))
    if found := _foreign_tail_of(stream):
        python = PYTHON_IN_CHARACTER if ends_in_character(stream) else None
        what = f"{found.what} stands in the stream where an event was due: {found.said}"
        yield Problem(what, stream.last, python=python, follows="unheard")


def foreign_frame(stream: Stream, n: int, frame: Frame) -> Foreign | None:
    """What a frame is that no upstream meant for an event stream, None where it is nothing of the kind."""
    if not stream.is_messages:
        return None
    message = stream.message_at(n)
    unfinished = message is not None and (message.stop_n is None or message.stop_n > n)
    if frame.dispatched:
        data = frame.data[:_LOOKED_AT].strip()
        if frame.name or not unfinished or data.lower() in ("", "[done]", *_KEEPALIVES) or is_json(frame.data):
            return None
        raw = data.encode("utf-8", "replace")
        last = stream.ended and n == stream.last and not _WRAPPED.match(data)
        return _as_known(raw) if raw.startswith(b"<") else Foreign("text", _quoted(raw)) if last else None
    # What follows half an event is its other half.
    alone = n == 1 or not _is_broken(stream.exchange.frame(n - 1))
    return _as_foreign(frame.raw, unfinished and alone)


def foreign_at_end(stream: Stream) -> bool:
    """Whether the stream ends with words of an upstream, so that its end needs no other explanation."""
    n = stream.last
    if _foreign_tail_of(stream):
        return True
    return n is not None and bool(foreign_frame(stream, n, stream.exchange.frame(n)))


def _foreign_tail_of(stream: Stream) -> Foreign | None:
    if not stream.is_messages:
        return None
    tail = stream.index.tail[: 4 * _LOOKED_AT]
    if found := _as_foreign(tail, not stream.stopped):
        return found
    glued = _glued_page(tail)
    half = pending(stream) if glued else None
    return _as_known(glued) if glued and (half is None or not is_json(half.data)) else None


def _glued_page(tail: bytes) -> bytes:
    """A page behind half an event, "" where there is none: it names a failure, and is whole to its end."""
    whole = tail.rstrip().lower()
    at = whole.rfind(b"<html")
    return tail[at:] if at >= 0 and whole.endswith(b"</html>") and _FAILURE.search(whole, at) else b""


def is_field(line: bytes) -> bool:
    """Whether a line is a field of an event stream, or a comment."""
    return line.partition(b":")[0] in (b"", *FIELDS)


def _is_broken(frame: Frame) -> bool:
    return frame.dispatched and bool(frame.name) and not is_json(frame.data)


def _as_foreign(raw: bytes, text_too: bool) -> Foreign | None:
    head = raw[:_LOOKED_AT].strip()
    if not head or any(is_field(line) for line in _LINE.split(head) if line):
        return None
    if found := _as_known(raw.strip()):
        return found
    first = _LINE.split(head)[0]
    cut = any(field.startswith(first) for field in FIELDS)
    # Half of an event's JSON, and what is behind it, is no word of anybody.
    if not text_too or cut or first[:1] in b'{["' or first.rstrip().endswith((b"}", b'"')):
        return None
    return Foreign("text", _quoted(first))


def _as_known(raw: bytes) -> Foreign | None:
    """What a page, a response or JSON says."""
    head = raw[:_LOOKED_AT]
    title = _TITLE.search(head)
    if head.lower().startswith(_HTML):
        return Foreign("an HTML page", _quoted(title[1].strip() if title else head))
    if head.startswith(b"<?xml"):
        return Foreign("an XML document", _quoted(head))
    if head.startswith(b"HTTP/1."):
        return Foreign("a whole HTTP response", _quoted(_LINE.split(head)[0]))
    if not head.startswith(b"{"):
        return None
    value = loads_or(raw)
    if not isinstance(value, dict):
        return Foreign("a JSON error", _quoted(head)) if b'"error"' in head else None
    if value.get("type") in EVENTS and value.get("type") != "error":
        return None
    kind, message = error_words(value)
    if kind or message:
        return Foreign("a JSON error", (kind + said(message, value)).removeprefix(": "))
    return Foreign("JSON that is no event", _quoted(head)) if value else None


def _quoted(raw: bytes) -> str:
    return quoted(raw.decode("utf-8", "replace"), 80)
