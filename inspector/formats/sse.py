"""An event stream as text, byte for byte, with or without the head of its response."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from inspector.formats.body import body_lines, decoded, peek, sse_lines
from inspector.formats.chunked import dechunked, is_chunked
from inspector.formats.format import Clock, Format, Imported, Read, clock_members
from inspector.formats.interaction import Headers, header
from inspector.recording import Redactor, header_line
from inspector.recording.lines import object_line
from inspector.timeline import Exchange

_FIELD_LINE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:(?:event|data|id|retry)(?::|[\r\n])|:)")
_FIELD = re.compile(rb"(?:event|data|id|retry)(?::|\Z)")
_OBJECT = re.compile(rb": ?(?:\{|\[|[A-Z]\w+\()")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?(?:\n|\Z)")
_LONGEST_HEAD: Final = 1 << 20
_SIZE_LINE: Final = 64


def recognise(head: bytes) -> bool:
    """Whether a field's line or a response's head begins here, or comments, and no line that is something else."""
    if found := _FIELD_LINE.match(head):
        if found[0].endswith(b"event:") and _OBJECT.match(head, found.end() - 1):
            # A program says "event:" and prints one.
            return False
        return _FIELD.match(found[0].lstrip(b"\xef\xbb\xbf\r\n")) is not None or _is_stream(head)
    return _STATUS_LINE.match(head) is not None


def _is_stream(head: bytes) -> bool:
    """Whether of the lines before the first field each is a comment: other text begins with a colon, too."""
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        if _FIELD.match(line):
            return True
        if line and not line.startswith(b":"):
            return False
    return True


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The one exchange, without times: how a file was read says nothing of how the stream came."""
    yield _imported(((chunk, None) for chunk in chunks), None)


def live(reads: Iterable[Read], clock: Clock) -> Imported:
    """The exchange that comes through a pipe, or out of a log, with the times when its bytes came."""
    return _imported(reads, clock)


def write(exchange: Exchange) -> Iterator[bytes]:
    """The body's own bytes."""
    for frame in exchange.frames():
        yield frame.raw
    yield exchange.index.tail


def _imported(reads: Iterable[Read], clock: Clock | None) -> Imported:
    notes: list[str] = []
    return Imported(_lines(reads, clock, notes), notes)


def _lines(reads: Iterable[Read], clock: Clock | None, notes: list[str]) -> Iterator[bytes]:
    yield header_line({"kind": "import", "format": "sse", **clock_members(clock)})
    head, reads = peek(reads, 5, lambda head: not b"HTTP/".startswith(head[:5]))
    if not head.startswith(b"HTTP/"):
        yield from sse_lines(reads, numbered=clock == "arrival")
        return
    status, t_ns, headers, reads = _head(reads)
    if status:
        values = {"t_ns": t_ns, "status": status, "headers": [list(pair) for pair in Redactor().headers(headers)]}
        yield object_line("response", values)
    if header(headers, "transfer-encoding").lower() == "chunked":
        # As `curl -i --raw` has it.
        start, reads = peek(reads, _SIZE_LINE, is_chunked)
        reads = dechunked(reads, notes) if is_chunked(start) else reads
    body = decoded(reads, header(headers, "content-encoding"), notes)
    yield from body_lines(body, notes, header(headers, "content-type"), numbered=clock == "arrival")


def _head(reads: Iterator[Read]) -> tuple[int, int | None, Headers, Iterator[Read]]:
    """The response's status, when it came, its headers, and what follows; the status is 0 where there is no head.

    `curl -i` prints the head of each redirect and of each 1xx answer too: the last one counts.
    """
    status, came, headers = 0, None, Headers()
    held = b""
    last: int | None = None
    for chunk, last in reads:
        held += chunk
        while (found := _STATUS_LINE.match(held)) and (end := _HEAD_END.search(held)):
            status, came, headers = int(found[1]), last, _headers(held[found.end() : end.end()])
            held = held[end.end() :]
        if held and not (b"HTTP/".startswith(held[:5]) and len(held) < _LONGEST_HEAD):
            break
    else:
        if found := _STATUS_LINE.match(held):
            return int(found[1]), last, _headers(held[found.end() :]), iter(())
    return status, came, headers, chain([(held, last)], reads)


def _headers(block: bytes) -> Headers:
    return [(name.decode(), value.decode("utf-8", "replace")) for name, value in _HEADER.findall(block)]


FORMAT = Format(
    name="sse",
    summary="an event stream as text, as `curl -N` saves it, or `curl -i` with its head",
    order=80,
    endings=(".sse", ".txt"),
    recognise=recognise,
    read=read,
    write=write,
    live=live,
)
