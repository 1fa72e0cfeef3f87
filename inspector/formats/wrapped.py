"""Events as Go programs log them: an object a line, the event's data in it as a JSON string."""

from collections.abc import Iterable, Iterator
from typing import Any

from inspector.formats.documents import event_line, first_object, text_lines
from inspector.formats.format import Format, Imported
from inspector.recording import header_line
from inspector.text.json_text import loads_or

_DATA = ("Data", "data")
_NAME = ("Type", "type", "Event", "event")


def recognise(head: bytes) -> bool:
    """Whether the first line names a type and has data that is text."""
    first = first_object(head)
    return isinstance(_member(first, _DATA), str) and isinstance(_member(first, _NAME), str)


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """One exchange: an event for each line; a line without data stands as it is."""
    yield Imported(_lines(chunks))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header_line({"kind": "import", "format": "wrapped"})
    for text in text_lines(chunks):
        value = loads_or(text)
        data = _member(value, _DATA)
        name = _member(value, _NAME)
        if isinstance(data, str):
            yield event_line(name if isinstance(name, str) else None, data.encode("utf-8", "surrogatepass"))
        else:
            yield event_line(None, text)


def _member(value: Any, names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if name in value), None) if isinstance(value, dict) else None


FORMAT = Format(
    name="wrapped",
    summary="an event a line, its data as a JSON string (LastEventID, Type, Data)",
    order=60,
    recognise=recognise,
    read=read,
)
