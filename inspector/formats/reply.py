"""Messages or an error: what the API answers without streaming, or what the SDK has put together."""

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.formats.budget import LARGEST_DOCUMENT, whole
from inspector.formats.format import Format, Imported
from inspector.formats.json_exchanges import first_value, object_of
from inspector.formats.records import Objects
from inspector.recording import header_line
from inspector.recording.lines import tail_line
from inspector.text.json_text import loads_or

# A gateway's error may have no type outside.
_OF_AN_ERROR: Final = frozenset({"error", "request_id", "status", "status_code"})


def recognise(head: bytes) -> bool:
    """Whether the object that begins here is a message, or an error and the only one."""
    if not head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
        return False
    first = first_value(head)
    kind = first.get("type")
    if kind == "message":
        return isinstance(first.get("content"), list) and {"id", "role", "model"} <= first.keys()
    is_error = kind == "error" or first.keys() <= _OF_AN_ERROR
    if not is_error or not {"type", "message"} & object_of(first.get("error")).keys():
        return False
    return not any(line.strip().startswith((b"{", b"data:", b"event:")) for line in head.split(b"\n")[1:])


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each: a body that is no stream. What follows the last one belongs to it."""
    document = whole(chunks, LARGEST_DOCUMENT, "a message")
    bodies = [body for body in Objects(0).feed(document) if _is_message(body)]
    if len(bodies) < 2:
        yield Imported(_lines(document))
        return
    for body in bodies:
        yield Imported(_lines(body))


def _is_message(body: bytes) -> bool:
    return object_of(loads_or(body)).get("type") == "message"


def _lines(body: bytes) -> Iterator[bytes]:
    kept = {"kept": "message"} if first_value(body).get("type") == "message" else {}
    yield header_line({"kind": "import", "format": "reply", **kept})
    yield tail_line(body)


FORMAT = Format(
    name="reply",
    summary="messages or one error, as unstreamed calls answer",
    order=62,
    recognise=recognise,
    read=read,
)
