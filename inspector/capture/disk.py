"""A disk that may be slow, full or gone: a thread writes to it, so that no stream ever waits for it."""

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

# Of one file: above that whoever can read more slowly should. Of all: above it the recordings that go on are given up.
_MANY_BYTES: Final = 2 << 20
_MOST_BYTES: Final = 32 << 20
# A write that takes so long is no slow one: the disk does not answer, and nobody waits for it any more.
_NO_ANSWER_S: Final = 0.5


class Disk:
    """Does what may block, in order, in a thread of its own; `put` it there from any thread."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[], None], int]] = deque()
        self._bytes = 0
        self._since: float | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def stuck(self) -> bool:
        """Whether what is being done takes longer than anybody should wait for."""
        since = self._since
        return since is not None and monotonic() - since > _NO_ANSWER_S

    @property
    def full(self) -> bool:
        """Whether nothing more may be brought."""
        return self._bytes > _MOST_BYTES

    def put(self, call: Callable[[], None], size: int = 0) -> None:
        """Has this called, which holds so many bytes. It must not raise."""
        with self._changed:
            self._waiting.append((call, size))
            self._bytes += size
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inspector disk", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Nothing more comes: the thread ends when all is done."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closed:
                        return
                    self._changed.wait()
                call, size = self._waiting.popleft()
            self._since = monotonic()
            call()
            self._since = None
            with self._changed:
                self._bytes -= size


class DiskFile:
    """A file that a `Disk` writes: the output of a `Writer`. `error` says why something of it is not there."""

    def __init__(self, disk: Disk, fd: int) -> None:
        self.error: OSError | None = None
        self._disk = disk
        self._fd = fd
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._caught_up: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def behind(self) -> bool:
        """Whether many bytes wait for the disk, and it is at work: it would help to bring less."""
        return self._waiting > _MANY_BYTES and not self._disk.stuck

    def once_caught_up(self, then: Callable[[], None]) -> None:
        """Calls this, from any thread, when not many bytes wait any more."""
        with self._lock:
            if self._waiting > _MANY_BYTES:
                self._caught_up.append(then)
                return
        then()

    def write(self, data: bytes) -> None:
        """Has these bytes appended. Raises OSError where earlier ones could not be, or too many wait."""
        if self.error is None and self._disk.full:
            self.error = OSError(errno.ETIMEDOUT, "it does not take what is written")
        if self.error:
            raise self.error
        with self._lock:
            self._pieces.append(data)
            self._waiting += len(data)
        self._disk.put(self._append, len(data))

    def close(self) -> None:
        """Has the file closed once everything is written."""
        self._disk.put(self._close)

    def _append(self) -> None:
        # All at once: after each write the thread waits for the interpreter's lock, which may take milliseconds.
        with self._lock:
            pieces, self._pieces = self._pieces, []
        view = memoryview(b"".join(pieces))
        size = len(view)
        try:
            while view and not self.error:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            self.error = error
        with self._lock:
            self._waiting -= size
            told, self._caught_up = (self._caught_up, []) if self._waiting <= _MANY_BYTES else ([], self._caught_up)
        for then in told:
            then()

    def _close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)
