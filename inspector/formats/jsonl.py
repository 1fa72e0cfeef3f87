"""Our own recordings, as docs/recording-format.md describes them."""

from collections.abc import Iterable, Iterator

from inspector.formats.documents import first_object
from inspector.formats.format import Clock, Format, Imported, Read
from inspector.recording import UnreadableError
from inspector.recording.reader import LONGEST_LINE, REQUEST, left_out, too_long
from inspector.timeline import Exchange


def recognise(head: bytes) -> bool:
    """Whether the first line is the one that begins a recording."""
    return first_object(head).get("kind") == "recording"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The one exchange; its lines are those of the file."""
    yield Imported(_bounded(chunks))


def live(reads: Iterable[Read], clock: Clock) -> Imported:
    """The exchange of a recording that comes through a pipe; its times are those that it holds."""
    return Imported(_bounded(chunk for chunk, _ in reads))


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Its whole lines; as in a file a note in the place of a request that is too long.

    Raises UnreadableError at any other such line.
    """
    held: list[bytes] = []
    size = 0
    passing_over = False
    for chunk in chunks:
        end = chunk.find(b"\n") + 1 or len(chunk)
        size += end
        if size > LONGEST_LINE and not passing_over:
            if not b"".join(held).startswith(REQUEST):
                raise UnreadableError(too_long())
            passing_over = True
            held.clear()
        if not passing_over:
            held.append(chunk[:end])
        if chunk.endswith(b"\n", 0, end):
            last = chunk.rfind(b"\n") + 1
            yield left_out(size) if passing_over else b"".join(held)
            if end < last:
                yield chunk[end:last]
            held = [chunk[last:]]
            size = len(held[0])
            passing_over = False
    # As much of the last line as has come.
    yield b"".join(held)


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
