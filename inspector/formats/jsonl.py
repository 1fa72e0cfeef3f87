"""Our own recordings, as docs/recording-format.md describes them."""

from collections.abc import Iterable, Iterator

from inspector.formats.documents import first_object
from inspector.formats.format import Clock, Format, Imported, Read
from inspector.timeline import Exchange


def recognise(head: bytes) -> bool:
    """Whether the first line is the one that begins a recording."""
    return first_object(head).get("kind") == "recording"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The one exchange; its lines are those of the file."""
    yield Imported(iter(chunks))


def live(reads: Iterable[Read], clock: Clock) -> Imported:
    """The exchange of a recording that comes through a pipe; its times are those that it holds."""
    return Imported(chunk for chunk, _ in reads)


def write(exchange: Exchange) -> Iterator[bytes]:
    """The recording's own lines, unknown ones included."""
    reader = exchange.reader.again()
    try:
        while block := reader.next_block():
            yield from block.lines
        yield reader.unfinished()
    finally:
        reader.close()


FORMAT = Format(
    name="jsonl",
    summary="our own recordings, every byte and every time",
    order=0,
    endings=(".jsonl",),
    recognise=recognise,
    read=read,
    write=write,
    live=live,
)
