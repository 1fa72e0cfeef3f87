"""Panes: which one is in sight, how much room it has, by keys and by mouse; and what is kept of it."""

from typing import Any

import pytest
from textual.pilot import Pilot

from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.settings import Options, Settings, load_settings
from inspector.tui.widgets.timeline_list import TimelineList
from tests.streams import Record
from tests.tui.conftest import app_on, painted, pane_text, settled, shown

WIDE, NARROW = (120, 36), (80, 24)


def in_sight(screen: StreamScreen) -> set[str]:
    """Which of the large parts are shown."""
    return {name for name in ("#timeline", "#side", "#lanes") if screen.query_one(name).display}


async def click_word(pilot: Pilot[Any], row: int, word: str, times: int = 1) -> None:
    """Clicks on a word that stands in a row of the screen."""
    at = painted(pilot.app.screen)[row].text.index(word)
    await pilot.click(offset=(at, row), times=times)
    await pilot.pause()


def row_of(screen: StreamScreen, word: str) -> int:
    return next(at for at, row in enumerate(painted(screen)) if word in row.text)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_zoom_and_hide_by_mouse(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        assert in_sight(screen) == {"#timeline", "#side", "#lanes"}
        await click_word(pilot, row_of(screen, "hide Z"), "hide")
        assert in_sight(screen) == {"#timeline"}
        await click_word(pilot, row_of(screen, "show the panes"), "show")
        assert in_sight(screen) == {"#timeline", "#side", "#lanes"}
        await click_word(pilot, row_of(screen, "zoom z"), "zoom")
        assert in_sight(screen) == {"#side"}
        await click_word(pilot, row_of(screen, "back z"), "back")
        assert in_sight(screen) == {"#timeline", "#side", "#lanes"}
        await click_word(pilot, row_of(screen, "3 tool input"), "3 tool", times=2)
        assert in_sight(screen) == {"#side"}
        assert 'city: "Paris"' in pane_text(screen)


async def test_the_footer_is_clicked(record: Record) -> None:
    async with app_on(record()).run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        await click_word(pilot, row_of(screen, "[ ] step"), "step")
        assert screen.stream.cursor == 1
        await click_word(pilot, row_of(screen, "[ ] step"), "filter")
        await pilot.press(*"ping", "enter")
        await pilot.pause()
        assert screen.stream.filter_text == "ping"


async def test_a_number_shows_panes_that_were_hidden(record: Record) -> None:
    async with app_on(record()).run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        await pilot.press("Z", "4")
        await pilot.pause()
        assert in_sight(screen) == {"#timeline", "#side", "#lanes"}
        assert "event 1" in pane_text(screen)


@pytest.mark.parametrize(("size", "part"), [(WIDE, "width"), (NARROW, "height")])
async def test_the_border_is_dragged_and_its_place_kept(record: Record, size: tuple[int, int], part: str) -> None:
    path = record()
    sources = find([str(path)])
    async with InspectorApp(sources, Options(), settings=Settings()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        side = screen.query_one("#side")
        x, y = (side.region.x, side.region.y + 5) if part == "width" else (5, side.region.y)
        before = getattr(side.outer_size, part)
        await pilot.mouse_down(offset=(x, y))
        await pilot.hover(offset=(x - 10, y) if part == "width" else (x, y - 3))
        await pilot.mouse_up()
        await pilot.pause()
        after = getattr(side.outer_size, part)
        assert after > before
        await pilot.hover(offset=(30, 5))
        assert getattr(side.outer_size, part) == after, "the drag is over"
    async with InspectorApp(find([str(path)]), Options(), settings=load_settings()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        assert getattr(screen.query_one("#side").outer_size, part) == after


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_panes_grow_and_shrink_by_keys(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        side = screen.query_one("#side")
        part = "width" if size == WIDE else "height"
        first = getattr(side.outer_size, part)
        await pilot.press("plus", "plus")
        await pilot.pause()
        larger = getattr(side.outer_size, part)
        assert larger > first
        await pilot.press(*["minus"] * 40)
        await pilot.pause()
        least = getattr(side.outer_size, part)
        assert 0 < least < first
        await pilot.press(*["equals_sign"] * 40)
        await pilot.pause()
        assert getattr(side.outer_size, part) > larger
        assert getattr(screen.query_one(TimelineList).outer_size, part) > 3


async def test_a_pane_that_fails_is_said_and_the_others_go_on(record: Record) -> None:
    async with app_on(record()).run_test(size=WIDE) as pilot:
        screen = await settled(pilot)
        # What no rule of ours allows, and so what a fault of ours may do.
        screen.stream.diagnosed = [None]  # type: ignore[list-item]
        await pilot.press("6", "j")
        await pilot.pause()
        assert "✗ this cannot be drawn: AttributeError" in pane_text(screen)
        assert "findings.py" in pane_text(screen)
        await pilot.press("1")
        await pilot.pause()
        assert "1 of" in shown(screen, "#status")
        await pilot.press("G")
        await pilot.pause()
        assert "Hello wide 日本 world" in pane_text(screen)
