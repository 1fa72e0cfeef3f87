"""Searching all streams of a stream: the prompt, the matches, into a stream and back."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from inspector.tui.screens.results import ResultsScreen
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from tests.streams import Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, help_shown, notices, settled, shown, until

Session = Callable[[], Any]


def saying(*pieces: str) -> list[dict[str, Any]]:
    return [start(model="claude-test"), *block(0, *map(text, pieces), type="text", text=""), *finish()]


@pytest.fixture
def stream(record: Record, tmp_path: Path) -> Session:
    """The application on a folder of three streams, two of which speak of the weather."""
    record(saying("The wea", "ther in Paris"), name="one.jsonl")
    record(saying("Nothing of that kind"), name="two.jsonl")
    record(saying("Weather here", " and weather there"), name="three.jsonl")

    @asynccontextmanager
    async def opened(size: tuple[int, int] = (120, 36)) -> AsyncIterator[Pilot[Any]]:
        async with app_on(tmp_path).run_test(size=size) as pilot:
            await pilot.pause()
            yield pilot

    return opened


async def results(pilot: Pilot[Any]) -> ResultsScreen:
    """The screen with the matches, once everything has been looked through."""
    await until(pilot, lambda: isinstance(pilot.app.screen, ResultsScreen))
    screen = pilot.app.screen
    assert isinstance(screen, ResultsScreen)
    await until(pilot, lambda: "searching" not in shown(screen, "#title") and "streams" in shown(screen, "#title"))
    await pilot.pause()
    return screen


async def test_matches_come_while_the_text_is_typed(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather")
        screen = await results(pilot)
        await until(pilot, lambda: "3 matches in 2 of 3 streams" in shown(screen, "#title"))
        rows = [row.strip() for row in shown(screen, "#choices").splitlines() if row.strip()]
        assert rows[0].startswith("three.jsonl  2 matches")
        assert rows[1].startswith("▶   3 0.460 text delta    Weather here and weather there")
        assert rows[2].startswith("4 0.480 text delta    Weather here and weather there")
        assert rows[3].startswith("one.jsonl  1 match")
        assert rows[4].startswith("3 0.460 text delta    The weather in Paris")
        await pilot.press(*" there")
        await until(pilot, lambda: "1 match in 1 of 3 streams" in shown(screen, "#title"))
        await pilot.press("backspace", "X")
        await until(pilot, lambda: "0 matches in 0 of 3 streams" in shown(screen, "#title"))


async def test_enter_opens_a_stream_at_a_match_and_esc_comes_back(stream: Session) -> None:
    async with stream() as pilot:
        streams = pilot.app.screen
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        assert "esc back" in shown(screen, "#footer")
        await pilot.press("j", "enter")
        stream = await settled(pilot)
        assert (stream.source.name, stream.stream.cursor, stream.stream.search_text) == ("three.jsonl", 4, "weather")
        await until(pilot, lambda: "/weather 2/2" in str(stream.timeline.border_subtitle))
        await pilot.press("N")
        assert stream.stream.cursor == 3
        await pilot.press("n", "n")
        assert stream.stream.cursor == 3
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.lines.at == 2
        await pilot.press("j", "enter")
        assert (await settled(pilot)).source.name == "one.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is streams


async def test_esc_leaves_the_pane_and_the_zoom_first(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        await pilot.press("enter")
        stream = await settled(pilot)
        await pilot.press("z", "escape")
        await pilot.pause()
        assert pilot.app.screen is stream
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_a_click_opens_a_match(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        await results(pilot)
        await pilot.click("#choices", offset=(10, 1))
        await pilot.pause()
        assert isinstance(pilot.app.screen, ResultsScreen)
        await pilot.click("#choices", offset=(10, 3))
        assert (await settled(pilot)).stream.cursor == 4


async def test_leaving_the_prompt(stream: Session) -> None:
    async with stream() as pilot:
        streams = pilot.app.screen
        for keys in (["slash", "escape"], ["slash", "enter"], ["slash", *"weather", "escape"]):
            await pilot.press(*keys)
            await until(pilot, lambda: pilot.app.screen is streams)


async def test_another_text(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        await pilot.press("slash", *"nothing")
        await until(pilot, lambda: "/nothing  1 match in 1" in shown(screen, "#title"))
        await pilot.press("escape")
        await until(pilot, lambda: "/weather  3 matches" in shown(screen, "#title"))
        await pilot.press("S", *"nothing", "enter")
        await until(pilot, lambda: "/nothing  1 match in 1" in shown(screen, "#title"))
        assert "Nothing of that kind" in shown(screen, "#choices")


async def test_from_a_stream_of_the_list(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("enter")
        stream = await settled(pilot)
        assert stream.source.name == "three.jsonl"
        await pilot.press("slash", *"weather", "enter", "S")
        screen = await results(pilot)
        field = screen.query_one(Input)
        assert (field.value, field.cursor_position) == ("weather", 7)
        await pilot.press("enter", "G", "enter")
        opened = await settled(pilot)
        assert opened.source.name == "one.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("g", "enter")
        again = await settled(pilot)
        assert again.source.name == "three.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is stream
        # What it shows is still open.
        await pilot.press("G", "4")
        await pilot.pause()
        assert "message_stop" in shown(stream, "PaneView.-shown")


async def test_from_a_stream_of_the_matches(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("S")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: isinstance(pilot.app.focused, Input))
        assert len(pilot.app.screen_stack) == 3


async def test_a_stream_that_was_opened_alone_has_no_session(record: Record) -> None:
    async with app_on(record()).run_test(notifications=True) as pilot:
        screen = await settled(pilot)
        await pilot.press("S")
        await until(pilot, lambda: bool(notices(pilot.app)))
        assert pilot.app.screen is screen
        assert ["opened alone" in notice for notice in notices(pilot.app)] == [True]


async def test_a_stream_that_comes_later_is_searched_too(stream: Session, record: Record) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        record(saying("More weather"), name="four.jsonl")
        await until(pilot, lambda: "4 matches in 3 of 4 streams" in shown(screen, "#title"))
        assert "four.jsonl" in shown(screen, "#choices")


async def test_a_stream_that_cannot_be_read_is_told(stream: Session, tmp_path: Path) -> None:
    (tmp_path / "zero.jsonl").write_bytes(b"\0\1")
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        screen = await results(pilot)
        assert "✗ zero.jsonl" in shown(screen, "#choices")
        assert "binary data" in shown(screen, "#choices")


async def test_the_match_is_in_sight_in_a_narrow_list(record: Record, tmp_path: Path) -> None:
    record(saying("word " * 40 + "needle" + " word" * 40), name="a.jsonl")
    record(saying("x"), name="b.jsonl")
    async with app_on(tmp_path).run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"needle", "enter")
        screen = await results(pilot)
        (row,) = [row for row in shown(screen, "#choices").splitlines() if "text delta" in row]
        assert "…" in row
        assert "needle word" in row


async def test_help_says_the_keys(stream: Session) -> None:
    async with stream() as pilot:
        await pilot.press("slash", *"weather", "enter")
        await results(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        assert "Search again" in shown(pilot.app.screen, "#help")


@pytest.mark.slow
async def test_a_match_that_is_not_indexed_yet_is_waited_for(record: Record, tmp_path: Path) -> None:
    record(saying(*["some text "] * 30_000, "needle"), name="a.jsonl")
    record(saying("x"), name="b.jsonl")
    async with app_on(tmp_path).run_test(size=(120, 36)) as pilot:
        assert isinstance(pilot.app.screen, StreamsScreen)
        await pilot.press("slash", *"needle", "enter")
        await results(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, StreamScreen))
        stream = pilot.app.screen
        assert isinstance(stream, StreamScreen)
        await until(pilot, lambda: stream.stream.cursor == 30_003)
