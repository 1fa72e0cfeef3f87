from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Buffer:
    """Text that came in pieces: all of it, as UTF-8, and for each event that brought a piece the offset of its end.

    'As of event n' is a slice. Lone surrogates are kept.
    """

    __slots__ = ("_decoded", "ends", "events", "text")

    def __init__(self) -> None:
        self.text = bytearray()
        self.events = array("I")
        self.ends = array("Q")
        self._decoded = 0, ""

    def append(self, n: int, piece: str) -> int:
        """Event n brought a piece; its size in bytes."""
        encoded = piece.encode("utf-8", "surrogatepass")
        self.text += encoded
        self.ends.append(len(self.text))
        self.events.append(n)
        return len(encoded)

    def extend(self, n: int, pieces: Sequence[str]) -> "array[int]":
        """`append` for consecutive events from n on; where in the text each piece ends."""
        encoded = [piece.encode("utf-8", "surrogatepass") for piece in pieces]
        lengths = accumulate(map(len, encoded), initial=len(self.text))
        next(lengths)
        ends = array("Q", lengths)
        self.text += b"".join(encoded)
        self.ends.extend(ends)
        self.events.extend(range(n, n + len(encoded)))
        return ends

    def end_at(self, n: int) -> int:
        """How many bytes of the text had come with event n."""
        pieces = bisect_right(self.events, n)
        return self.ends[pieces - 1] if pieces else 0

    def at(self, n: int) -> bytes:
        """The text as of event n, UTF-8 (with surrogates passed)."""
        return bytes(self.text[: self.end_at(n)])

    def text_at(self, n: int) -> str:
        """The text as of event n. The whole text is decoded once: most blocks of a moment are finished."""
        if not self.events or n < self.events[-1]:
            return decode(self.text[: self.end_at(n)])
        size = len(self.text)
        if self._decoded[0] != size:
            self._decoded = size, decode(self.text[:size])
        return self._decoded[1]

    def event_at(self, offset: int) -> int:
        """The event that brought the byte at an offset."""
        return self.events[bisect_right(self.ends, offset)]

    def piece(self, n: int) -> tuple[int, int]:
        """The (start, end) of what event n brought; empty where it brought nothing."""
        pieces = bisect_right(self.events, n)
        if not pieces or self.events[pieces - 1] != n:
            end = self.ends[pieces - 1] if pieces else 0
            return end, end
        return (self.ends[pieces - 2] if pieces > 1 else 0), self.ends[pieces - 1]


def decode(text: bytes | bytearray) -> str:
    """What `Buffer` holds, as a string."""
    return text.decode("utf-8", "surrogatepass")
