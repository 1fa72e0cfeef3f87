"""Content that wants to break the screen, and content that is too much for it."""

import re
import unicodedata
from typing import Any

import pytest
from rich.cells import cell_len

from inspector.tui.screens.stream import StreamScreen
from inspector.tui.widgets.lanes import Lanes
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.timeline_list import TimelineList
from tests.support import block, finish, input_json, start, text
from tests.tui.conftest import Record, app_on, pane_text, settled, shown

EVIL = (
    "\x1b[31mred\x1b]8;;http://evil\x07link\x1b]52;c;aGk=\x07\x9b2J\r\b\x00\x7f"
    "\u202eright to left\u2066\u200f[bold red]markup[/] [@click=app.quit]x[/] [/nothing] \\[ "
    "日本語 👩‍👩‍👧‍👦 🇩🇪 e\u0301\u0302\u0303 " + "z\u0300\u0301\u0302" * 50 + " \u2028\u0085 مرحبا שלום \ufeff\U000e0041"
)
HOSTILE = [
    start(model=EVIL, id=EVIL),
    *block(0, {"type": "thinking_delta", "thinking": EVIL}, type="thinking", thinking=EVIL, signature=EVIL),
    *block(1, text(EVIL), text(EVIL[:30]), text("👩‍"), text("👩‍👧"), type="text", text=""),
    *block(2, input_json('{"' + EVIL), type="tool_use", id=EVIL, name=EVIL, input={}),
    *block(3, {"type": EVIL, EVIL: EVIL}, type=EVIL),
    {"type": EVIL, "x": EVIL},
    {"type": "error", "error": {"type": EVIL, "message": EVIL}},
    *finish(EVIL),
]
_HARMLESS_FORMATS = {"\u200d", "\ufe0f"}


def cells_are_whole(screen: StreamScreen) -> None:
    """Every line has exactly the width it should, and holds nothing that a terminal would obey."""
    for widget in (*screen.query(TimelineList), *screen.query(Pane), *screen.query(Lanes)):
        if not widget.display or not widget.size.width:
            continue
        for y in range(widget.content_size.height):
            line = widget.render_line(y)
            assert line.cell_length in (widget.scrollable_content_region.width, widget.content_size.width)
            assert cell_len(line.text) == line.cell_length
            for character in line.text:
                assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"), repr(character)
                assert unicodedata.bidirectional(character) not in ("LRO", "RLO", "LRE", "RLE", "PDF", "RLI", "LRI")
                assert unicodedata.category(character) != "Cf" or character in _HARMLESS_FORMATS, repr(character)
            for segment in line:
                assert segment.style is None or not segment.style.link
                assert segment.style is None or not segment.style.meta


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
async def test_hostile_text_is_shown_and_does_nothing(record: Record, size: tuple[int, int]) -> None:
    path = record(HOSTILE, name="evil[red].jsonl")
    async with app_on(path).run_test(size=size) as pilot:
        screen = await settled(pilot)
        for pane in "1234567":
            if pane != "7":
                await pilot.press(pane)
            for n in range(len(HOSTILE)):
                await pilot.press("j")
                if n % 3 == 0:
                    cells_are_whole(screen)
            cells_are_whole(screen)
            await pilot.press("escape")
            await pilot.pause()
        output = "\n".join(strip.text for strip in screen._compositor.render_strips())
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", output)


async def test_markup_from_the_wire_is_text(record: Record) -> None:
    path = record([start(), *block(0, text("[bold red]hi[/] [@click=app.quit]quit[/]"), type="text", text="")])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert "[bold red]hi[/] [@click=app.quit]quit[/]" in pane_text(screen)
        assert "[bold red]hi[/" in shown(screen, "#timeline")
        await pilot.press("slash", *"[bold", "enter")
        await pilot.pause()
        await pilot.press("f", *"[bold", "enter")
        await pilot.pause()
        cells_are_whole(screen)


async def test_an_event_of_five_megabytes(record: Record) -> None:
    path = record([start(), *block(0, text("wide 日本 " * 500_000), type="text", text=""), *finish()])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        for pane in "134":
            await pilot.press(pane, "colon", "3", "enter")
            await pilot.pause()
            cells_are_whole(screen)
        said = "".join(piece for line in screen.query_one("#event", Pane)._lines for piece, _ in line)
        assert "more than is shown here" in said
        assert "bytes more" in said
        assert "bytes" in shown(screen, "#timeline")


async def test_ten_thousand_blocks(record: Record) -> None:
    blocks = [event for at in range(10_000) for event in block(at, text(f"b{at} "), type="text", text="")]
    path = record([start(), *blocks, *finish()], step=1000)
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "1", "5", "0", "0", "0", "enter")
        await pilot.pause()
        assert "+9,994 blocks" in shown(screen, "#lanes")
        assert "b4999" in pane_text(screen)
        cells_are_whole(screen)


async def test_a_tool_input_five_hundred_deep(record: Record) -> None:
    deep: Any = "[" * 500 + '{"a":' * 200
    path = record([start(), *block(0, input_json(deep), type="tool_use", id="t", name="n", input={}, stop=False)])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("3", "G")
        await pilot.pause()
        cells_are_whole(screen)
        await pilot.press("4")
        await pilot.pause()
        cells_are_whole(screen)


async def test_no_event_at_all(record: Record) -> None:
    path = record(body=b'{"type":"error","error":{"type":"api_error","message":"no"}}', end="complete")
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        assert "not a stream" in shown(screen, "#status")
        assert "no events came" in shown(screen, "#timeline")
        assert "api_error" in pane_text(screen)
        for key in ("j", "G", "g", "space", "d", "b", "t", "4", "5", "6", "e", "n", "m"):
            await pilot.press(key)
        cells_are_whole(screen)
