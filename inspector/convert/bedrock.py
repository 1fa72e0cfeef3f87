from collections.abc import Iterable, Iterator

from inspector.convert.bedrock_messages import lines, recognise
from inspector.convert.format import Format, Imported, Read
from inspector.recording import header_line


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    yield live((chunk, None) for chunk in chunks)


def live(reads: Iterable[Read]) -> Imported:
    notes: list[str] = []
    return Imported(_lines(reads, notes), notes)


def _lines(reads: Iterable[Read], notes: list[str]) -> Iterator[bytes]:
    yield header_line({"kind": "import", "format": "bedrock"})
    yield from lines(reads, notes)


FORMAT = Format("bedrock", "the binary event stream of Amazon Bedrock", recognise, read, live=live)
