from collections.abc import Iterable, Iterator
from itertools import chain

from inspector.convert.bedrock_messages import lines, recognise
from inspector.convert.format import Format, Imported, Read
from inspector.recording import header_line


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    yield _imported(((chunk, None) for chunk in chunks), {})


def live(reads: Iterable[Read]) -> Imported:
    return _imported(reads, {"clock": "arrival"})


def _imported(reads: Iterable[Read], source: dict[str, str]) -> Imported:
    notes: list[str] = []
    start = header_line({"kind": "import", "format": "bedrock", **source})
    return Imported(chain([start], lines(reads, notes)), notes)


FORMAT = Format("bedrock", "the binary event stream of Amazon Bedrock", recognise, read, live=live)
