"""The lanes: pointing at a moment, and dragging through time."""

from inspector.panes.lanes import LABEL
from inspector.tui.widgets.seek_bars import Lanes
from tests.streams import STREAM, Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, settled, shown

LAST = len(STREAM)
# Where the axis begins: behind the names and the padding.
AXIS = LABEL + 1


async def test_a_drag_goes_through_time(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.mouse_down(Lanes, offset=(AXIS + 1, 0))
        seen = [screen.stream.cursor]
        for column in range(AXIS + 10, 119, 10):
            await pilot.hover(Lanes, offset=(column, 0))
            await pilot.pause()
            seen.append(screen.stream.cursor)
            assert f"{screen.stream.cursor} of {LAST}" in shown(screen, "#status")
        places = [place for place in seen if place is not None]
        assert len(places) == len(seen)
        assert places == sorted(places)
        assert len(set(places)) > 5
        await pilot.hover(Lanes, offset=(AXIS + 1, 0))
        await pilot.pause()
        assert screen.stream.cursor == places[0]
        await pilot.mouse_up(Lanes, offset=(AXIS + 1, 0))
        await pilot.hover(Lanes, offset=(118, 0))
        await pilot.pause()
        assert screen.stream.cursor == places[0], "the drag is over"


async def test_a_drag_that_leaves_the_lanes_goes_on(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.mouse_down(Lanes, offset=(AXIS + 60, 0))
        middle = screen.stream.cursor
        assert middle is not None
        # Over the list, further to the right; then left of the axis, and far below.
        await pilot.hover("#timeline", offset=(45, 3))
        await pilot.pause()
        earlier = screen.stream.cursor
        assert earlier is not None
        assert earlier < middle
        await pilot.hover(offset=(0, 0))
        await pilot.pause()
        assert screen.stream.cursor == 1
        await pilot.hover(offset=(119, 35))
        await pilot.pause()
        assert screen.stream.cursor == LAST
        await pilot.mouse_up(offset=(119, 35))
        await pilot.hover(offset=(60, 20))
        await pilot.pause()
        assert screen.stream.cursor == LAST


async def test_the_names_are_no_moment(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.click(Lanes, offset=(3, 0))
        assert screen.stream.cursor is None
        await pilot.mouse_down(Lanes, offset=(3, 0))
        await pilot.hover(Lanes, offset=(90, 0))
        await pilot.mouse_up(Lanes, offset=(90, 0))
        assert screen.stream.cursor is None


async def test_the_lane_at_the_cursor_is_in_sight(record: Record) -> None:
    blocks = [event for at in range(50) for event in block(at, text("x"), type="text", text="")]
    async with app_on(record([start(), *blocks, *finish()])).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert shown(screen, "#lanes").startswith("0 text")
        for place, name in (("b25", "25 text"), ("b49", "49 text"), ("b0", "0 text")):
            await pilot.press("colon", *place, "enter")
            await pilot.pause()
            assert any(line.startswith(name) for line in shown(screen, "#lanes").splitlines())
        assert "+44 blocks" in shown(screen, "#lanes")
