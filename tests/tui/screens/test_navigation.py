"""Ways through time that have a key of their own, there and back."""

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from inspector.tui.widgets.timeline_list import TimelineList
from tests.streams import MS, STREAM, Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, notices, settled, shown, until, wheel

LAST = len(STREAM)
MANY = [start(), *block(0, *(text(f"w{at}") for at in range(100)), type="text", text=""), *finish()]


async def told(pilot: Pilot[Any], what: str) -> None:
    """Waits until the screen says this, and nothing else any more."""
    await until(pilot, lambda: [what in notice for notice in notices(pilot.app)] == [True])


async def test_back_through_events_of_a_type(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "9", "enter", "T")
        assert screen.stream.cursor == 8
        await pilot.press("T")
        assert screen.stream.cursor == 7
        await pilot.press("T")
        await told(pilot, "no earlier event of this type")
        assert screen.stream.cursor == 7
        await pilot.press("escape", "colon", *"nowhere", "enter")
        await told(pilot, "there is no 'nowhere'")
        # message_stop comes once.
        await pilot.press("T")
        await told(pilot, "no earlier event of this type")


async def test_findings_there_and_back(record: Record) -> None:
    stream = [*STREAM[:3], {"type": "shiny", "index": 0}, *STREAM[3:-1]]
    async with app_on(record(stream, end="eof")).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        found = screen.stream.diagnosed
        assert found
        assert len({finding.severity for finding in found}) > 1
        there, back = [], []
        for _ in found:
            await pilot.press("e")
            there.append(screen.stream.looked_at)
            assert screen.stream.cursor in (found[len(there) - 1].event, None) or found[len(there) - 1].event is None
        await pilot.press("e")
        await told(pilot, "no further finding")
        # The worst first, as they stand in the pane.
        assert there == found
        for _ in found[1:]:
            await pilot.press("E")
            back.append(screen.stream.looked_at)
        assert back == found[-2::-1]
        await pilot.press("E")
        await told(pilot, "no earlier finding")
        await pilot.press("escape", "E")
        assert screen.stream.looked_at is found[-1]


async def test_long_gaps_there_and_back(record: Record) -> None:
    path = record(gaps={5: 900 * MS, 8: 950 * MS, 15: 2000 * MS})
    async with app_on(path).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        seen = []
        for key in ("D", "D", "D", "D", "d"):
            await pilot.press(key)
            seen.append(screen.stream.cursor)
        assert seen == [15, 8, 5, 5, 8]
        await told(pilot, "no earlier gap above")


async def test_markers_there_and_back(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        await pilot.press("quotation_mark")
        await told(pilot, "no earlier marker (m sets one)")
        await pilot.press("m")
        await told(pilot, "a marker is set at the cursor: move first")
        for n, name in (("3", "first"), ("7", ""), ("1", "third")):
            await pilot.press("colon", n, "enter", "m", *name, "enter")
        assert screen.stream.markers == {3: "first", 7: "marker 2", 1: "third"}
        assert "◆ 3" in str(screen.query_one(TimelineList).border_subtitle)
        visited = []
        for key in ("apostrophe", "apostrophe", "apostrophe", "quotation_mark", "quotation_mark", "quotation_mark"):
            await pilot.press(key)
            await pilot.pause()
            visited.append(screen.stream.cursor)
        assert visited == [3, 7, 7, 3, 1, 1]
        await pilot.press("escape", "quotation_mark")
        assert screen.stream.cursor == 7
        assert shown(screen, "#timeline").count("◆") == 3


async def test_playing_passes_markers_if_it_is_told_to(record: Record) -> None:
    async with app_on(record(step=1)).run_test(size=(120, 36), notifications=True) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "5", "enter", "m", "enter", "M")
        await told(pilot, "playing passes markers")
        await pilot.press("g", "space")
        await until(pilot, lambda: not screen.playback.playing)
        assert screen.stream.cursor == LAST
        await pilot.press("M", "g", "space")
        await until(pilot, lambda: not screen.playback.playing)
        assert screen.stream.cursor == 5


@pytest.mark.parametrize(("forward", "back"), [("ctrl+f", "ctrl+b"), ("pagedown", "pageup")])
async def test_pages(record: Record, forward: str, back: str) -> None:
    async with app_on(record(MANY)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        page = screen.timeline.scrollable_content_region.height - 1
        await pilot.press(forward, forward)
        assert screen.stream.cursor == 2 * page
        await pilot.press(back)
        assert screen.stream.cursor == page
        assert f"w{page - 3}" in shown(screen, "#timeline")
        await pilot.press(*[back] * 3)
        assert screen.stream.cursor == 1
        await pilot.press(*[forward] * 9)
        assert screen.stream.cursor == len(MANY)


async def test_the_wheel_moves_the_list_and_not_the_cursor(record: Record) -> None:
    async with app_on(record(MANY)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert "message_start" in shown(screen, "#timeline")
        place = screen.timeline.region
        for _ in range(4):
            await wheel(pilot, events.MouseScrollDown, place.x + 5, place.y + 5)
        assert "message_start" not in shown(screen, "#timeline")
        assert screen.stream.cursor is None
        await pilot.press("j")
        await pilot.pause()
        assert screen.stream.cursor == 1
        assert "message_start" in shown(screen, "#timeline")
