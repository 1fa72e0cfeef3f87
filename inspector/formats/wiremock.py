"""Stub mappings of WireMock, one or a list of them. https://wiremock.org/docs/stubbing/"""

from collections.abc import Iterable, Iterator
from typing import Any

from inspector.formats.budget import LARGEST_DOCUMENT, whole
from inspector.formats.documents import parse_json
from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Interaction, base64_bytes, text
from inspector.formats.json_exchanges import body_of, first_value, object_of, pairs_of
from inspector.recording import UnreadableError

_URLS = ("url", "urlPath", "urlPathTemplate", "urlPattern", "urlPathPattern")
_BODIES = ("equalToJson", "equalTo")


def recognise(head: bytes) -> bool:
    """Whether the first object is a mapping of a request's pattern to a response, or a list of them."""
    first = first_value(head)
    listed = first.get("mappings")
    mapping = object_of(listed[0]) if isinstance(listed, list) and listed else first
    request, response = object_of(mapping.get("request")), object_of(mapping.get("response"))
    known = {"body", "base64Body", "jsonBody", "bodyFileName", "headers"} & response.keys()
    return bool(known) and isinstance(response.get("status"), int) and any(url in request for url in _URLS)


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each mapping."""
    document, wrong = parse_json(whole(chunks, LARGEST_DOCUMENT, "a WireMock mapping"))
    listed = object_of(document).get("mappings") if isinstance(document, dict) else document
    mappings = listed if isinstance(listed, list) else [document]
    if not mappings:
        raise UnreadableError("the file holds no mapping of WireMock")
    for number, mapping in enumerate(mappings, 1):
        found = _interaction(object_of(mapping))
        if wrong and number == len(mappings):
            found.notes.append(wrong)
        yield found.imported("wiremock")


def _interaction(mapping: dict[str, Any]) -> Interaction:
    request, response = object_of(mapping.get("request")), object_of(mapping.get("response"))
    found = Interaction(
        method=text(request.get("method")),
        url=text(next((request[name] for name in _URLS if name in request), "")),
        request_headers=[
            (name, text(object_of(pattern).get("equalTo")))
            for name, pattern in object_of(request.get("headers")).items()
            if "equalTo" in object_of(pattern)
        ],
    )
    patterns = request.get("bodyPatterns")
    for pattern in patterns if isinstance(patterns, list) else []:
        body = next((object_of(pattern)[name] for name in _BODIES if name in object_of(pattern)), None)
        if body is not None:
            found.request_body = body_of(body)
    status = response.get("status", 200)
    found.status = status if isinstance(status, int) else None
    found.response_headers = pairs_of(response.get("headers"))
    if isinstance(encoded := response.get("base64Body"), str):
        found.body = base64_bytes(encoded, "the response body", found.notes)
    elif (name := response.get("bodyFileName")) is not None:
        found.no_stream = "absent"
        found.notes.append(f"the body is in another file, {text(name)} in __files: open that one")
    else:
        found.coded = False
        body = response.get("body")
        found.body = body_of(response.get("jsonBody") if body is None else body)
    return found


FORMAT = Format(
    name="wiremock",
    summary="stub mappings of WireMock",
    order=48,
    recognise=recognise,
    read=read,
)
