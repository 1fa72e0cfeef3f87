"""The logs of claude-trace: on each line a request and what answered it; and the pages that it makes of them.

https://github.com/badlogic/lemmy, apps/claude-trace
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from inspector.formats.budget import LARGEST_DOCUMENT, whole
from inspector.formats.documents import parse_json
from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, base64_bytes, nanoseconds, text
from inspector.formats.json_exchanges import body_of, first_value, moment, object_of, pairs_of, values
from inspector.recording import UnreadableError

# Where a page has the pairs: the JSON of {"rawPairs":[…]} in Base64.
_PAGE: Final = re.compile(rb"\bclaudeData\s*=\s*JSON\.parse\(\w+\(['\"`]")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=]*+")
_MARKUP: Final = re.compile(rb"\s*<")


def recognise(head: bytes) -> bool:
    """Whether the first object is a pair of a request with its time and a response, or a page begins that has them."""
    if _MARKUP.match(head):
        return _PAGE.search(head) is not None
    first = first_value(head)
    request = object_of(first.get("request"))
    return {"method", "url", "timestamp"} <= request.keys() and not {"log", "scope"} & first.keys()


def _pairs(chunks: Iterable[bytes]) -> Iterator[tuple[dict[str, Any], str]]:
    chunks = iter(chunks)
    start = next(chunks, b"")
    if not _MARKUP.match(start):
        yield from values(chain([start], chunks))
        return
    page = whole(chain([start], chunks), LARGEST_DOCUMENT, "a page of claude-trace")
    if (begin := _PAGE.search(page)) is None:
        return
    notes: list[str] = []
    encoded = _BASE64.match(page, begin.end())
    kept, wrong = parse_json(base64_bytes(encoded[0].decode() if encoded else "", "the page's data", notes))
    listed = object_of(kept).get("rawPairs")
    for pair in listed if isinstance(listed, list) else ():
        yield object_of(pair), "; ".join([*notes, wrong] if wrong else notes)


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each pair."""
    found = None
    for value, wrong in _pairs(chunks):
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
    summary="the .jsonl logs of claude-trace, and its pages",
    order=44,
    recognise=recognise,
    read=read,
)
