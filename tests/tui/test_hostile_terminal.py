"""What a real terminal gets of hostile content: the toolkit's own escape sequences, and text."""

import os
import re
from pathlib import Path

from tests.streams import Record
from tests.tui.terminal import Terminal
from tests.tui.test_hostile import HOSTILE, obeyed

# Modes, colours, places, how keys are to come, the shape of the pointer: what the toolkit and the preview say.
_OURS = re.compile(r"\x1b\[[?><]?[0-9;]*\$?[a-zA-Z]|\x1b\]22;[a-z]*\x07")


def test_a_terminal_gets_nothing_of_the_stream_that_it_would_obey(record: Record, tmp_path: Path) -> None:
    path = record(HOSTILE, name="evil\x1b[31m\u202e\x07日本.jsonl")
    terminal = Terminal("-m", "inspector", "open", str(path), XDG_STATE_HOME=str(tmp_path))
    last = f"{len(HOSTILE)} of {len(HOSTILE)}"
    try:
        terminal.read_until("✗ error".encode())
        terminal.press(b"G", last)
        for key, brings in ((b"4", "read"), (b"5", "median gap"), (b"6", "error"), (b"3", "raw"), (b"2", "signature")):
            terminal.press(key, brings)
            terminal.press(b"kkkk", "of")
            terminal.press(b"G", last)
        terminal.press(b"z", "back")
        terminal.press(b"z", "hide")
        terminal.press(b"r", "Weather?")
        terminal.press(b"r", "timeline")
        os.write(terminal.master, b"q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    text = terminal.painted.decode()
    sequences = _OURS.findall(text)
    assert "\x1b[31m" not in sequences, "only the stream says that: the toolkit has its own colours"
    left = _OURS.sub("", text)
    assert {character for character in left if obeyed(character)} <= {"\r", "\n"}
    assert "red␛]8;;http://evil␇link" in left.replace("\r\n", "")
