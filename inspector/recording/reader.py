"""The lines of a recording's file, which may still be growing: by blocks, and any one again."""

import errno
import os
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from typing import Final, Protocol, Self

from inspector.recording.lines import note_line

BLOCK: Final = 1 << 16
LONGEST_LINE: Final = 64 << 20
"""A longer line would take several times its length of memory. No writer of ours makes one, but for a request body of
a client that `tap` records."""
REQUEST: Final = b'{"kind":"request"'
"""What a request's line begins with."""
_STEP: Final = 1 << 20


def too_long() -> str:
    """Why the reading of a recording ends at a line that is longer than `LONGEST_LINE`."""
    return f"a line of more than {LONGEST_LINE:,} bytes is too long to be read"


def left_out(size: int) -> bytes:
    """The note that stands in the place of a request whose line is longer than `LONGEST_LINE`."""
    return note_line(None, f"the request is left out: a line of {size >> 20:,} MB is too long to be read")


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Some consecutive whole lines and the file offset at which each starts."""

    starts: list[int]
    lines: list[bytes]


class File(Protocol):
    """What is needed of a file: it is read by position only, so that several readers may share one."""

    def fileno(self) -> int:
        """The file descriptor."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...


class LineReader:
    """The lines of a recording that may still be growing: in order by blocks, and any one again by its offset.

    Lines end at LF only. The unfinished last line is held back until the rest of it has come. In the place of a
    request that is longer than `LONGEST_LINE` stands a note of that; at any other such line the reader gives up with an
    OSError, as the body would have a hole. The recording stands in the file from `start` to `stop`, None: to the file's
    end.
    """

    def __init__(self, file: File, start: int = 0, stop: int | None = None) -> None:
        self.file = file
        self.position = start
        self._start = start
        self._stop = stop
        # Of a line that is too long: up to where it has no end.
        self._searched = start

    def again(self) -> Self:
        """A reader of the same recording that stands at its start and has to be closed on its own."""
        return type(self)(os.fdopen(os.dup(self.file.fileno()), "rb"), self._start, self._stop)

    def next_block(self, hint: int = BLOCK) -> LineBlock | None:
        """The next whole lines, about `hint` bytes of them; None where there is no further one yet."""
        while True:
            data = self.line(self.position, self.position + hint)
            if end := data.rfind(b"\n") + 1:
                break
            if len(data) < hint:
                return None
            if hint >= LONGEST_LINE and not self._is_temporary():
                return self._passed_over()
            hint = 2 * hint if hint >= LONGEST_LINE else min(2 * hint, LONGEST_LINE)
        lines = BytesIO(data[:end]).readlines()
        starts = list(accumulate(map(len, lines), initial=self.position))
        self.position = starts.pop()
        return LineBlock(starts, lines)

    def unfinished(self) -> bytes:
        """What stands after the last whole line, as much of it as may be read."""
        return self.line(self.position, min(self._start + self.size(), self.position + LONGEST_LINE))

    def _is_temporary(self) -> bool:
        """Whether it is a file without a name, into which something was imported: what that may hold has its limits."""
        return os.fstat(self.file.fileno()).st_nlink == 0

    def _passed_over(self) -> LineBlock | None:
        """A note in the place of a request that is too long, None where it has no end yet; OSError for another line."""
        if self.line(self.position, self.position + len(REQUEST)) != REQUEST:
            raise OSError(errno.EMSGSIZE, too_long())
        self._searched = max(self._searched, self.position + LONGEST_LINE)
        while data := self.line(self._searched, self._searched + _STEP):
            end = data.find(b"\n") + 1
            self._searched += end or len(data)
            if end:
                start, self.position = self.position, self._searched
                return LineBlock([start], [left_out(self.position - start)])
        return None

    @property
    def progress(self) -> float:
        """How much of what the recording holds now has been read, 0 to 1."""
        return (self.position - self._start) / max(1, self.size())

    def size(self) -> int:
        """Bytes in the recording now."""
        stop = os.fstat(self.file.fileno()).st_size if self._stop is None else self._stop
        return stop - self._start

    def line(self, start: int, end: int) -> bytes:
        """The bytes from one line's start to the next line's."""
        if self._stop is not None:
            end = min(end, self._stop)
        return os.pread(self.file.fileno(), max(0, end - start), start)

    def close(self) -> None:
        """Closes the file."""
        self.file.close()
