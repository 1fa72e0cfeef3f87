from collections.abc import Iterable, Iterator

from inspector.formats.documents import first_object
from inspector.formats.format import Format, Imported, Read
from inspector.timeline import Exchange


def recognise(head: bytes) -> bool:
    return first_object(head).get("kind") == "recording"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    yield Imported(iter(chunks))


def live(reads: Iterable[Read]) -> Imported:
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


FORMAT = Format("jsonl", "our own recordings, every byte and every time", recognise, read, write, live)
