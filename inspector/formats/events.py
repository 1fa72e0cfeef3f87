"""A log of events: the JSON of one on each line, as programs write them that print what the SDK gives them."""

from collections.abc import Iterable, Iterator

from inspector.formats.documents import event_line, first_object, text_lines
from inspector.formats.format import Clock, Format, Imported, Read, clock_members
from inspector.formats.records import Objects
from inspector.protocol import EVENTS
from inspector.recording import header_line
from inspector.text.json_text import is_json, loads_or
from inspector.timeline import Exchange


def recognise(head: bytes) -> bool:
    """Whether the first line is an object of one of the API's types, and that alone."""
    first = first_object(head)
    kind = first.get("type")
    if not isinstance(kind, str) or kind not in EVENTS:
        return False
    if any(isinstance(one, dict) and one.get("type") == kind for one in first.values()):
        # Its name beside it, and the whole event in a member.
        return False
    line, _, more = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return is_json(line) or len(list(Objects(0).feed(line))) + bool(more) < 2


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """One exchange: an event for each line, also for one that is no JSON."""
    yield Imported(_lines(((chunk, None) for chunk in chunks), None))


def live(reads: Iterable[Read], clock: Clock) -> Imported:
    """The exchange, with the times when its lines came."""
    return Imported(_lines(reads, clock))


def write(exchange: Exchange) -> Iterator[bytes]:
    """The data of each event on a line; comments, times and the tail have no place in it."""
    for frame in exchange.frames():
        if frame.dispatched:
            yield frame.data.replace("\n", " ").encode() + b"\n"


def _lines(reads: Iterable[Read], clock: Clock | None) -> Iterator[bytes]:
    yield header_line({"kind": "import", "format": "events", **clock_members(clock)})
    t_ns: int | None = None

    def chunks() -> Iterator[bytes]:
        nonlocal t_ns
        for chunk, came in reads:
            t_ns = came
            yield chunk

    for text in text_lines(chunks()):
        yield event_line(_name(text), text, t_ns)


def _name(text: bytes) -> str | None:
    value = loads_or(text, None) or first_object(text)
    name = value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


FORMAT = Format(
    name="events",
    summary="one event's JSON a line",
    order=70,
    endings=(".events",),
    recognise=recognise,
    read=read,
    write=write,
    live=live,
)
