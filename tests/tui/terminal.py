"""A program in a real pseudo-terminal."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from select import select
from time import monotonic

from tests.support import LIMIT_S

_ROOT = Path(__file__).parents[2]
_LAST = b"<that is all>"
ESCAPE = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]")


class Terminal:
    """A command in a pty of 120x36."""

    def __init__(self, *arguments: str, cwd: str | None = None, **env: str) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLUMNS": "120",
            "LINES": "36",
            "PYTHONPATH": str(_ROOT),
            **env,
        }
        command = [sys.executable, *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )
        self.painted = b""

    def press(self, keys: bytes, wanted: str) -> None:
        """Types something and reads until the text is painted that it should bring."""
        start = len(self.painted)
        os.write(self.master, keys)
        self.read_until(wanted.encode(), start)

    def read_until(self, wanted: bytes, start: int = 0) -> None:
        """Reads until a text has been painted behind byte `start` of the output."""
        while wanted not in ESCAPE.sub(b"", self.painted[start:]):
            assert select([self.master], [], [], LIMIT_S)[0], f"{wanted!r} was not painted: {self.painted[-500:]!r}"
            self.painted += os.read(self.master, 1 << 16)

    def wait(self) -> int:
        """The exit status; what is painted until then is read."""
        hangs = monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert monotonic() < hangs, f"it does not end: {self.painted[-500:]!r}"
            if select([self.master], [], [], 0.05)[0]:
                self.painted += os.read(self.master, 1 << 16)
        # What it wrote last may still be on its way, and comes before this.
        os.write(self.slave, _LAST)
        while _LAST not in self.painted:
            assert select([self.master], [], [], LIMIT_S)[0], f"not all is painted: {self.painted[-500:]!r}"
            self.painted += os.read(self.master, 1 << 16)
        self.painted = self.painted.replace(_LAST, b"")
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
