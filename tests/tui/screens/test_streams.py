"""The list of streams: what stands in it, in which order, and what its keys and the mouse do."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from textual.widgets import Input

from inspector.recording import Writer
from inspector.session.sources import find
from inspector.sse import Decoder
from inspector.tui.app import InspectorApp
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.results import ResultsScreen
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.settings import Options
from tests.session.agents import typical
from tests.streams import STREAM, Record
from tests.support import sse
from tests.tui.conftest import app_on, notices, settled, shown, until

SIZE = (120, 36)


def began(path: Path, moment: str) -> Path:
    """The recording, as if it had begun then."""
    path.write_text(re.sub(r'"started_at":"[^"]+"', f'"started_at":"{moment}"', path.read_text(), count=1))
    return path


def names(screen: StreamsScreen) -> list[str]:
    """The streams in the order of the list."""
    return [Path(str(choice.key[0])).stem for choice in screen.choices() if isinstance(choice.key, tuple)]


async def test_the_latest_comes_first_by_its_own_time(record: Record, tmp_path: Path) -> None:
    for name, moment in (("b", "2026-01-27T10:00:00Z"), ("a", "2026-01-27T12:00:00Z"), ("c", "2026-01-27T11:00:00Z")):
        began(record(name=f"{name}.jsonl"), moment)
    (tmp_path / "no-time.jsonl").write_bytes(b"\0")
    os.utime(tmp_path / "no-time.jsonl", (0, 0))
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        assert names(screen) == ["a", "c", "b", "no-time"]
        assert "started ▼" in shown(screen, "#columns")


async def test_a_row_says_how_a_stream_went(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    refused = record(name="b.jsonl", body=b'{"type":"error","error":{"type":"overloaded_error","message":"busy"}}')
    refused.write_text(refused.read_text().replace('"status":200', '"status":529'))
    async with app_on(tmp_path).run_test(size=(160, 36)) as pilot:
        await until(pilot, lambda: shown(pilot.app.screen, "#choices").count("claude-test") == 2)
        (first, second) = [line for line in shown(pilot.app.screen, "#choices").splitlines() if line.strip()]
        assert re.search(r"✗ error +529 +✗ \w\d\d.* b .* claude-test .* Weather\?", first)
        assert re.search(
            r"● complete +· T09 .* a +\d\d:\d\d:\d\d +claude-test +3/9 +460 ms .* 18 +─+▒+█+ +Weather\?", second
        )


async def test_sorting_by_keys(record: Record, tmp_path: Path) -> None:
    began(record(name="short.jsonl", step=10**6), "2026-01-27T10:00:00Z")
    began(record(name="long.jsonl", step=10**8), "2026-01-27T09:00:00Z")
    began(record(STREAM[:-1], name="cut.jsonl", end="eof"), "2026-01-27T08:00:00Z")
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await until(pilot, lambda: shown(screen, "#choices").count("claude-test") == 3)
        assert names(screen) == ["short", "long", "cut"]
        await pilot.press("s")
        assert "duration ▼" in shown(screen, "#columns")
        assert names(screen) == ["long", "cut", "short"]
        await pilot.press("r")
        assert "duration ▲" in shown(screen, "#columns")
        assert names(screen) == ["short", "cut", "long"]
        await pilot.press("s", "s", "s")
        assert "findings ▼" in shown(screen, "#columns")
        assert names(screen)[0] == "cut"
        await pilot.press("s")
        assert "turn ▼" in shown(screen, "#columns")
        assert names(screen) == ["cut", "long", "short"]
        await pilot.press("s")
        assert names(screen) == ["short", "long", "cut"]


async def test_sorting_by_mouse(record: Record, tmp_path: Path) -> None:
    record(name="short.jsonl", step=10**6)
    record(name="long.jsonl", step=10**8)
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await until(pilot, lambda: shown(screen, "#choices").count("claude-test") == 2)
        for order in (["long", "short"], ["short", "long"]):
            at = shown(screen, "#columns").index("duration")
            await pilot.click("#columns", offset=(at + 3, 0))
            await pilot.pause()
            assert names(screen) == order
        at = shown(screen, "#columns").index("model")
        await pilot.click("#columns", offset=(at + 3, 0))
        assert names(screen) == ["short", "long"]


async def test_the_choice_stays_on_its_stream(record: Record, tmp_path: Path) -> None:
    began(record(name="a.jsonl"), "2026-01-27T10:00:00Z")
    began(record(name="b.jsonl"), "2026-01-27T09:00:00Z")
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await pilot.press("j")
        began(record(name="new.jsonl"), "2026-01-28T10:00:00Z")
        await until(pilot, lambda: len(names(screen)) == 3)
        assert screen.lines.at == 2
        await pilot.press("enter")
        assert (await settled(pilot)).source.name == "b.jsonl"


async def test_moving_by_keys(record: Record, tmp_path: Path) -> None:
    first = record(name="00.jsonl").read_bytes()
    for number in range(1, 60):
        (tmp_path / f"{number:02}.jsonl").write_bytes(first)
    async with app_on(tmp_path).run_test(size=(80, 24)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        page = screen.lines.page
        assert 10 < page < 20
        for key, at in (
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("pagedown", page), ("ctrl+f", 2 * page), ("pageup", page),
            ("ctrl+b", 0), ("G", 59), ("g", 0), ("end", 59), ("home", 0),
        ):  # fmt: skip
            await pilot.press(key)
            assert screen.lines.at == at
            top = screen.lines.scroll_offset.y
            assert top <= at < top + screen.lines.scrollable_content_region.height


@pytest.mark.parametrize("key", ["enter", "l", "right", "space"])
async def test_opening_and_coming_back(record: Record, tmp_path: Path, key: str) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        await pilot.press(key)
        await settled(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert "esc" not in shown(screen, "#footer")
        await pilot.press("escape", "h", "left")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_opening_by_mouse_and_the_footer(record: Record, tmp_path: Path) -> None:
    began(record(name="a.jsonl"), "2026-01-27T10:00:00Z")
    began(record(name="b.jsonl"), "2026-01-27T09:00:00Z")
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        await pilot.click("#choices", offset=(10, 2))
        assert (await settled(pilot)).source.name == "b.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.click("#footer", offset=(shown(screen, "#footer").index("help") + 2, 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_both_keys_ask_for_a_search(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    for key in ("slash", "S"):
        async with app_on(tmp_path).run_test(size=SIZE) as pilot:
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.focused, Input))
            assert isinstance(pilot.app.screen, ResultsScreen)


async def test_without_output_o_says_so(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    async with app_on(tmp_path).run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: bool(notices(pilot.app)))
        assert notices(pilot.app) == ["this session has no output of a command: `run --tui` keeps it"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
async def test_what_is_being_recorded_is_live(record: Record, tmp_path: Path) -> None:
    record(STREAM[:-1], name="cut.jsonl", end=None)
    writer = Writer.create(tmp_path / "live.jsonl", {"kind": "proxy"})
    writer.response(1, 200, [])
    decoder = Decoder()
    writer.frames(decoder.feed(sse(*STREAM[:8]), 2))
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await until(pilot, lambda: "◉ live" in shown(screen, "#choices"))
        await until(pilot, lambda: "◌ no end" in shown(screen, "#choices"))
        assert "◉ 1 live" in shown(screen, "#title")
        await pilot.press("g", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, StreamScreen))
        opened = pilot.app.screen
        assert isinstance(opened, StreamScreen)
        assert "◉ live" in shown(opened, "#status")
        writer.frames(decoder.feed(sse(*STREAM[8:]), 3))
        await until(pilot, lambda: opened.stream.count == len(STREAM))
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        writer.end(4, "complete")
        writer.close()
        await until(pilot, lambda: "● complete" in shown(screen, "#choices"))
        await until(pilot, lambda: "live" not in shown(screen, "#title"))


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
async def test_a_recorder_that_ends_without_a_word_leaves_no_live_stream(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    writer = Writer.create(tmp_path / "live.jsonl", {"kind": "proxy"})
    writer.frames(Decoder().feed(sse(*STREAM[:8]), 2))
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "◉ live" in shown(pilot.app.screen, "#choices"))
        writer.close()
        await until(pilot, lambda: "◌ no end" in shown(pilot.app.screen, "#choices"))


@pytest.mark.slow
async def test_a_thousand_rows_are_there_at_once(record: Record, tmp_path: Path) -> None:
    first = record(name="0000.jsonl").read_bytes()
    for number in range(1, 1000):
        (tmp_path / f"{number:04}.jsonl").write_bytes(first)
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        assert "1,000 streams" in shown(screen, "#title")
        assert len(names(screen)) == 1000
        await pilot.press("G")
        assert "0000" in shown(screen, "#choices")
        await pilot.press("g")
        await until(pilot, lambda: shown(screen, "#choices").count("● complete") > 20)


async def test_the_exchanges_of_a_file_stand_in_its_order(tmp_path: Path) -> None:
    entries = [
        {
            "startedDateTime": f"2026-11-22T10:00:0{number}Z",
            "time": 1,
            "request": {"method": "POST", "url": "https://x/v1/messages", "headers": []},
            "response": {
                "status": 200, "headers": [],
                "content": {"text": sse(*STREAM).decode(), "mimeType": "text/event-stream"},
            },
        }
        for number in range(3)
    ]  # fmt: skip
    path = tmp_path / "three.har"
    path.write_text(json.dumps({"log": {"entries": entries}}))
    async with InspectorApp(find([str(path)]), Options()).run_test(size=SIZE) as pilot:
        await until(pilot, lambda: shown(pilot.app.screen, "#choices").count("claude-test") == 3)
        rows = shown(pilot.app.screen, "#choices").splitlines()[:3]
        assert [re.findall(r"#\d", row) for row in rows] == [["#1"], ["#2"], ["#3"]]


@pytest.mark.usefixtures("no_color")
async def test_the_order_and_the_states_are_said_in_words(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(STREAM[:-1], name="b.jsonl", end="eof")
    async with app_on(tmp_path).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✂ truncated" in shown(pilot.app.screen, "#choices"))
        assert "started ▼" in shown(pilot.app.screen, "#columns")
        assert "● complete" in shown(pilot.app.screen, "#choices")


async def test_the_end_of_the_command_is_said(record: Record, tmp_path: Path) -> None:
    record()
    go = tmp_path / "go"
    code = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)\nraise SystemExit(3)"
    recorder = RecorderProcess([sys.executable, "-c", code])
    app = InspectorApp(find([str(tmp_path)]), Options(folders=(str(tmp_path),)), recorder)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "1 stream" in shown(app.screen, "#title"))
            assert "ended" not in shown(app.screen, "#title")
            go.touch()
            await until(pilot, lambda: "✗ ended with status 3" in shown(app.screen, "#title"))
    finally:
        recorder.stop()


async def test_the_turns_of_a_thread(tmp_path: Path) -> None:
    """Under a turn stands what it began; [ and ] go along a thread, over what others say in between."""
    typical(tmp_path)
    async with app_on(tmp_path).run_test(size=SIZE) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await until(pilot, lambda: "8 turns in 4 threads" in shown(screen, "#sums"))
        await pilot.press("s", "s", "s", "s", "s")
        assert names(screen) == ["0001", "0000", "0002", "0004", "0003", "0005", "0006", "0007"]
        lines = shown(screen, "#choices").splitlines()
        for line, sign in zip(lines, ("1 1", "1.1·1", "1.2↳1", "1.2↳2", "1.3↳1", "1 2", "1 3 ↻", "1 4"), strict=False):
            assert f" {sign} " in line
        await pilot.press("]")
        assert screen.chosen.key == (str(tmp_path / "0005.jsonl"), None)
        await pilot.press("]", "[")
        assert screen.chosen.key == (str(tmp_path / "0005.jsonl"), None)
        await pilot.press("[", "[")
        assert screen.chosen.key == (str(tmp_path / "0001.jsonl"), None)
        (tmp_path / "0000.jsonl").unlink()
        await until(pilot, lambda: "7 turns in 3 threads" in shown(screen, "#sums"))
