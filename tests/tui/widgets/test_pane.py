"""Reading in a pane: its own scrolling, the way into it and back, the wheel."""

from textual import events

from inspector.tui.widgets.pane import PaneView
from inspector.tui.widgets.timeline_list import TimelineList
from tests.streams import Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, pane_text, read_through, settled, shown, wheel

LINES = [start(), *block(0, *(text(f"line {at}\n\n") for at in range(200)), type="text", text=""), *finish()]


async def test_a_pane_is_scrolled_without_going_into_it(record: Record) -> None:
    async with app_on(record(LINES)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        pane = screen.query_one("#message", PaneView)
        tops = []
        for key in ("J", "J", "shift+down", "K", "shift+up", "K", "K"):
            await pilot.press(key)
            await pilot.pause()
            tops.append(pane.scroll_offset.y)
        assert tops == [1, 2, 3, 2, 1, 0, 0]
        assert screen.stream.cursor is None
        assert screen.focused is screen.query_one(TimelineList)


async def test_into_the_pane_and_back(record: Record) -> None:
    async with app_on(record(LINES)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        pane = screen.query_one("#message", PaneView)
        await pilot.press("enter", "j", "j", "k")
        await pilot.pause()
        assert (screen.focused, pane.scroll_offset.y, screen.stream.cursor) == (pane, 1, None)
        await pilot.press("ctrl+f")
        assert pane.scroll_offset.y == pane.size.height
        await pilot.press("ctrl+b")
        assert pane.scroll_offset.y == 1
        # The first one goes to the end of what has been made, and more is made there.
        await pilot.press("G")
        await pilot.pause()
        await pilot.press("G")
        await pilot.pause()
        assert "line 199" in pane_text(screen)
        assert "end_turn" in pane_text(screen)
        await pilot.press("g")
        await pilot.pause()
        assert "line 0" in pane_text(screen)
        await pilot.press("enter", "j")
        await pilot.pause()
        assert (screen.focused, screen.stream.cursor) == (screen.query_one(TimelineList), 1)


async def test_escape_leaves_the_pane_before_it_gives_up_the_cursor(record: Record) -> None:
    async with app_on(record(LINES)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("G", "z")
        await pilot.pause()
        assert not screen.query_one(TimelineList).display
        await pilot.press("escape")
        await pilot.pause()
        assert screen.query_one(TimelineList).display
        assert (screen.focused, screen.stream.cursor) == (screen.query_one(TimelineList), len(LINES))
        await pilot.press("Z")
        await pilot.pause()
        assert not screen.query_one("#side").display
        await pilot.press("escape")
        await pilot.pause()
        assert screen.query_one("#side").display
        assert screen.stream.cursor == len(LINES)
        await pilot.press("escape")
        assert screen.stream.cursor is None


async def test_the_keys_stay_with_the_panes_when_another_is_shown(record: Record) -> None:
    async with app_on(record(LINES)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("enter", "4")
        await pilot.pause()
        assert screen.focused is screen.query_one("#event", PaneView)
        await pilot.press("tab")
        await pilot.pause()
        assert screen.focused is screen.query_one("#timing", PaneView)


async def test_the_wheel_scrolls_what_it_is_over(record: Record) -> None:
    async with app_on(record(LINES)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        pane = screen.query_one("#message", PaneView)
        before = shown(screen, "#timeline")
        x, y = pane.region.x + 5, pane.region.y + 5
        for _ in range(3):
            await wheel(pilot, events.MouseScrollDown, x, y)
        down = pane.scroll_offset.y
        assert down > 0
        await wheel(pilot, events.MouseScrollUp, x, y)
        assert 0 < pane.scroll_offset.y < down
        assert (shown(screen, "#timeline"), screen.stream.cursor) == (before, None)


async def test_the_wheel_brings_what_was_left_out(record: Record) -> None:
    many = [event for at in range(300) for event in block(at, text(f"b{at}"), type="text", text="")]
    async with app_on(record([start(), *many, *finish()])).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert "blocks after" in read_through(screen.pane)[-1]
        await pilot.press("enter", "G")
        await pilot.pause()
        await pilot.press("G")
        await pilot.pause()
        assert "b299" in pane_text(screen)
        assert "end_turn" in pane_text(screen)
