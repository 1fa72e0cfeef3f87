from typing import BinaryIO


class SharedFile:
    """A file that several read through handles of their own; it is closed with the last of them."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.handles = 0

    def handle(self) -> "Handle":
        self.handles += 1
        return Handle(self)


class Handle:
    """One reader's share of a file."""

    def __init__(self, shared: SharedFile) -> None:
        self._shared = shared
        self._closed = False

    def fileno(self) -> int:
        return self._shared.file.fileno()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._shared.handles -= 1
            if not self._shared.handles:
                self._shared.file.close()
