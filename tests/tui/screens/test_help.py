"""The help: every key of a screen under its heading, in one column or two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.panes.drawing.lines import Line, width_of
from inspector.tui.commands import Command
from inspector.tui.screens.help import HelpScreen, help_lines
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.settings import settings_path
from inspector.tui.widgets.line_list import LineList
from tests.streams import Record
from tests.tui.conftest import app_on, help_shown, settled, shown, until

GROUPS = ("moving", "time", "finding", "taking", "panes", "screen")


def text(lines: list[Line]) -> str:
    return "\n".join("".join(piece for piece, _ in line) for line in lines)


async def test_every_key_of_the_stream_stands_under_a_heading(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        said = shown(pilot.app.screen, "#help")
        for group in GROUPS:
            assert any(group in row.split() for row in said.splitlines())
        assert "space  Play or pause" in said
        assert "n  N  Next match · previous match" in said
        assert "S  Search all streams of the session" in said
        assert "q ctrl+q ctrl+c  Quit" in said
        assert "Copy selected text" not in said
        assert "screen.json" in said


async def test_what_the_help_says_of_ctrl_c_is_so(record: Record) -> None:
    app = app_on(record())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c")
        await pilot.pause()
    assert app.return_code == 0


async def test_two_columns_where_there_is_room(record: Record) -> None:
    path = record()
    for size, columns in (((120, 36), 2), ((80, 24), 1)):
        async with app_on(path).run_test(size=size) as pilot:
            await settled(pilot)
            await pilot.press("question_mark")
            await help_shown(pilot)
            first = shown(pilot.app.screen, "#help").splitlines()[0]
            assert len(first.split()) == columns


async def test_moving_in_the_help(record: Record) -> None:
    async with app_on(record()).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        lines = pilot.app.screen.query_one(LineList)
        last, page = lines.max_scroll_y, lines.page
        assert last > page
        for key, at in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("pagedown", page), ("pageup", 0), ("space", page), ("b", 0),
            ("ctrl+f", page), ("ctrl+b", 0), ("G", last), ("g", 0), ("end", last), ("home", 0),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, lambda at=at: lines.scroll_offset.y == at)
        await pilot.press("G")
        assert settings_path().name in shown(pilot.app.screen, "#help").replace("\n", "")


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
async def test_closing_the_help(record: Record, key: str) -> None:
    async with app_on(record()).run_test() as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, StreamScreen)


async def test_the_help_follows_the_size_of_the_terminal(record: Record) -> None:
    async with app_on(record()).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        await pilot.resize_terminal(160, 60)
        await until(pilot, lambda: len(shown(pilot.app.screen, "#help").splitlines()[0].split()) == 2)


def test_the_home_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/home/someone/.local/state")
    monkeypatch.setenv("HOME", "/home/someone")
    assert '"keys" in ~/.local/state/inspector/screen.json' in text(help_lines([], 120))


COMMANDS = st.builds(
    Command,
    st.sampled_from(["move(1)", "move(-1)", "play", "search"]),
    st.text(alphabet="abc ", min_size=1, max_size=80),
    st.sampled_from(["j", "ctrl+f pgdn", "shift+down"]),
    st.sampled_from(["moving", "time", "screen"]),
)


@given(st.lists(COMMANDS, max_size=12), st.integers(50, 200))
def test_no_line_is_wider_than_the_window(commands: list[Command], width: int) -> None:
    for line in help_lines(commands, width):
        assert width_of(line) <= width
