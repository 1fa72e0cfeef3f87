"""What kind of exchange it is: what was asked for, and whether it is a stream, by the heads of request and response."""

from collections.abc import Iterator
from typing import Any, Final

from inspector.protocol.endpoints import MAY_STREAM, Asked, asked_for
from inspector.text.json_text import loads_strict_or
from inspector.timeline.index import Index

BINARY_STREAM: Final = "application/vnd.amazon.eventstream"
"""Bedrock's own framing of a stream."""
EVENT_STREAMS: Final = ("text/event-stream", BINARY_STREAM)


def header_values(headers: Any, name: str) -> Iterator[str]:
    """The values of every header of this lower-case name; what is no list of pairs has none."""
    for pair in headers if isinstance(headers, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and str(pair[0]).lower() == name:
            yield str(pair[1])


def media_type_of(index: Index) -> str:
    """The response's content type without its parameters, in lower case; "" where it was not sent."""
    values = header_values((index.response or {}).get("headers"), "content-type")
    return ", ".join(values).partition(";")[0].strip().lower()


def asked_of(index: Index) -> Asked | None:
    """What the request asked for, None where the recording has no request."""
    if index.request_line is None:
        return None
    # Exact values are of no use here, and take longer.
    values = loads_strict_or(index.request_line, {})
    if not (url := values.get("url")):
        return None
    body = values.get("body", values.get("body_raw", values.get("body_b64")))
    accept = next(header_values(values.get("headers"), "accept"), "")
    return asked_for(str(values.get("method") or "POST"), str(url), body, accept)


def came_as_stream(index: Index, asked: Asked) -> bool:
    """Whether it is an event stream, by what came, and by what was asked for where nothing speaks against that."""
    if asked.stream:
        return True
    # A file may hold what looks like events.
    if asked.operation in MAY_STREAM and index.dispatched_at(index.count):
        return True
    return asked.stream is None and media_type_of(index) != "application/json"
