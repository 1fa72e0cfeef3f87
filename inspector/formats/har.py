"""HTTP Archive: what browsers' developer tools and proxies export. http://www.softwareishard.com/blog/har-12-spec/"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from inspector.formats.budget import LARGEST_DOCUMENT, MB, whole
from inspector.formats.documents import items, parse_json
from inspector.formats.format import LARGEST_HEAD, Format, Imported
from inspector.formats.interaction import (
    End,
    Headers,
    Interaction,
    base64_bytes,
    event_frame,
    header,
    nanoseconds,
    text,
)
from inspector.formats.json_exchanges import first_value, values
from inspector.recording import EndReason, UnreadableError

_LARGE: Final = 16 * MB
# Some other member may come first, in either object.
_LOG: Final = re.compile(rb'"log"\s*:\s*\{')
_FIRST: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"')
_INSIDE: Final = re.compile(rb'"(?:version|creator|browser|entries)"\s*:')
# http://www.softwareishard.com/blog/har-12-spec/#timings: all that passes before the response's head is there.
_BEFORE_HEAD: Final = ("blocked", "dns", "connect", "send", "wait")


def recognise(head: bytes) -> bool:
    """Whether a JSON object begins here that has the member `log` with what HAR has in it, or an entry of it."""
    first = first_value(head)
    if {"request", "response", "startedDateTime"} <= first.keys():
        # An entry alone, or some: what "Copy as HAR" and programs keep.
        return True
    found = _LOG.search(head) if head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{") else None
    if found is None:
        return False
    return _FIRST.match(head) is not None or _INSIDE.search(head, found.end()) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each entry. Raises UnreadableError where there is none."""
    document = whole(chunks, LARGEST_DOCUMENT, "a HAR file")
    if "startedDateTime" in first_value(document[:LARGEST_HEAD]):
        for entry, wrong in values([document]):
            found = _interaction(entry)
            if wrong:
                found.notes.append(wrong)
            yield found.imported("har")
        return
    if len(document) > _LARGE:
        yield from _one_by_one(document)
        return
    log, wrong = parse_json(document)
    entries = _object(_object(log).get("log")).get("entries")
    if not isinstance(entries, list) or not entries:
        raise UnreadableError(f"the HAR file holds no entries{f': {wrong}' if wrong else ''}")
    for number, entry in enumerate(entries, 1):
        found = _interaction(_object(entry))
        if wrong and number == len(entries):
            found.notes.append(wrong)
        yield found.imported("har")


def _one_by_one(document: bytes) -> Iterator[Imported]:
    """As `read`, for what would take many times its size if it were parsed at once."""
    number = 0
    for number, text_of_entry in enumerate(items(document, b'"entries"', depth=2), 1):
        entry, wrong = parse_json(text_of_entry)
        found = _interaction(_object(entry))
        if wrong:
            found.notes.append(f"in entry {number:,}: {wrong}")
        yield found.imported("har")
    if not number:
        raise UnreadableError("the HAR file holds no entries")


def _interaction(entry: dict[str, Any]) -> Interaction:
    request, response = _object(entry.get("request")), _object(entry.get("response"))
    found = Interaction(
        method=text(request.get("method")),
        url=text(request.get("url")),
        request_headers=_headers(request),
        started_at=_moment(entry.get("startedDateTime")),
    )
    found.request_body = _posted(_object(request.get("postData")), found.notes)
    status = response.get("status")
    # Browsers write a status of 0 where no response came.
    if isinstance(status, int) and status > 0:
        found.status = status
        found.response_headers = _headers(response)
        found.response_ns = _time_to_head(_object(entry.get("timings")))
    else:
        found.notes.append("the entry has no response")
    _read_body(response, found)
    if not found.body:
        _read_messages(entry, found)
    error = response.get("_error") or entry.get("_error")
    if error and isinstance(error, str):
        found.end = End(None, _reason(error), text(error))
    return found


