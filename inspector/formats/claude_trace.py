"""The logs of claude-trace: on each line a request and what answered it. https://github.com/badlogic/lemmy"""

from collections.abc import Iterable, Iterator
from typing import Any

from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, nanoseconds, text
from inspector.formats.json_exchanges import body_of, first_value, moment, object_of, pairs_of, values
from inspector.recording import UnreadableError


def recognise(head: bytes) -> bool:
    """Whether the first object is a pair of a request with its time and a response."""
    first = first_value(head)
    request = object_of(first.get("request"))
    return {"method", "url", "timestamp"} <= request.keys() and not {"log", "scope"} & first.keys()


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each pair."""
    found = None
    for value, wrong in values(chunks):
        if "request" not in value:
            continue
        found = _interaction(value)
        if wrong:
            found.notes.append(wrong)
        yield found.imported("claude-trace")
    if found is None:
        raise UnreadableError("the claude-trace log holds no request")


def _interaction(pair: dict[str, Any]) -> Interaction:
    request, response = object_of(pair.get("request")), object_of(pair.get("response"))
    sent = request.get("timestamp")
    found = Interaction(
        method=text(request.get("method")),
        url=text(request.get("url")),
        request_headers=pairs_of(request.get("headers")),
        request_body=body_of(request.get("body")) or None,
        started_at=moment(sent),
    )
    if not response:
        found.notes.append("the request has no response in this log")
        return found
    status, came = response.get("status_code"), response.get("timestamp")
    found.status = status if isinstance(status, int) else None
    found.response_headers = pairs_of(response.get("headers"))
    # It takes the time when fetch returns, which is when the head has come.
    if isinstance(sent, int | float) and isinstance(came, int | float):
        found.response_ns = nanoseconds(came - sent)
    found.coded = False
    body = response.get("body_raw")
    found.body = body_of(response.get("body") if body is None else body)
    return found


FORMAT = Format(
    name="claude-trace",
    summary="the .jsonl logs of claude-trace",
    order=44,
    recognise=recognise,
    read=read,
)
