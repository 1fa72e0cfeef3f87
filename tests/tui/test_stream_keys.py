"""Every key of a stream's screen, typed into the real application."""

from pathlib import Path

import pytest

from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.text_screen import ContentScreen
from inspector.tui.widgets.pane import PaneView
from inspector.tui.widgets.seek_bars import Lanes
from inspector.tui.widgets.timeline_list import TimelineList
from tests.streams import FIRST_TEXT, HALF_INPUT, MS, PING, STREAM, Record
from tests.support import block, input_json, start
from tests.tui.conftest import HOURS, app_on, pane_text, read_through, settled, shown, until

LAST = len(STREAM)


async def cursor_after(path: Path, *keys: str) -> int | None:
    """Where the cursor is after these keys."""
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        return screen.stream.cursor


MOVES = {
    "": None,
    "j": 1,
    "down down": 2,
    "j j k": 1,
    "j up": 1,
    "G": LAST,
    "end": LAST,
    "end home": 1,
    "G g": 1,
    "pagedown": LAST,
    "G pageup": 1,
    "right_square_bracket right_square_bracket": 2,
    "j j left_square_bracket": 1,
    "j j right": 3,
    "j j left": 1,
    "j escape": None,
    "b": 2,
    "b b": 6,
    "b b B": 2,
    "colon 7 enter t": 8,
    "G t": LAST,
    "colon 7 enter": 7,
    "j colon plus 3 enter": 4,
    "colon 5 0 percent_sign enter": 9,
    "colon b 2 enter": 12,
    "colon 4 6 0 m s enter": 3,
    "j colon plus 4 0 m s enter": 3,
    "colon 9 9 9 enter": None,
    "colon 7 escape": None,
}


@pytest.mark.slow
async def test_moving(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        reached = {}
        for keys in MOVES:
            await pilot.press(*keys.split())
            await pilot.pause()
            reached[keys] = screen.stream.cursor
            screen.stream.release()
        assert reached == MOVES


async def test_long_gaps(record: Record) -> None:
    path = record(gaps={8: 900 * MS, 15: 2000 * MS})
    assert await cursor_after(path, "d") == 8
    assert await cursor_after(path, "d", "d") == 15
    assert await cursor_after(path, "d", "d", "D") == 8


async def test_everything_is_as_of_the_cursor(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert "Hello wide 日本 world" in pane_text(screen)
        await pilot.press("colon", *str(FIRST_TEXT), "enter")
        assert "Hello" in pane_text(screen)
        assert "wide" not in pane_text(screen)
        assert f"{FIRST_TEXT} of {LAST}" in shown(screen, "#status")
        await pilot.press("escape")
        assert "world" in pane_text(screen)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("1", "Hello wide"),
        ("2", "let me see"),
        ("3", 'city: "Paris"'),
        ("4", "event 1"),
        ("5", "median gap"),
        ("6", "info"),
    ],
)
async def test_the_panes(record: Record, key: str, says: str) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert says in pane_text(screen)


async def test_tab_goes_round_the_panes(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        seen = []
        for _ in range(7):
            seen.append(screen.query_one("PaneView.-shown").id)
            await pilot.press("tab")
        assert seen == ["message", "thinking", "tool-input", "event", "timing", "findings", "message"]
        await pilot.press("shift+tab", "shift+tab")
        assert screen.query_one("PaneView.-shown").id == "findings"


async def test_half_of_a_tool_input(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *str(HALF_INPUT), "enter", "3")
        await pilot.pause()
        assert 'city: "Par"▌' in pane_text(screen)
        assert '{▸"city":"Par▌' in pane_text(screen)


async def test_the_event_is_shown_exactly_and_explained(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 60)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *str(PING), "enter", "4")
        await pilot.pause()
        said = pane_text(screen)
        assert f"event {PING}" in said
        assert "event: ping␊" in said
        assert 'data: {"type":"ping"}␊' in said
        assert f"read {PING}" in said
        await pilot.press("x")
        assert "65 76 65 6e 74 3a 20 70" in pane_text(screen)


