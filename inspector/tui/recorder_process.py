"""A command that records while the screen watches, and what it prints: it never shares a process with the screen."""

import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT
from threading import Thread
from typing import Final

from inspector.text.sanitise import sanitise

_PATIENCE_S: Final = 1.0
_OUTPUT: Final = "output.log"
_KEPT_LINES: Final = 10_000


class RecorderProcess:
    """The child process. Its stdout goes nowhere, the end of its stderr is kept."""

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
        """The last line that it wrote to stderr, without the name of the program; "" where there is none."""
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


class CommandOutput:
    """What the command behind `run --tui` prints: a file in the session's folder, as lines that are harmless to show.

    The last 10,000 lines are kept.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / _OUTPUT
        self.lines: list[str] = []
        self._position = 0
        self._unfinished = False

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self.path.is_file()

    def update(self) -> bool:
        """Takes in what has been printed since; whether that was anything."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._position)
                text = file.read()
        except OSError:
            return False
        if not text:
            return False
        self._position += len(text)
        first, *others = text.decode("utf-8", "replace").split("\n")
        first = sanitise(first, lines=True)
        if self._unfinished:
            self.lines[-1] += first
        else:
            self.lines.append(first)
        self.lines += [sanitise(line, lines=True) for line in others]
        self._unfinished = True
        del self.lines[:-_KEPT_LINES]
        return True
