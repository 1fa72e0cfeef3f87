"""Searching and filtering: there and back, round the end, and giving up."""

import threading

import pytest
from textual.strip import Strip

from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.timeline_list import TimelineList
from tests.streams import FIRST_TEXT, STREAM, Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, settled, shown, until

# Where the text deltas stand in STREAM, and a tool's fragments.
TEXTS, FRAGMENTS = [7, 8, 9], [13, 14, 15]


async def test_matches_backward_and_round_the_end(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("N")
        assert screen.stream.search is None
        await pilot.press("colon", "8", "enter", "slash", *"input_json", "enter")
        await until(pilot, lambda: screen.stream.search is not None and screen.stream.search.done)
        assert list(screen.stream.search.matches) == FRAGMENTS
        await until(pilot, lambda: screen.stream.cursor == 13)
        seen = []
        for key in ("N", "N", "n", "n", "n"):
            await pilot.press(key)
            seen.append(screen.stream.cursor)
        assert seen == [15, 14, 15, 13, 14]
        await until(pilot, lambda: "/input_json 2/3" in str(screen.query_one(TimelineList).border_subtitle))


async def test_from_no_cursor_the_last_match_is_the_one_before(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("slash", *"text_delta", "enter")
        await until(pilot, lambda: screen.stream.cursor == TEXTS[0])
        await until(pilot, lambda: screen.stream.search is not None and screen.stream.search.done)
        await pilot.press("escape", "N")
        assert screen.stream.cursor == TEXTS[-1]


async def test_leaving_a_search_that_goes_on_ends_it(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "5", "enter", "slash", *"nowhere")
        await pilot.press("escape")
        await pilot.pause()
        assert (screen.stream.search, screen.stream.highlight, screen.stream.cursor) == (None, None, 5)
        assert "nowhere" not in str(screen.query_one(TimelineList).border_subtitle)


async def test_escape_drops_a_filter_only_while_it_looks(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"ping", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 1)
        assert screen.stream.filter is not None
        await until(pilot, lambda: screen.stream.filter is not None and screen.stream.filter.done == len(STREAM))
        await pilot.press("j", "escape")
        await pilot.pause()
        assert (screen.stream.cursor, screen.stream.filter_text) == (None, "ping")
        # As it is when it has just begun: nothing of a large file has been looked through.
        screen.stream.close()
        for thread in threading.enumerate():
            if thread.name == "scanner":
                thread.join()
        screen.stream.filter.done = 0
        assert screen.search.leave_filter()
        assert (screen.stream.filter, len(screen.stream.rows)) == (None, len(STREAM))
        assert not screen.search.leave_filter()


async def test_a_filter_with_nothing_in_it_is_no_filter(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"ping", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 1)
        await pilot.press("f", *["backspace"] * 4, "enter")
        await pilot.pause()
        assert (screen.stream.filter, len(screen.stream.rows)) == (None, len(STREAM))


async def test_the_cursor_stays_where_it_is_when_a_filter_hides_it(record: Record) -> None:
    many = [
        start(),
        *block(0, *(text(f"w{at}") for at in range(60)), type="text", text=""),
        {"type": "ping"},
        *finish(),
    ]
    async with app_on(record(many)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *"30", "enter", "f", *"ping", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 1)
        await pilot.pause()
        assert screen.stream.cursor == 30
        assert "30 of 66" in shown(screen, "#status")
        await pilot.press("F")
        await pilot.pause()
        assert "▶" in next(line for line in shown(screen, "#timeline").splitlines() if '"w27"' in line)


async def test_a_list_that_stays_the_same_is_not_painted_again(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"ping", "enter")
        await until(pilot, lambda: screen.stream.filter is not None and screen.stream.filter.done == len(STREAM))
        await until(pilot, lambda: screen.seen == screen.stream.version and screen.stream.resting)
        timeline = screen.query_one(TimelineList)
        lines: list[int] = []
        asked: list[bool] = []
        render_line, grown = timeline.render_line, timeline.grown

        def painting(y: int) -> Strip:
            lines.append(y)
            return render_line(y)

        def growing() -> None:
            asked.append(True)
            grown()

        monkeypatch.setattr(timeline, "render_line", painting)
        monkeypatch.setattr(timeline, "grown", growing)
        # The clock asks again and again while there is a filter.
        await until(pilot, lambda: len(asked) > 3)
        await pilot.pause()
        assert lines == []
        timeline.refresh()
        await until(pilot, lambda: bool(lines))


async def test_a_click_elsewhere_leaves_the_prompt(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("j", "colon", "1", "2")
        await pilot.click("#timeline", offset=(20, 5))
        await pilot.pause()
        assert not screen.query_one(Prompt).display
        assert screen.stream.cursor == 5, "the click went where it was made"
        await pilot.press("3")
        assert screen.pane.id == "tool-input"


async def test_a_filter_is_asked_for_anew(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"ping", "enter", "f", *"block:1", "enter")
        await pilot.pause()
        assert screen.stream.filter_text == "block:1"


async def test_from_a_row_that_is_not_shown_to_the_next_that_is(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("f", *"text_delta", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 3)
        reached = []
        for keys in (": 2 enter j", ": 2 enter k", ": 1 2 enter k", ": 1 2 enter j"):
            await pilot.press(*keys.replace(":", "colon").split())
            reached.append(screen.stream.cursor)
        assert reached == [FIRST_TEXT, 2, 9, 12]


async def test_what_is_no_expression_is_said_to_be_text(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("slash", "left_square_bracket", "enter")
        await until(pilot, lambda: "as it stands" in str(screen.timeline.border_subtitle))
        await pilot.press("slash", *"nowhere", "enter")
        await until(pilot, lambda: "no match" in str(screen.timeline.border_subtitle))
