"""The traces of claude-tap: a record for each call, with its events if they were kept, else the message alone."""

from collections.abc import Iterable, Iterator
from typing import Any

from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, event_frame, nanoseconds, text
from inspector.formats.json_exchanges import body_of, first_value, moment, object_of, pairs_of, values
from inspector.recording import UnreadableError
from inspector.text.json_text import dumps


def recognise(head: bytes) -> bool:
    """Whether the first object is a record of a turn, or a bundle of them."""
    first = first_value(head)
    request = object_of(first.get("request"))
    return {"turn", "duration_ms"} <= first.keys() and {"method", "path"} <= request.keys()


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each record."""
    found = None
    for value, wrong in values(chunks):
        if "request" not in value:
            continue
        found = _interaction(value)
        if wrong:
            found.notes.append(wrong)
        yield found.imported("claude-tap")
    if found is None:
        raise UnreadableError("the claude-tap trace holds no request")


def _interaction(record: dict[str, Any]) -> Interaction:
    request, response = object_of(record.get("request")), object_of(record.get("response"))
    base = text(record.get("upstream_base_url")).rstrip("/")
    found = Interaction(
        method=text(request.get("method")),
        url=base + text(request.get("path")),
        request_headers=pairs_of(request.get("headers")),
        request_body=body_of(request.get("body")) or None,
    )
    status = response.get("status")
    found.status = status if isinstance(status, int) else None
    found.response_headers = pairs_of(response.get("headers"))
    found.coded = False
    events = response.get("sse_events")
    if isinstance(events, list) and events:
        # The writer of the record has the time of its end; when each event came it does not keep.
        found.body = b"".join(_frame(object_of(event)) for event in events)
        found.is_log = True
    else:
        found.body = body_of(response.get("body"))
        if object_of(request.get("body")).get("stream") is True and found.status == 200:
            found.no_stream = "assembled"
            found.notes.append("the trace has the message and not its events: nothing can be said of the stream")
    if (lasted := nanoseconds(record.get("duration_ms"))) is not None and (end := moment(record.get("timestamp"))):
        found.ended(end, lasted // 1000)
    return found


def _frame(event: dict[str, Any]) -> bytes:
    data = event.get("data")
    return event_frame(text(event.get("event")), data.encode() if isinstance(data, str) else dumps(data))


FORMAT = Format(
    name="claude-tap",
    summary="the traces of claude-tap",
    order=42,
    recognise=recognise,
    read=read,
)
