"""Where a Markdown text can be cut in two that mean what the whole means."""

import re
from bisect import bisect_left
from typing import Final

_FENCE: Final = re.compile(rb"[ \t]*(`{3,}(?!.*`)|~{3,})")


class Cuts:
    """The places in a growing text at which a new part of a document starts, as far as whole lines have come.

    Such a part is what stands between blank lines, with what is indented behind it, or a fenced block of code.
    """

    def __init__(self) -> None:
        self._starts = [0]
        self._fences: dict[int, bytes] = {}
        self._looked = 0
        self._fence = b""
        self._alone = False
        self._blank = False

    @property
    def looked(self) -> int:
        """How many bytes of the text are known."""
        return self._looked

    def extend(self, text: bytes) -> None:
        """Takes in what follows the bytes that are known; of a last line without an end it takes nothing."""
        *lines, _ = text.split(b"\n")
        for line in lines:
            self._line(line)
            self._looked += len(line) + 1

    def before(self, size: int) -> int:
        """The start of the last part that starts before this place, 0 where none does."""
        return self._starts[max(0, bisect_left(self._starts, size) - 1)]

    def between(self, start: int, stop: int) -> list[int]:
        """The starts of parts behind `start` and before `stop`."""
        return self._starts[bisect_left(self._starts, start + 1) : bisect_left(self._starts, stop)]

    def fence(self, start: int) -> bytes:
        """The line that opens the block of code which starts here, b"" where none does."""
        return self._fences.get(start, b"")

    def _line(self, line: bytes) -> None:
        found = _FENCE.match(line)
        if self._fence:
            rest = line.strip()
            if found and rest == found[1] and rest.startswith(self._fence):
                self._fence = b""
                # Behind a block that stood on its own the next part starts.
                self._blank = self._alone
            return
        if found:
            self._fence = found[1]
            self._alone = found.start(1) == 0
            if self._alone:
                self._start()
                self._fences[self._looked] = line
        elif not line.strip():
            self._blank = True
            return
        elif self._blank and line[0] not in b" \t":
            self._start()
        self._blank = False

    def _start(self) -> None:
        if self._starts[-1] != self._looked:
            self._starts.append(self._looked)
