"""Whatever fails, the screen goes on or ends with status 1, and leaves a report that holds nothing of anybody's."""

import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from inspector.tui.crash_report import crash_folder
from inspector.tui.driver import Keyboard
from inspector.tui.screens import navigation
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.stream import StreamScreen
from tests.streams import Record
from tests.support import RECORDINGS
from tests.tui.conftest import app_on, notices, settled, until
from tests.tui.fuzz import RUSHED, inputs
from tests.tui.terminal import ESCAPE, Terminal
from tools.fuzz_screen import fuzz

SECRET = "whattheusertyped"


async def typed(pilot: Pilot[Any], raw: bytes) -> None:
    """As a terminal hands it over: in one piece."""
    for message in Keyboard().messages(raw):
        message.set_sender(pilot.app)
        pilot.app.post_message(message)
    await pilot.pause()


@pytest.mark.parametrize("rushed", [*RUSHED, "y2222", "s\x1b\x1b\x1b", "\x10q\x1b\x1b\x1b", "r\x1b\x1b\x1b", "?ryS/"])
async def test_keys_behind_a_key_that_leaves(record: Record, rushed: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    app = app_on(record())
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await typed(pilot, rushed.encode())
        await until(pilot, lambda: any(isinstance(screen, StreamScreen) for screen in app.screen_stack))
        await pilot.press("escape", "escape", "escape", "g", "j")
    assert app.failure is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_anything_may_be_typed(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths = [RECORDINGS[0].parent] if seed == 3 else [RECORDINGS[seed * 7 % len(RECORDINGS)]]
    app = app_on(*paths)
    keyboard = Keyboard()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        for piece in inputs(seed, 300):
            if isinstance(piece, tuple):
                await pilot.resize_terminal(*piece)
            else:
                for message in [*keyboard.messages(piece), *keyboard.messages(b"")]:
                    message.set_sender(app)
                    app.post_message(message)
                await pilot.pause(0)
            assert app.is_running
    assert app.failure is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 11])
def test_a_real_terminal_is_given_back(seed: int, tmp_path: Path) -> None:
    assert fuzz(seed, 400, tmp_path) >= 1
    assert not list(tmp_path.rglob("crashes/*"))


def fail(*_: object) -> None:
    raise ValueError(SECRET)


async def test_a_command_that_fails_is_said_and_everything_else_goes_on(
    record: Record, monkeypatch: pytest.MonkeyPatch, faults_are_taken: None
) -> None:
    monkeypatch.setattr(navigation, "duration", fail)
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        await pilot.press("slash", *SECRET, "enter", "d", "j")
        await until(pilot, lambda: any("by a fault of the inspector" in said for said in notices(pilot.app)))
        assert pilot.app.is_running
        assert screen.stream.cursor is not None
    (report,) = crash_folder().iterdir()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    text = report.read_text()
    assert "builtins.ValueError" in text
    assert "terminal 120x36" in text
    assert "last keys: slash text text" in text
    assert text.partition("last keys: ")[2].partition("\n")[0].endswith("enter d")
    for mine in (SECRET, screen.source.path, str(Path.home()), str(Path(sys.prefix)), "claude-test"):
        assert mine not in text


async def test_a_thread_that_fails_is_said(record: Record, faults_are_taken: None) -> None:
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        await settled(pilot)
        thread = threading.Thread(target=fail)
        thread.start()
        await until(pilot, lambda: bool(notices(pilot.app)))
        thread.join()
        assert pilot.app.is_running
    assert len(list(crash_folder().iterdir())) == 1


async def test_a_menu_takes_one_choice(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("y")
        menu = pilot.app.screen
        assert isinstance(menu, MenuScreen)
        for _ in range(3):
            menu.dismiss("e")
        await pilot.pause()
        assert pilot.app.screen is screen


CRASHING = """
import sys
from inspector.tui.screens.stream import StreamScreen
from inspector.tui import run
def fail(self):
    secret = "a local value"
    raise ValueError("a message with content")
StreamScreen.on_timeline_list_turned = fail
sys.exit(run(sys.argv[1:]))
"""


def test_what_cannot_be_survived_is_one_line_and_status_1(record: Record, tmp_path: Path) -> None:
    terminal = Terminal("-c", CRASHING, str(record()), XDG_STATE_HOME=str(tmp_path), COLUMNS="400")
    try:
        terminal.read_until("● complete".encode())
        before = len(terminal.painted)
        terminal.press(b"\x1b[<65;9;9M", "fault of the inspector")
        assert terminal.wait() == 1
        (report,) = (tmp_path / "inspector" / "crashes").iterdir()
        said = ESCAPE.sub(b"", terminal.painted[before:]).decode("utf-8", "replace")
        last = said.strip().splitlines()[-1]
        assert last.endswith(f"send {report}, it holds nothing of what was shown")
        assert "(ValueError)" in last
        for never in ("a local value", "a message with content", "Traceback"):
            assert never not in said
            assert never not in report.read_text()
    finally:
        terminal.close()
