"""Where there is little room it goes to what is read, and where there are few colours they are the right ones."""

from pathlib import Path

import pytest
from rich.color import Color, ColorSystem

from inspector.panes.columns import SORTED_BY, Layout, StreamRow
from inspector.session.sources import find
from inspector.session.summaries import summarise
from inspector.tui.screens.palette import rank
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.styles import DARK, LIGHT, themes
from tests.streams import FIRST_TEXT, STREAM, Record
from tests.support import RECORDINGS
from tests.tui.conftest import app_on, help_shown, pane_text, settled, shown, until


def test_what_the_list_is_sorted_by_is_in_sight() -> None:
    sources = find([str(path) for path in RECORDINGS])
    rows = [StreamRow(source, source.name, summarise(source)) for source in sources]
    layout = Layout()
    layout.take(rows)
    for column in SORTED_BY:
        for width in (24, 38, 78, 118):
            layout.fit(width, column)
            headings = layout.headings(column, False)
            assert column in [name for name, _ in headings]
            text = "".join(piece for _, line in headings for piece, _ in line).rstrip()
            assert f"{column} ▼" in text
            assert len(text) <= width


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_panes_are_named_and_their_names_are_the_border(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        screen = await settled(pilot)
        tabs = shown(screen, "#tabs")
        words = [word for word in tabs.split() if word.isalpha()]
        assert len(words) >= 6
        assert all("message thinking tool input event timing findings".find(word) >= 0 for word in words[:6])
        side = screen.query_one("#side")
        assert side.region.y == screen.query_one("#tabs").region.y == screen.timeline.region.bottom
        # What is filtered stands in the border that is left.
        await pilot.press("f", *"ping", "enter")
        await until(pilot, lambda: "filter: ping" in str(screen.timeline.border_title))
        await pilot.press("F")
        await until(pilot, lambda: "filter" not in str(screen.timeline.border_title))


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 36)])
async def test_the_help_fits(record: Record, size: tuple[int, int]) -> None:
    async with app_on(record()).run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await help_shown(pilot)
        lines = shown(pilot.app.screen, "#help").splitlines()
        assert not any("…  " in line for line in lines)
        assert max(map(len, lines)) <= size[0]


async def test_a_stream_of_a_list_says_how_to_get_back(tmp_path: Path) -> None:
    async with app_on(RECORDINGS[0].parent).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        screen = await settled(pilot)
        footer = shown(screen, "#footer")
        assert footer.strip().startswith("esc back")
        assert "q quit inspector" in footer
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, StreamScreen))
    async with app_on(RECORDINGS[0]).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        assert "esc back" not in shown(screen, "#footer")


async def test_what_an_event_means_is_in_sight_and_its_bytes_fold(record: Record) -> None:
    async with app_on(record()).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await pilot.press("4", "colon", *str(FIRST_TEXT), "enter")
        await pilot.pause()
        assert "The next piece of a text block" in pane_text(screen)
        assert any("event: content_block_delta" in line for line in all_lines(screen))
        await pilot.press("X")
        assert not any("event: content_block_delta" in line for line in all_lines(screen))


def all_lines(screen: StreamScreen) -> list[str]:
    pane = screen.pane
    return [pane.draw_row(at).text.rstrip() for at in range(pane.rows)]


async def test_e_goes_to_the_worst_first_and_shows_it(record: Record) -> None:
    path = record([event for event in STREAM if event["type"] != "message_stop"], end="eof")
    async with app_on(path).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        found = screen.stream.diagnosed
        assert found
        assert len(found) > 1
        for at, finding in enumerate(found):
            await pilot.press("e")
            await pilot.pause()
            assert screen.pane.id == "findings"
            if finding.event:
                assert screen.stream.cursor == finding.event
            assert f"▶ {'✗▲·'[finding.weight]} {finding.code}" in pane_text(screen)
            # Something else in between.
            await pilot.press("g" if at % 2 else "j")
        last = screen.stream.cursor
        await pilot.press("e")
        assert screen.stream.cursor == last
        await pilot.press("E")
        await pilot.pause()
        assert screen.stream.looked_at is found[-2]


async def test_going_to_the_end_while_it_plays_stays_there(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("less_than_sign", "less_than_sign", "space", "G")
        assert screen.stream.cursor == screen.stream.count
        assert not screen.playback.playing
        await pilot.press("space")
        assert screen.stream.cursor is not None
        assert screen.stream.cursor < screen.stream.count


def test_the_palette_has_whole_words_first() -> None:
    names = ["Replay the display", "Next pane", "Play or pause", "Players", "Pause at markers"]
    assert max(names, key=lambda name: rank("play", name)) == "Play or pause"
    assert max(names, key=lambda name: rank("pause play", name)) == "Play or pause"
    assert rank("pla", "Players") == rank("pla", "Play or pause") > rank("pla", "Next pane")
    assert rank("", "Players") == 0


async def test_the_palette_offers_the_best_first(record: Record) -> None:
    async with app_on(record()).run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"help")
        options = pilot.app.screen.query_one("CommandList")
        await until(
            pilot, lambda: "Help" in str(options.get_option_at_index(0).prompt) if options.option_count else False
        )  # type: ignore[attr-defined]


def test_256_colours_have_greys_of_their_own() -> None:
    for theme in themes("256"):
        for name in ("foreground", "background", "surface", "panel"):
            color = Color.parse(getattr(theme, name)).downgrade(ColorSystem.EIGHT_BIT)
            assert color.number is not None
            assert color.number >= 231 or color.number in (15, 16)
    assert themes("truecolor") == [DARK, LIGHT]
    assert [theme.name for theme in themes("256")] == [DARK.name, LIGHT.name]
