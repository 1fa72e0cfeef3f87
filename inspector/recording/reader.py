import os
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Final

BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive whole lines and the file offset at which each starts."""

    starts: list[int]
    lines: list[bytes]


class LineReader:
    """The lines of a recording that may still be growing: in order by blocks, and any one again by its offset.

    Lines end at LF only. The unfinished last line is held back until the rest of it has come.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.position = 0

    def next_block(self, hint: int = BLOCK) -> Block | None:
        """The next whole lines, about `hint` bytes of them; None where there is no further one yet."""
        self.file.seek(self.position)
        lines = self.file.readlines(hint)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        if not lines:
            return None
        starts = list(accumulate(map(len, lines), initial=self.position))
        self.position = starts.pop()
        return Block(starts, lines)

    def unfinished(self) -> bytes:
        """What stands after the last whole line."""
        return os.pread(self.file.fileno(), max(0, self.size() - self.position), self.position)

    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self.file.fileno()).st_size

    def line(self, start: int, end: int) -> bytes:
        """The bytes from one line's start to the next line's."""
        return os.pread(self.file.fileno(), end - start, start)

    def close(self) -> None:
        self.file.close()
