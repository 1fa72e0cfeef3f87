"""The names of the panes: clicked, and where there is no room for them."""

import pytest

from inspector.tui.widgets.buttons import Tabs
from tests.streams import Record
from tests.tui.conftest import app_on, settled, shown

NAMES = ("message", "thinking", "tool-input", "event", "timing", "findings")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 24)])
async def test_every_name_is_clicked_wherever_it_stands(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        for number, name in [*enumerate(NAMES, 1), (1, "message")]:
            start = f" {shown(screen, '#tabs')} ".index(f" {number} ")
            await pilot.click(Tabs, offset=(start, 0))
            await pilot.pause()
            assert screen.query_one("PaneView.-shown").id == name
            assert f"{number} {name.replace('-', ' ')}" in shown(screen, "#tabs"), "the chosen one has its whole name"


async def test_where_there_is_no_room_the_others_are_cut(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("3")
        await pilot.resize_terminal(44, 24)
        await pilot.pause()
        assert shown(screen, "#tabs") == "1 mes 2 thi 3 tool input 4 eve 5 tim 6 fin"
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert "1 message 2 thinking 3 tool input 4 event 5 timing 6 findings" in shown(screen, "#tabs")


async def test_beside_the_names_is_nothing(record: Record) -> None:
    async with app_on(record()).run_test(size=(200, 36)) as pilot:
        screen = await settled(pilot)
        tabs = screen.query_one(Tabs)
        await pilot.press("2")
        await pilot.pause()
        await pilot.click(Tabs, offset=(tabs.size.width - 1, 0))
        await pilot.pause()
        assert screen.query_one("PaneView.-shown").id == "thinking"
