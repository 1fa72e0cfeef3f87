"""The request and the command's output: reading, scrolling, and the way back."""

from pathlib import Path

import pytest

from inspector.tui.screens.text_screen import ContentScreen, OutputScreen
from inspector.tui.widgets.line_list import LineList
from inspector.tui.widgets.pane import Pane
from tests.streams import Record
from tests.tui.conftest import app_on, help_shown, settled, shown, until


async def test_the_request_can_be_read_through(record: Record) -> None:
    path = record()
    messages = ",".join(f'{{"role":"user","content":"turn {number}"}}' for number in range(80))
    path.write_text(path.read_text().replace('{"role":"user","content":"Weather?"}', messages))
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ContentScreen)
        pane = screen.query_one(Pane)
        page = pane.size.height - 1
        for key, at in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("space", page), ("b", 0), ("pagedown", page), ("pageup", 0),
            ("ctrl+f", page), ("ctrl+b", 0),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, lambda at=at: pane.scroll_offset.y == at)
        for down, up in (("G", "g"), ("end", "home")):
            await pilot.press(down)
            assert pane.scroll_offset.y > page
            await pilot.press(up)
            assert pane.scroll_offset.y == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_footer_offers_what_every_screen_does(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        footer = shown(pilot.app.screen, "#footer")
        for offered in ("esc back", "j k scroll", "? help", "q quit", "ctrl+p palette"):
            assert offered in footer


@pytest.mark.parametrize("key", ["escape", "r", "h", "left"])
async def test_back_from_the_request(record: Record, key: str) -> None:
    async with app_on(record()).run_test() as pilot:
        screen = await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_back_by_mouse_and_the_help(record: Record) -> None:
    async with app_on(record()).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        await pilot.press("question_mark")
        await help_shown(pilot)
        assert "Down a line · up a line" in shown(pilot.app.screen, "#help")
        await pilot.press("escape")
        await pilot.pause()
        await pilot.click("#footer", offset=(6, 0))
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_the_request_quits_as_others_do(record: Record) -> None:
    app = app_on(record())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("r")
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


@pytest.mark.parametrize("key", ["escape", "o", "h", "left"])
async def test_output_that_is_scrolled_does_not_follow(record: Record, tmp_path: Path, key: str) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    log = tmp_path / "output.log"
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(60)))
    async with app_on(tmp_path).run_test(size=(80, 24)) as pilot:
        streams = pilot.app.screen
        await pilot.pause()
        assert "o output" in shown(streams, "#footer")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutputScreen))
        screen = pilot.app.screen
        await until(pilot, lambda: "line 59" in shown(screen, "#output"))
        await pilot.press("pageup")
        top = screen.query_one(LineList).scroll_offset.y
        with log.open("ab") as file:
            file.write(b"one more\n")
        await until(pilot, lambda: screen.query_one(LineList).virtual_size.height == 62)
        assert screen.query_one(LineList).scroll_offset.y == top
        await pilot.press("G")
        assert "one more" in shown(screen, "#output")
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is streams
