"""The panes in the running screen: the keys that change them, what stays in sight, what hostile content does there."""

import unicodedata
from typing import Any

import pytest

from inspector.diagnostics import diagnose
from inspector.panes.copies import block_text
from inspector.panes.registry import CONTENTS
from inspector.tui.widgets.pane import PaneView
from tests.panes.panes import session_on
from tests.streams import MS, Record
from tests.support import block, finish, input_json, start, text
from tests.tui.conftest import app_on, pane_text, settled
from tests.tui.test_hostile import EVIL, HOSTILE, cells_are_whole

MARKDOWN = [
    start(),
    *block(0, text("Some **bo"), text("ld** words"), text("\n\n- item"), type="text", text=""),
    *finish(),
]
FIRST_TEXT = 3


async def test_v_shows_markdown_and_plain_text_again(record: Record) -> None:
    async with app_on(record(MARKDOWN)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert "Some **bold** words" in pane_text(screen)
        assert "plain text, v: Markdown" in pane_text(screen)
        await pilot.press("v")
        assert "Some bold words" in pane_text(screen)
        assert "• item" in pane_text(screen)
        assert "Markdown, v: plain text" in pane_text(screen)
        await pilot.press("v")
        assert "Some **bold** words" in pane_text(screen)


async def test_v_counts_for_a_pane_that_is_not_in_sight(record: Record) -> None:
    async with app_on(record(MARKDOWN)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("4", "v", "1")
        await pilot.pause()
        assert "Some bold words" in pane_text(screen)


async def test_markdown_is_as_of_the_cursor(record: Record) -> None:
    async with app_on(record(MARKDOWN)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("v", "colon", str(FIRST_TEXT), "enter")
        assert "Some **bo▌" in pane_text(screen)
        await pilot.press("right_square_bracket")
        assert "Some bold words▌" in pane_text(screen)


async def test_the_timing_pane_stays_where_it_is_scrolled_to(record: Record) -> None:
    pieces = block(0, *(text(f"{at} ") for at in range(40)), type="text", text="")
    path = record([start(), *pieces, *finish()], gaps={9: 900 * MS})
    async with app_on(path).run_test(size=(80, 20)) as pilot:
        screen = await settled(pilot)
        await pilot.press("5", "J", "J", "J", "j", "j", "j")
        await pilot.pause()
        pane = screen.query_one("#timing", PaneView)
        assert pane.scroll_offset.y == 3
        await pilot.press("G", "[")
        await pilot.pause()
        assert pane.scroll_offset.y == 3
        assert "▲" in pane_text(screen)


def test_copying_the_text_of_a_block_ends_at_the_cursor() -> None:
    events = [
        start(),
        *block(0, text("one "), text("two "), text("three"), type="text", text="zero "),
        *block(1, input_json('{"a"'), input_json(":1}"), type="tool_use", id="t", name="n", input={}),
        *finish(),
    ]
    stream = session_on(events)
    copied = []
    for cursor in range(1, len(events) + 1):
        stream.cursor = cursor
        copied.append(block_text(stream))
    one, two, three = "zero one ", "zero one two ", "zero one two three"
    tool = ["", '{"a"', '{"a":1}', '{"a":1}', '{"a":1}', '{"a":1}']
    assert copied == [None, "zero ", one, two, three, three, *tool]
    stream.cursor = None
    assert block_text(stream) == '{"a":1}'


async def test_y_t_copies_what_had_come_at_the_cursor(record: Record) -> None:
    app = app_on(record(MARKDOWN))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("colon", str(FIRST_TEXT + 1), "enter", "y", "t")
        await pilot.pause()
        assert app.clipboard == "Some **bold** words"
        await pilot.press("escape", "y", "t")
        await pilot.pause()
        assert app.clipboard == "Some **bold** words\n\n- item"


BROKEN = [
    start(usage={"output_tokens": 10**400}),
    *block(0, input_json('{"a\x1b[31m": "' + EVIL), input_json("\ud83d"), input_json('\x9b2J"}}'), type="tool_use", id=EVIL, name=EVIL, input=EVIL),
    *block(1, text("# " + EVIL + "\n\n```" + EVIL), text("\n> &#27;[2J &#x202e; [" + EVIL), text("](" + EVIL + ")\n|a|\n|-|\n" + EVIL), type="text", text=""),
    *block(2, input_json("[" * 700), input_json('{"' * 3 + "\u202e"), type="tool_use", id="t", name="n", input={}, stop=False),
    {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": -5}},
    {"type": "message_delta", "delta": [], "usage": []},
    {"type": "error", "error": {"type": EVIL, "message": EVIL}},
]  # fmt: skip


@pytest.mark.parametrize("events", [HOSTILE, BROKEN])
@pytest.mark.parametrize("width", [4, 30, 110])
def test_hostile_content_in_every_pane(events: list[dict[str, Any]], width: int) -> None:
    stream = session_on(events)
    stream.found(diagnose(stream.exchange))
    stream.markdown = True
    for cursor in (*range(1, len(events) + 1), None):
        stream.cursor = cursor
        for content in CONTENTS.values():
            for line in content(stream, width, 400).lines:
                for character in "".join(piece for piece, _ in line):
                    assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), repr(character)
                    assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", repr(character)


async def test_hostile_content_on_the_screen(record: Record) -> None:
    async with app_on(record(BROKEN, step=-7)).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await pilot.press("v")
        for pane in "135":
            await pilot.press(pane, "g", *"jjj")
            cells_are_whole(screen)
            await pilot.press("G")
            cells_are_whole(screen)
            assert "cannot be drawn" not in pane_text(screen)


async def test_an_emoji_that_an_event_completes_keeps_every_line_whole(record: Record) -> None:
    pieces = ("👩\u200d", "👩\u200d", "👧 ❤", "\ufe0f ok")
    deltas = block(0, *map(text, pieces), type="text", text="")
    async with app_on(record([start(), *deltas, *finish()])).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        for n in range(FIRST_TEXT, FIRST_TEXT + 4):
            await pilot.press("colon", str(n), "enter")
            cells_are_whole(screen)
            await pilot.press("v")
            cells_are_whole(screen)