async def test_search_goes_to_matches_as_it_is_typed(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("j", "slash", *"wor")
        await until(pilot, lambda: screen.stream.cursor == 9)
        await pilot.press("enter")
        await until(pilot, lambda: "/wor 1/1" in str(screen.query_one(TimelineList).border_subtitle))
        await pilot.press("slash", *"city", "enter")
        await until(pilot, lambda: not (screen.stream.search is None or not screen.stream.search.done))
        assert list(screen.stream.search.matches) == [HALF_INPUT]


async def test_search_finds_text_that_came_in_pieces(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("slash", *"Hello", "space", *"wide", "enter")
        await until(pilot, lambda: screen.stream.cursor == FIRST_TEXT)
        await pilot.press("slash", *"ping", "enter")
        await until(pilot, lambda: screen.stream.cursor == PING)
        await until(pilot, lambda: screen.stream.search is not None and screen.stream.search.done)
        await pilot.press("n")
        assert screen.stream.cursor == PING
        await pilot.press("N")
        assert screen.stream.cursor == PING


async def test_what_is_found_stands_out(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("slash", *"ello", "enter")
        await until(pilot, lambda: screen.stream.cursor == FIRST_TEXT)
        await pilot.pause()
        pane = screen.query_one("#message", PaneView)
        reversed_text = [
            segment.text
            for y in range(pane.content_size.height)
            for segment in pane.render_line(y)
            if segment.style and segment.style.reverse
        ]
        assert reversed_text == ["ello"]


@pytest.mark.slow
async def test_a_large_tool_input_is_parsed_when_the_cursor_rests(record: Record) -> None:
    pieces = ['{"rows":[', *(f'"{"x" * 60}",' for _ in range(6000)), '"end"]}']
    path = record([start(), *block(0, *map(input_json, pieces), type="tool_use", id="t", name="n", input={})], step=1)
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("3", "colon", *"5000", "enter")
        pane = screen.query_one("#tool-input", PaneView)
        await until(pilot, lambda: "xxxxx" in "".join(read_through(pane)[:20]))


async def test_leaving_the_search_goes_back(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("j", "j", "slash", *"world")
        await until(pilot, lambda: screen.stream.cursor == 9)
        await pilot.press("escape")
        await pilot.pause()
        assert (screen.stream.cursor, screen.stream.search) == (2, None)


async def test_filter(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"ping", "enter")
        await until(pilot, lambda: "filter: ping (1 of 18)" in str(screen.query_one(TimelineList).border_subtitle))
        await pilot.press("j")
        assert screen.stream.cursor == PING
        await pilot.press("F")
        await pilot.pause()
        assert len(screen.stream.rows) == LAST
        await pilot.press("f", *"nothing-like-this", "enter")
        await until(pilot, lambda: "nothing passes the filter" in shown(screen, "#timeline"))


async def test_markers_stop_the_player(record: Record) -> None:
    async with app_on(record(step=1)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "5", "enter", "m", *"here", "enter")
        assert screen.stream.markers == {5: "here"}
        await pilot.press("g", "space")
        await until(pilot, lambda: not (screen.playback.playing))
        assert screen.stream.cursor == 5
        await pilot.press("g", "apostrophe")
        assert screen.stream.cursor == 5
        await pilot.press("m")
        assert screen.stream.markers == {}


async def test_play_pause_and_speed(record: Record) -> None:
    async with app_on(record(step=1)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert screen.playback.speed == 2
        await pilot.press("space")
        await until(pilot, lambda: not (screen.playback.playing))
        assert screen.stream.cursor == LAST


async def test_space_pauses_what_it_plays(record: Record) -> None:
    async with app_on(record(gaps={2: HOURS})).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("space")
        assert screen.playback.playing
        await pilot.press("space")
        assert not screen.playback.playing
        assert screen.stream.cursor == 1


async def test_findings_are_reached(record: Record) -> None:
    path = record([event for event in STREAM if event["type"] != "message_stop"], end="eof")
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert screen.stream.findings
        await pilot.press("e")
        assert screen.stream.cursor == min(screen.stream.findings)


async def test_copying(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *str(FIRST_TEXT), "enter", "y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, MenuScreen)
        await pilot.press("t")
        await pilot.pause()
        assert pilot.app.clipboard == "Hello "
        await pilot.press("y", "e")
        await pilot.pause()
        assert '"text": "Hello "' in pilot.app.clipboard
        await pilot.press("y", "c")
        await pilot.pause()
        assert pilot.app.clipboard.startswith("curl -N -X POST https://api.anthropic.com/v1/messages")
        assert '-H "x-api-key: $ANTHROPIC_API_KEY"' in pilot.app.clipboard
        assert "redacted" not in pilot.app.clipboard
        assert screen is pilot.app.screen


async def test_help_and_request(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape", "r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ContentScreen)
        assert "Weather?" in shown(pilot.app.screen, "PaneView")
        assert "[redacted]" in shown(pilot.app.screen, "PaneView")
        assert "secret" not in shown(pilot.app.screen, "PaneView")


async def test_zoom(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("z")
        await pilot.pause()
        assert not screen.query_one(TimelineList).display
        assert screen.query_one("PaneView.-shown").size.width > 100
        await pilot.press("escape")
        await pilot.pause()
        assert screen.query_one(TimelineList).display
        await pilot.press("Z")
        await pilot.pause()
        assert not screen.query_one("#side").display


async def test_the_mouse(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.click("#timeline", offset=(5, 3))
        assert screen.stream.cursor == 3
        await pilot.click(Lanes, offset=(119, 1))
        assert screen.stream.cursor == LAST
        await pilot.click("#tabs", offset=(14, 0))
        await pilot.pause()
        assert screen.query_one("PaneView.-shown").id == "thinking"


async def test_quit(record: Record) -> None:
    async with app_on(record()).run_test() as pilot:
        await settled(pilot)
        assert pilot.app.return_code is None
        await pilot.press("q")
    assert pilot.app.return_code == 0


async def test_the_palette_has_every_command(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        titles = {command.title for command in pilot.app.get_system_commands(screen)}
        assert {
            "Play or pause",
            "Next finding: errors first, then warnings, then infos",
            "Help",
            "Theme",
            "Quit",
        } <= titles
