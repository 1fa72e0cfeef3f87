"""One message or one error: what the API answers without streaming, or what the SDK has put together."""

from collections.abc import Iterable, Iterator

from inspector.formats.budget import LARGEST_DOCUMENT, whole
from inspector.formats.format import Format, Imported
from inspector.formats.json_exchanges import first_value, object_of
from inspector.recording import header_line
from inspector.recording.lines import tail_line


def recognise(head: bytes) -> bool:
    """Whether the object that begins here is a message or an error, and the only one."""
    if not head.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
        return False
    first = first_value(head)
    kind = first.get("type")
    if kind == "message":
        return isinstance(first.get("content"), list) and {"id", "role", "model"} <= first.keys()
    if kind != "error" or not object_of(first.get("error")):
        return False
    return not any(line.strip().startswith((b"{", b"data:", b"event:")) for line in head.split(b"\n")[1:])


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The one exchange: a body that is no stream."""
    notes: list[str] = []
    yield Imported(_lines(chunks), notes)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    body = whole(chunks, LARGEST_DOCUMENT, "a message")
    kept = {} if first_value(body).get("type") == "error" else {"kept": "message"}
    yield header_line({"kind": "import", "format": "reply", **kept})
    yield tail_line(body)


FORMAT = Format(
    name="reply",
    summary="one message or one error, as an unstreamed call answers",
    order=62,
    recognise=recognise,
    read=read,
)
