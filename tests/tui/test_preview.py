"""The first rows before the toolkit is there, in a real pseudo-terminal."""

import os
import termios
from pathlib import Path

import pytest

from tests.support import block, finish, sse, start, text
from tests.tui.terminal import ESCAPE, Terminal


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "reply.sse"
    path.write_bytes(sse(start(model="\x1b[31mevil"), *block(0, text("Hi"), type="text", text=""), *finish()))
    return path


def test_the_rows_come_before_the_toolkit_and_the_terminal_is_given_back(recording: Path, tmp_path: Path) -> None:
    terminal = Terminal("-m", "inspector", "open", str(recording), XDG_STATE_HOME=str(tmp_path))
    try:
        terminal.read_until(b"message_stop")
        first = terminal.painted
        assert first.count(b"\x1b[?1049h") == 1
        assert b"\x1b[31m" not in first
        # What only the toolkit paints.
        terminal.read_until(b"complete")
        assert b"complete" not in ESCAPE.sub(b"", first)
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
    terminal = Terminal("-c", code, str(recording), XDG_STATE_HOME=str(tmp_path))
    try:
        terminal.read_until(b"ModuleNotFoundError")
        assert terminal.wait() == 1
        assert terminal.painted.index(b"message_stop") < terminal.painted.index(b"\x1b[?1049l")
        assert termios.tcgetattr(terminal.slave) == terminal.before
    finally:
        terminal.close()


def test_an_unreadable_file_leaves_the_terminal_alone(tmp_path: Path) -> None:
    terminal = Terminal("-m", "inspector", "open", str(tmp_path / "absent"))
    try:
        terminal.read_until(b"no such file")
        assert terminal.wait() == 2
        assert b"\x1b[?1049h" not in terminal.painted
    finally:
        terminal.close()
