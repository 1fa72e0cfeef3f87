"""The response that a recording holds, as emissions."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from inspector.net.headers import replayable
from inspector.protocol import HTTP_STATUS, error_type_for_status
from inspector.replay.emission import Ending, RecordedEmission, ResponseHead
from inspector.sse import Frame
from inspector.text.json_text import dumps
from inspector.timeline import Exchange


def reads(exchange: Exchange) -> Iterator[tuple[int | None, bytes]]:
    """Each read's time (None where the source has none) and bytes. Joined, the bytes are the body, always.

    Where the source does not number its reads, each frame counts as one.
    """
    held: list[bytes] = []
    number: int | None = None
    came: int | None = None
    tail = exchange.index.unfinished
    for frame in chain(exchange.frames(), (tail,) if tail else ()):
        for read, t_ns, piece in _pieces(frame):
            if held and (read is None or read != number):
                yield came, b"".join(held)
                held = []
            held.append(piece)
            number, came = read, t_ns
    if held:
        yield came, b"".join(held)


def _pieces(frame: Frame) -> Iterator[tuple[int | None, int | None, bytes]]:
    """What each read brought of a frame: its number, its time, the bytes."""
    start = 0
    for left, (offset, t_ns) in zip(range(len(frame.splits), 0, -1), frame.splits, strict=True):
        # A damaged file may hold anything here.
        if isinstance(offset, int) and start < offset < len(frame.raw):
            number = None if frame.read is None else frame.read - left
            yield number, t_ns if isinstance(t_ns, int) else None, frame.raw[start:offset]
            start = offset
    yield frame.read, frame.t_ns, frame.raw[start:]


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_RESET = re.compile(r"(Read|Write|Close)Error|BrokenPipe|reset", re.I)


def recorded(exchange: Exchange) -> Iterator[RecordedEmission]:
    """The head, each network read, and the end, each at its recorded time."""
    response = exchange.index.response
    end = exchange.index.end or {}
    # A request that failed before anything came has no response, unlike an import, which only lacks the line.
    came = response or exchange.index.count or exchange.index.tail
    if came or exchange.is_import or end.get("reason") in (None, "complete", "eof"):
        yield _time(response or {}), _head(response or {})
    yield from reads(exchange)
    yield _time(end), ending(exchange)


def unstreamed(exchange: Exchange) -> Iterator[RecordedEmission]:
    """What a request without `stream: true` gets: the message as JSON, when the stream had ended.

    An HTTP error is itself; an error event becomes an HTTP error with the status of its type.
    """
    view = exchange.view()
    if view.http_status is not None and view.http_status >= 400:
        return recorded(exchange)
    status, body = 200, view.message
    if errors := exchange.index.assembler.errors:
        status, body = _http_error(errors[0][1])
    elif body is None:
        status, body = 500, error_body("api_error", "this recording holds no message")
    ended = _time(exchange.index.end or {})
    last = max(exchange.index.arrivals.t_ns, default=None) if ended is None else ended
    kept = [(name, value) for name, value in _head(exchange.index.response or {}).headers if name != "content-type"]
    return json_answer(status, body, kept, last)


def json_answer(
    status: int, body: Mapping[str, Any], headers: Iterable[tuple[str, str]] = (), t_ns: int | None = None
) -> Iterator[RecordedEmission]:
    """A whole JSON response at one moment, with a request-id of its own unless `headers` has one."""
    text = dumps(body)
    own = [("content-type", "application/json"), ("content-length", str(len(text)))]
    yield t_ns, ResponseHead(status, tuple(_with_request_id([*own, *headers])))
    yield t_ns, text
    yield t_ns, Ending.CLEAN


def error_body(kind: str, message: str) -> dict[str, Any]:
    """The body of an error response, as the API shapes it."""
    return {"type": "error", "error": {"type": kind, "message": message}}


def ending(exchange: Exchange) -> Ending:
    """How the body's end is done again.

    Where our side left first, something else failed, or the recording stops in the middle, nobody knows how the body
    would have ended: the framing is left unfinished, so that no client takes what there is for the whole.
    """
    end = exchange.index.end
    if end is None:
        return Ending.CLEAN if exchange.is_import else Ending.CUT
    reason, error = end.get("reason"), end.get("error")
    if reason in ("complete", "eof"):
        return Ending.CLEAN
    if reason == "timeout":
        return Ending.SILENT
    kind = error.get("type") if isinstance(error, dict) else None
    return Ending.RESET if reason == "reset" and _RESET.search(str(kind)) else Ending.CUT


def _head(response: Mapping[str, Any]) -> ResponseHead:
    """The recorded head; that of a healthy stream where there is none."""
    status, pairs = response.get("status"), response.get("headers")
    if not isinstance(status, int) or not 200 <= status <= 599 or not isinstance(pairs, list):
        return ResponseHead(200, tuple(_with_request_id([("content-type", "text/event-stream; charset=utf-8")])))
    headers = [
        (pair[0].lower(), pair[1].strip())
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str)
    ]
    return ResponseHead(status, tuple(header for header in replayable(headers) if _sendable(*header)))


def _sendable(name: str, value: str) -> bool:
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def _with_request_id(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if any(name == "request-id" for name, _ in headers):
        return headers
    return [*headers, ("request-id", f"req_{os.urandom(12).hex()}")]


def _http_error(event: Any) -> tuple[int, dict[str, Any]]:
    error = event.get("error") if isinstance(event, dict) else None
    values: dict[str, Any] = error if isinstance(error, dict) else {}
    kind = values.get("type")
    status = HTTP_STATUS.get(kind, 500) if isinstance(kind, str) else 500
    known = error_body(error_type_for_status(status), "the recorded error event says no more")
    return status, {**known, "error": {**known["error"], **values}}


def _time(line: Mapping[str, Any]) -> int | None:
    t_ns = line.get("t_ns")
    return t_ns if isinstance(t_ns, int) else None
