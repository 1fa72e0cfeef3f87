"""Content that wants to break the screen, and content that is too much for it."""

import json
import re
import unicodedata
from functools import cache
from typing import Any

import pytest
from rich.cells import cell_len
from textual.screen import Screen

from inspector.panes.event import event_content
from inspector.panes.model import StreamModel
from inspector.tui.widgets.painting import Bar, Scrolled
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.seek_bars import Lanes
from tests.streams import Record
from tests.support import block, exchange_of_body, finish, input_json, sse, start, text
from tests.tui.conftest import app_on, painted, pane_text, read_through, settled, shown, until

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


@cache
def obeyed(character: str) -> bool:
    """Whether a terminal obeys a character, or turns round what stands beside it."""
    category = unicodedata.category(character)
    turns = ("LRO", "RLO", "LRE", "RLE", "PDF", "RLI", "LRI", "FSI", "PDI")
    return (
        category in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(character) in turns
        or (category == "Cf" and character not in _HARMLESS_FORMATS)
    )


def harmless(text: str) -> None:
    assert not [ascii(character) for character in set(text) if obeyed(character)]


def cells_are_whole(screen: Screen[Any]) -> None:
    """Every line has exactly the width it should, and holds nothing that a terminal would obey."""
    for widget in (*screen.query(Scrolled), *screen.query(Lanes), *screen.query(Bar)):
        if not widget.display or not widget.size.width or not widget.content_size.height:
            continue
        for y in range(widget.content_size.height):
            line = widget.render_line(y)
            assert line.cell_length in (
                widget.scrollable_content_region.width,
                widget.content_size.width,
                widget.size.width,
            )
            assert cell_len(line.text) == line.cell_length
            harmless(line.text)
            for segment in line:
                assert segment.style is None or not segment.style.link
                assert segment.style is None or not segment.style.meta


def frame_is_whole(screen: Screen[Any]) -> None:
    """The same of what the toolkit makes of all that: borders, titles, notices."""
    cells_are_whole(screen)
    for strip in painted(screen):
        assert strip.cell_length == screen.size.width
        harmless(strip.text)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
async def test_hostile_text_is_shown_and_does_nothing(record: Record, size: tuple[int, int]) -> None:
    path = record(HOSTILE, name="evil[red]\x1b[31m\u202e\x07日本.jsonl")
    async with app_on(path).run_test(size=size) as pilot:
        screen = await settled(pilot)
        for pane in "1234567":
            if pane != "7":
                await pilot.press(pane)
            for n in range(len(HOSTILE)):
                screen.action_move(1)
                if n % 3 == 0:
                    await pilot.pause()
                    cells_are_whole(screen)
            frame_is_whole(screen)
            await pilot.press("escape")
            await pilot.pause()
        for keys in ("r", "y", "s", "question_mark"):
            await pilot.press(keys)
            await pilot.pause()
            frame_is_whole(pilot.app.screen)
            await pilot.press("escape")
            await pilot.pause()
        await pilot.press("slash", *"\u202e日x", "enter")
        await pilot.press("f", *"\x9b日", "enter")
        await pilot.pause()
        frame_is_whole(screen)


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


@pytest.mark.slow
async def test_an_event_of_five_megabytes(record: Record) -> None:
    path = record([start(), *block(0, text("wide 日本 " * 500_000), type="text", text=""), *finish()])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        for pane in "134":
            await pilot.press(pane, "colon", "3", "enter")
            await pilot.pause()
            cells_are_whole(screen)
        await until(pilot, lambda: "content_block_delta" in pane_text(screen))
        said = "".join(read_through(screen.query_one("#event", Pane)))
        assert "more than is shown here" in said
        assert "bytes more" in said
        assert "bytes" in shown(screen, "#timeline")


def test_a_large_event_is_read_when_the_cursor_rests() -> None:
    exchange = exchange_of_body(
        [sse(event) for event in (start(), *block(0, text("x" * (1 << 21)), type="text", text=""))]
    )
    stream = StreamModel(exchange, cursor=3)

    def said() -> str:
        return "".join(piece for line in event_content(stream, 60, 400).lines for piece, _ in line)

    assert said() == "event 3 of 4  2,097,267 bytes: shown when the cursor rests"
    stream.resting = True
    assert "text_delta" in said()
    stream.resting, stream.cursor = False, 1
    assert "message_start" in said()


