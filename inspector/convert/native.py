from collections.abc import Iterable, Iterator

from inspector.convert.format import Format, Imported
from inspector.convert.json_lines import first_object
from inspector.recording import LineReader
from inspector.timeline import Exchange


def recognise(head: bytes) -> bool:
    return first_object(head).get("kind") == "recording"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    yield Imported(iter(chunks))


def write(exchange: Exchange) -> Iterator[bytes]:
    """The recording's own lines, unknown ones included."""
    reader = LineReader(exchange.reader.file)
    while block := reader.next_block():
        yield from block.lines
    yield reader.unfinished()


FORMAT = Format("jsonl", "our own recordings, every byte and every time", recognise, read, write)