def _read_body(response: dict[str, Any], found: Interaction) -> None:
    content = _object(response.get("content"))
    body = content.get("text")
    if not isinstance(body, str):
        size = content.get("size")
        known = isinstance(size, int | float) and size > 0
        if found.status and (known or header(found.response_headers, "content-type").startswith("text/event-stream")):
            how_much = f" ({size:,} bytes)" if known else ""
            found.no_stream = "absent"
            found.notes.append(f"the file does not have the body{how_much}: export it with content")
        return
    if content.get("encoding") == "base64":
        # Polly.js writes the chunks of a compressed body as a JSON list of such texts.
        listed, wrong = parse_json(body.encode("utf-8", "replace")) if body.startswith('["') else (None, "")
        parts = [part for part in listed if isinstance(part, str)] if isinstance(listed, list) else [body]
        found.body = b"".join(base64_bytes(part, "the response body", found.notes) for part in parts)
        if wrong:
            found.notes.append(f"the response body: {wrong}")
    else:
        found.coded = False
        found.body = _written(text(body), content)


def _read_messages(entry: dict[str, Any], found: Interaction) -> None:
    """The events that Chrome lists beside a body that it does not export, with their times in seconds since 1970."""
    listed = entry.get("_eventSourceMessages")
    if not isinstance(listed, list) or not listed:
        return
    start = found.started_at.timestamp() if found.started_at else None
    for message in map(_object, listed):
        name, data, came = message.get("eventName"), message.get("data"), message.get("time")
        t_ns = nanoseconds(came - start) if start is not None and isinstance(came, int | float) else None
        name = name if isinstance(name, str) and name != "message" else None
        identity = message.get("eventId")
        frame = event_frame(name, text(data).encode())
        if isinstance(identity, str) and identity:
            frame = b"id: %b\n%b" % (" ".join(identity.split()).encode("utf-8", "replace"), frame)
        found.pieces.append((frame, t_ns))
    found.no_stream = ""
    found.is_log = True
    found.notes[:] = [note for note in found.notes if "does not have the body" not in note]
    found.notes.append("the body is put together of the events that the browser listed (_eventSourceMessages)")


def _written(body: str, content: dict[str, Any]) -> bytes:
    """The body's bytes. mitmproxy takes UTF-8 without a charset for Latin-1; the size that it gives tells."""
    written = body.encode()
    size, saved = content.get("size"), content.get("compression", 0)
    if isinstance(size, int) and isinstance(saved, int) and len(written) not in (size, size + saved):
        try:
            latin = body.encode("latin-1")
            latin.decode()
        except UnicodeError:
            return written
        return latin if len(latin) in (size, size + saved) else written
    return written


def _posted(posted: dict[str, Any], notes: list[str]) -> bytes | None:
    body = posted.get("text")
    if not isinstance(body, str):
        return None
    if posted.get("encoding") == "base64":
        return base64_bytes(body, "the request body", notes)
    return text(body).encode()


def _headers(message: dict[str, Any]) -> Headers:
    listed = message.get("headers")
    pairs = map(_object, listed if isinstance(listed, list) else [])
    return [(text(pair.get("name")), text(pair.get("value"))) for pair in pairs]


def _time_to_head(timings: dict[str, Any]) -> int | None:
    if nanoseconds(timings.get("wait")) is None:
        return None
    # -1 stands for what did not take place.
    parts = [nanoseconds(timings.get(name)) or 0 for name in _BEFORE_HEAD]
    return sum(parts) // 1000


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _reason(error: str) -> EndReason:
    """What Chrome's name of a network error means."""
    if "ABORTED" in error:
        return "cancelled"
    if "TIMED_OUT" in error:
        return "timeout"
    return "reset" if re.search("RESET|CLOSED|INCOMPLETE|PROTOCOL_ERROR", error) else "error"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FORMAT = Format(
    name="har",
    summary="what browsers' developer tools and proxies export: HTTP Archive",
    order=30,
    endings=(".har",),
    recognise=recognise,
    read=read,
)