@pytest.mark.slow
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


@pytest.mark.slow
async def test_characters_that_come_in_pieces(record: Record) -> None:
    """A family, a flag and a skin tone come a code point at a time, a pair of surrogates in two halves."""
    pieces = [*"👩\u200d👩\u200d👧🇩🇪👍🏽", "\ud83d", "\udc69", "e", "\u0301" * 9, "日", "مرحبا"]
    path = record([start(), *block(0, *map(text, pieces), type="text", text=""), *finish()])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        whole = pane_text(screen)
        assert all(piece in whole for piece in ("👩\u200d👩\u200d👧", "🇩🇪", "👍🏽", "e\u0301", "日", "مرحبا"))
        rows = shown(screen, "#timeline")
        # Half a pair is shown as what it is, where it came and where both halves came to nothing.
        assert '"\\ud83d"' in rows
        assert '"\\udc69"' in rows
        assert "<U+D83D><U+DC69>" in whole
        for pane in "14":
            await pilot.press(pane, "g")
            for n in range(1, screen.stream.count + 1):
                screen.navigation.go_to(n)
                await pilot.pause()
                frame_is_whole(screen)


@pytest.mark.slow
async def test_five_megabytes_are_asked_and_answered(record: Record) -> None:
    content = "wide 日本 " * 400_000
    request = json.dumps({"model": "claude-test", "messages": [{"role": "user", "content": content}]})
    path = record([start(), *block(0, text(content), type="text", text=""), *finish()], request=request.encode())
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "3", "enter")
        for pane in "123456":
            await pilot.press(pane)
            await pilot.pause()
            cells_are_whole(screen)
        await pilot.press("r")
        await pilot.pause()
        cells_are_whole(pilot.app.screen)
        assert "wide 日本 wide" in shown(pilot.app.screen, "Pane")
        await pilot.press("G")
        await pilot.pause()
        cells_are_whole(pilot.app.screen)
        await pilot.press("escape")
        await pilot.pause()
        for key in "etmc":
            await pilot.press("y")
            await pilot.pause()
            await pilot.press(key)
            await pilot.pause()
            assert pilot.app.clipboard.count("wide 日本 ") == 400_000


