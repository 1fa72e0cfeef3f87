"""The first rows before the toolkit is there, in a real pseudo-terminal."""

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

import pytest

from tests.support import block, finish, sse, start, text

_ROOT = Path(__file__).parents[2]
_ESCAPE = re.compile(rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]")


class _Terminal:
    """A command in a pty of 120x36."""

    def __init__(self, *arguments: str, **env: str) -> None:
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
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=environment, start_new_session=True
        )
        self.painted = b""

    def read_until(self, wanted: bytes) -> None:
        while wanted not in _ESCAPE.sub(b"", self.painted):
            assert select([self.master], [], [], 30)[0], f"{wanted!r} was not painted: {self.painted[-500:]!r}"
            self.painted += os.read(self.master, 1 << 16)

    def wait(self) -> int:
        """The exit status; what is painted until then is read."""
        while self.process.poll() is None:
            if select([self.master], [], [], 0.05)[0]:
                self.painted += os.read(self.master, 1 << 16)
        while select([self.master], [], [], 0)[0]:
            self.painted += os.read(self.master, 1 << 16)
        return self.process.returncode

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "reply.sse"
    path.write_bytes(sse(start(model="\x1b[31mevil"), *block(0, text("Hi"), type="text", text=""), *finish()))
    return path


def test_the_rows_come_before_the_toolkit_and_the_terminal_is_given_back(recording: Path, tmp_path: Path) -> None:
    terminal = _Terminal("-m", "inspector", "open", str(recording), XDG_STATE_HOME=str(tmp_path))
    try:
        terminal.read_until(b"message_stop")
        first = terminal.painted
        assert first.count(b"\x1b[?1049h") == 1
        assert b"\x1b[31m" not in first
        # What only the toolkit paints.
        terminal.read_until(b"complete")
        assert b"complete" not in _ESCAPE.sub(b"", first)
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
        assert terminal.painted.count(b"\x1b[?1049h") == 1
        assert terminal.painted.count(b"\x1b[?1049l") == 1
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_the_terminal_is_given_back_when_the_toolkit_cannot_start(recording: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['textual.app'] = None; sys.argv[1:] = ['open', sys.argv[1]]\n"
        "from inspector.__main__ import main; main()"
    )
    terminal = _Terminal("-c", code, str(recording), XDG_STATE_HOME=str(tmp_path))
    try:
        terminal.read_until(b"ModuleNotFoundError")
        assert terminal.wait() == 1
        assert terminal.painted.index(b"message_stop") < terminal.painted.index(b"\x1b[?1049l")
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_an_unreadable_file_leaves_the_terminal_alone(tmp_path: Path) -> None:
    terminal = _Terminal("-m", "inspector", "open", str(tmp_path / "absent"))
    try:
        terminal.read_until(b"no such file")
        assert terminal.wait() == 2
        assert b"\x1b[?1049h" not in terminal.painted
    finally:
        terminal.close()
