"""The transport line: there while playing, and everything on it can be clicked."""

from typing import Any

from textual.pilot import Pilot

from inspector.panes.playback import Playback
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.widgets.seek_bars import Transport
from tests.streams import MS, STREAM, Record
from tests.support import finish, start, text
from tests.tui.conftest import HOURS, app_on, settled, shown, until

LAST = len(STREAM)


async def click(pilot: Pilot[Any], screen: StreamScreen, word: str, at: int = 0) -> None:
    line = shown(screen, "#transport")
    await pilot.click("#transport", offset=(line.index(word) + 1 + at, 0))
    await pilot.pause()


async def test_it_comes_with_playing_and_goes_with_esc(record: Record) -> None:
    async with app_on(record(gaps={5: HOURS})).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        transport = screen.query_one(Transport)
        assert not transport.display
        await pilot.press("space")
        await pilot.pause()
        assert "▶ playing" in shown(screen, "#transport")
        await pilot.press("space")
        await pilot.pause()
        assert "‖ paused" in shown(screen, "#transport")
        await pilot.press("escape")
        await pilot.pause()
        assert not transport.display


async def test_everything_on_it_can_be_clicked(record: Record) -> None:
    async with app_on(record(gaps={5: HOURS})).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("j", "m", *"here", "enter", "space")
        await pilot.pause()
        await click(pilot, screen, "▶ playing")
        assert not screen.playback.playing
        await click(pilot, screen, "> ")
        await click(pilot, screen, "> ")
        assert screen.playback.speed == 4
        await click(pilot, screen, "< ")
        assert screen.playback.speed == 2
        assert "full silences" in shown(screen, "#transport")
        await click(pilot, screen, "full silences")
        assert screen.playback.idle_s == 2
        assert "silences ≤ 2 s" in shown(screen, "#transport")
        await click(pilot, screen, "stops at ◆")
        assert not screen.stream.pause_at_markers
        assert "passes ◆" in shown(screen, "#transport")


async def test_its_bar_seeks_by_click_and_drag(record: Record) -> None:
    async with app_on(record(gaps={5: HOURS})).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("space", "space")
        await pilot.pause()
        line = shown(screen, "#transport")
        first = next(at for at, sign in enumerate(line) if sign in "━●─") + 1
        last = max(at for at, sign in enumerate(line) if sign in "━●─") + 1
        await pilot.mouse_down("#transport", offset=(last, 0))
        await pilot.pause()
        assert screen.stream.cursor == LAST
        await pilot.hover("#transport", offset=(first + 20, 0))
        await pilot.pause()
        assert screen.stream.cursor == 4, "in the long silence the last event before it is what had come"
        # Beyond the axis a drag stays at its end.
        await pilot.hover("#transport", offset=(1, 0))
        await pilot.pause()
        assert screen.stream.cursor in (1, 4)
        await pilot.mouse_up()
        await pilot.hover("#transport", offset=(last, 0))
        await pilot.pause()
        assert screen.stream.cursor != LAST


async def test_at_80_columns_it_says_where_it_is(record: Record) -> None:
    async with app_on(record()).run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await pilot.press("space", "G")
        # At its end there is nothing more to play.
        await until(pilot, lambda: "‖ paused" in shown(screen, "#transport"))
        line = shown(screen, "#transport")
        assert "●" in line
        assert "0.760 / 0.760 s" in line


async def test_a_stream_without_times_counts_events(record: Record) -> None:
    path = record([start(), text("a"), *finish()], step=0)
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "‖ paused" in shown(screen, "#transport"))


async def test_the_limit_for_silences_goes_round(record: Record) -> None:
    async with app_on(record(), idle_limit=5.0).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        seen = [screen.playback.idle_s]
        for _ in range(6):
            await pilot.press("i")
            seen.append(screen.playback.idle_s)
        assert seen == [5.0, 2.0, 1.0, 0.5, 0.2, 0.1, None]


async def test_silences_are_shortened_while_playing(record: Record) -> None:
    async with app_on(record(gaps={5: HOURS})).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        now = 0
        player = Playback(screen.stream, 1.0, 0.1, clock=lambda: now)
        screen.stream.move_to(4)
        player.play()
        now = 99 * MS
        assert not player.tick()
        now = 101 * MS
        assert player.tick()
        assert screen.stream.cursor == 5