@pytest.mark.slow
async def test_ten_thousand_blocks_in_every_pane(record: Record) -> None:
    kinds = [
        lambda at: block(at, text(f"b{at} "), type="text", text=""),
        lambda at: block(at, {"type": "thinking_delta", "thinking": f"t{at}"}, type="thinking", thinking=""),
        lambda at: block(at, input_json(f'{{"n":{at}}}'), type="tool_use", id="t", name=f"tool{at}", input={}),
    ]
    blocks = [event for at in range(10_000) for event in kinds[at % 3](at)]
    async with app_on(record([start(), *blocks, *finish()], step=1000)).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", *"b9999", "enter")
        seen = []
        for key in ("B", "B", "b", "b", "b"):
            await pilot.press(key)
            seen.append(screen.stream.cursor)
        start_of = [2 + 3 * at for at in range(10_000)]
        assert seen == [start_of[9998], start_of[9997], start_of[9998], start_of[9999], start_of[9999]]
        for pane, first, last in (("1", "b0", "b9999"), ("2", "t1", "t9997"), ("3", "tool2", "tool9998")):
            await pilot.press(pane, "escape")
            await pilot.pause()
            assert first in pane_text(screen)
            cells_are_whole(screen)
            await pilot.press("G")
            await pilot.pause()
            assert last in pane_text(screen)
            cells_are_whole(screen)
            lines = read_through(screen.pane)
            assert re.fullmatch(r"… [\d,]+ (blocks|tools) before", lines[0])
        assert "9999 text" in shown(screen, "#lanes")
        await pilot.press("f", *"block:9999", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 3)
        await pilot.press("F", "f", *"block:5", "enter")
        await until(pilot, lambda: len(screen.stream.rows) == 3)
        await pilot.press("g")
        assert screen.stream.cursor == start_of[5]
        await pilot.pause()
        assert any(line.startswith("5 tool_use") for line in shown(screen, "#lanes").splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("fragments", [1, 20_000])
async def test_a_tool_input_of_megabytes(record: Record, fragments: int) -> None:
    whole = json.dumps({"rows": [f"{at:06} " + "x" * 90 for at in range(40_000)], "日": "end"}, ensure_ascii=False)
    size = -(-len(whole) // fragments)
    pieces = [input_json(whole[at : at + size]) for at in range(0, len(whole), size)]
    path = record([start(), *block(0, *pieces, type="tool_use", id="t", name="write", input={}), *finish()], step=1000)
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("3", "G")
        await until(pilot, lambda: "rows: [" in "".join(read_through(screen.pane)[:9]))
        lines = read_through(screen.pane)
        assert any('"000000' in line for line in lines)
        assert any("more than is shown here" in line for line in lines)
        assert any(f"{len(whole.encode()):,} bytes in {len(pieces):,} fragment" in line for line in lines)
        assert lines[-1].endswith('"end"}')
        cells_are_whole(screen)
        await pilot.press("4", "k", "k", "k")
        await pilot.pause()
        cells_are_whole(screen)


@pytest.mark.slow
async def test_megabytes_in_one_line(record: Record) -> None:
    pieces = [text("0123456789abcdef" * 640)] * 500
    path = record([start(), *block(0, *pieces, type="text", text=""), *finish()], step=1000)
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        assert pane_text(screen).count("0123456789abcdef") > 20
        cells_are_whole(screen)
        await pilot.press("colon", *"250", "enter")
        await pilot.pause()
        said = "".join(read_through(screen.pane))
        assert "bytes before this" in said
        cells_are_whole(screen)
        await pilot.press("slash", *"f0123", "enter")
        await until(pilot, lambda: screen.stream.search is not None and screen.stream.search.done)
        assert screen.stream.search is not None
        assert len(screen.stream.search.matches) == 500


@pytest.mark.slow
async def test_an_event_whose_name_is_a_megabyte(record: Record) -> None:
    name = "n\x1b" * 500_000
    path = record([start(), {"type": name, "x": 1}, {"type": "ping"}, *finish(name)])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        for pane in "123456":
            await pilot.press(pane, "g", "j", "j", "j")
            await pilot.pause()
            cells_are_whole(screen)
        assert "n␛n␛" in shown(screen, "#timeline")
        assert "n␛n␛" in shown(screen, "#status")
        await pilot.press("4", "k", "f", "n", "enter")
        await pilot.pause()
        cells_are_whole(screen)


@pytest.mark.slow
async def test_thousands_of_messages(record: Record) -> None:
    many = 2_000
    each = [
        (start(id=f"msg_{at}"), *block(0, text(f"m{at}"), type="text", text=""), *finish(output_tokens=at))
        for at in range(many)
    ]
    async with app_on(record([event for message in each for event in message], step=1000)).run_test(
        size=(120, 36)
    ) as pilot:
        screen = await settled(pilot)
        size = len(each[0])
        assert "message 1  msg_0" in pane_text(screen)
        assert f"out {many - 1:,}" in shown(screen, "#status")
        await pilot.press("colon", *str(1500 * size + 3), "enter")
        await pilot.pause()
        assert "m1500▌" in pane_text(screen)
        assert "m1501" not in pane_text(screen)
        assert "out 1,499" in shown(screen, "#status")
        cells_are_whole(screen)
        lines = read_through(screen.pane)
        # 1,501 headings and as many blocks, and the ending, but for what is drawn.
        drawn = sum(line.startswith(("message ", "text 0")) for line in lines)
        assert lines[0] == f"… {2 * 1501 - drawn:,} blocks before"
        await pilot.press("b")
        assert screen.stream.cursor == 1501 * size + 2
        await pilot.press("escape", "G")
        await pilot.pause()
        assert f"m{many - 1}" in pane_text(screen)
        assert "end_turn" in pane_text(screen)
