"""The network reads of a recorded body."""

from collections.abc import Iterator
from itertools import chain

from inspector.sse import Frame
from inspector.timeline import Exchange


def reads(exchange: Exchange) -> Iterator[tuple[int | None, bytes]]:
    """Each read's time (None where the source has none) and bytes. Joined, the bytes are the body, always.

    Where the source does not number its reads, each frame counts as one.
    """
    held: list[bytes] = []
    number: int | None = None
    came: int | None = None
    tail = exchange.index.unfinished
    for frame in chain(exchange.frames(), (tail,) if tail else ()):
        for read, t_ns, piece in _pieces(frame):
            if held and (read is None or read != number):
                yield came, b"".join(held)
                held = []
            held.append(piece)
            number, came = read, t_ns
    if held:
        yield came, b"".join(held)


def _pieces(frame: Frame) -> Iterator[tuple[int | None, int | None, bytes]]:
    """What each read brought of a frame: its number, its time, the bytes."""
    start = 0
    for left, (offset, t_ns) in zip(range(len(frame.splits), 0, -1), frame.splits, strict=True):
        # A damaged file may hold anything here.
        if isinstance(offset, int) and start < offset < len(frame.raw):
            number = None if frame.read is None else frame.read - left
            yield number, t_ns if isinstance(t_ns, int) else None, frame.raw[start:offset]
            start = offset
    yield frame.read, frame.t_ns, frame.raw[start:]
