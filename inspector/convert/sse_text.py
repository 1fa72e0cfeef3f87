import re
from collections.abc import Iterable, Iterator

from inspector.convert.format import Format, Imported
from inspector.recording import header_line
from inspector.recording.lines import frame_line, tail_line
from inspector.sse import Decoder
from inspector.timeline import Exchange

_FIELD_LINE = re.compile(rb"\xef\xbb\xbf|[\r\n]*(?:(?:event|data|id|retry)(?::|[\r\n])|:)")


def recognise(head: bytes) -> bool:
    return _FIELD_LINE.match(head) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    yield Imported(_lines(chunks))


def write(exchange: Exchange) -> Iterator[bytes]:
    for frame in exchange.frames():
        yield frame.raw
    yield exchange.index.tail


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield header_line({"kind": "import", "format": "sse"})
    decoder = Decoder()
    for chunk in chunks:
        for frame in decoder.feed(chunk):
            # How a file was read says nothing about how the stream arrived.
            frame.read, frame.splits = None, ()
            yield frame_line(frame)
    if tail := decoder.close():
        yield tail_line(tail)


FORMAT = Format("sse", "an event stream as text, as `curl -N` saves it", recognise, read, write)
