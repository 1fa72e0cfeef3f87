"""Dragging selects what is seen, wherever there is text, and ctrl+c leaves whatever is selected."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.widgets.selection import Selectable
from tests.streams import Record
from tests.support import RECORDINGS
from tests.tui.conftest import app_on, help_shown, notices, settled, until
from tests.tui.test_crash import typed


async def drag(pilot: Pilot[Any], widget: Widget, start: tuple[int, int], end: tuple[int, int]) -> None:
    """From a cell of a widget's content to another one, as a terminal reports it."""
    left, top = widget.content_region.offset
    places = [(left + x + 1, top + y + 1) for x, y in (start, end)]
    for report, (x, y) in (
        (b"\x1b[<0;%d;%dM", places[0]),
        (b"\x1b[<32;%d;%dM", places[1]),
        (b"\x1b[<0;%d;%dm", places[1]),
    ):
        await typed(pilot, report % (x, y))


def row(widget: Selectable, y: int) -> str:
    return widget.render_line(y).text


def inverted(widget: Selectable, y: int) -> str:
    return "".join(text for text, style, _ in widget.render_line(y) if style and style.reverse)


@pytest.mark.parametrize("color", [True, False])
async def test_a_drag_selects_inverts_and_copies(record: Record, color: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        timeline = screen.timeline
        await drag(pilot, timeline, (3, 1), (20, 3))
        wanted = "\n".join(line.rstrip() for line in (row(timeline, 1)[3:], row(timeline, 2), row(timeline, 3)[:21]))
        assert pilot.app.clipboard == wanted
        assert inverted(timeline, 1) == row(timeline, 1)[3:]
        assert inverted(timeline, 3) == row(timeline, 3)[:21]
        assert not inverted(timeline, 4)
        await until(pilot, lambda: any("copied what is selected" in said for said in notices(pilot.app)))
        # It was no click.
        assert screen.stream.cursor is None
        await pilot.press("escape")
        assert not inverted(timeline, 2)


async def test_backwards_in_a_pane_and_a_click_still_clicks(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        pane = screen.pane
        await drag(pilot, pane, (9, 3), (2, 1))
        wanted = [line.rstrip() for line in (row(pane, 1)[2:], row(pane, 2), row(pane, 3)[:10])]
        assert pilot.app.clipboard == "\n".join(wanted).strip("\n")
        await drag(pilot, screen.timeline, (5, 4), (5, 4))
        assert screen.stream.cursor == 5
        assert not pane.selected_text


async def test_y_copies_what_is_selected_and_the_menu_comes_without(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await drag(pilot, screen.timeline, (0, 0), (30, 0))
        for key in ("y", "ctrl+shift+c"):
            pilot.app.copy_to_clipboard("other")
            await pilot.press(key)
            assert pilot.app.clipboard == row(screen.timeline, 0)[:31].rstrip()
        await pilot.press("escape", "y")
        assert isinstance(pilot.app.screen, MenuScreen)


async def test_beyond_the_edge_it_scrolls() -> None:
    async with app_on(RECORDINGS[0]).run_test(size=(120, 24)) as pilot:
        screen = await settled(pilot)
        timeline = screen.timeline
        left, top = timeline.content_region.offset
        await typed(pilot, b"\x1b[<0;%d;%dM" % (left + 1, top + 3))
        for _ in range(5):
            await typed(pilot, b"\x1b[<32;%d;24M" % (left + 9))
        await typed(pilot, b"\x1b[<0;%d;24m" % (left + 9))
        assert timeline.scroll_offset.y == 5
        assert len(pilot.app.clipboard.splitlines()) == timeline.content_size.height + 5 - 2


@pytest.mark.parametrize("place", ["timeline", "pane", "help", "list", "nothing"])
async def test_ctrl_c_leaves(record: Record, place: str, tmp_path: Path) -> None:
    app = app_on(RECORDINGS[0].parent if place == "list" else record())
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen: Any = app.screen
        if isinstance(screen, StreamScreen):
            await settled(pilot)
        if place == "help":
            await pilot.press("question_mark")
            await help_shown(pilot)
        if place != "nothing":
            id = {"timeline": "#timeline", "pane": "PaneView.-shown", "help": "#help", "list": "#choices"}[place]
            app.copy_to_clipboard("")
            await drag(pilot, app.screen.query_one(id), (2, 1), (30, 2))
            assert app.clipboard
        before = app.clipboard
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running or app._exit)
        assert app.clipboard == before
    assert app.return_code == 0
