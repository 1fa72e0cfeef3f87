"""A command that records while the screen watches: it never shares a process with the screen."""

import subprocess
from collections import deque
from collections.abc import Sequence
from signal import SIGINT
from threading import Thread
from typing import Final

_PATIENCE_S: Final = 1.0


class RecorderProcess:
    """The child process; `last_line` is the last line that it wrote to stderr."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # Keys are read by the screen: a Ctrl-C of the terminal is not for the child.
            start_new_session=True,
        )
        self._lines: deque[str] = deque(maxlen=20)
        self._reader = Thread(target=self._read, name="recorder's stderr", daemon=True)
        self._reader.start()

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll()

    @property
    def last_line(self) -> str:
        if self.status is not None:
            self._reader.join(_PATIENCE_S)
        return next((line for line in reversed(self._lines) if line.strip()), "").removeprefix("inspector: ")

    def wait(self) -> None:
        """Returns when the child has ended by itself."""
        self._process.wait()

    def stop(self) -> int:
        """Asks the child to end, and ends it after a second. Its own status if it failed by itself, else 0."""
        status = self.status
        if status is None:
            self._process.send_signal(SIGINT)
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            status = 0
        self._reader.join(_PATIENCE_S)
        if self._process.stderr:
            self._process.stderr.close()
        return status if status >= 0 else 128 - status

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            self._lines.append(line.decode("utf-8", "replace").rstrip())
