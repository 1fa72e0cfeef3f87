"""The commands of the screens: each key finds what it does, whichever part of a screen does it, and asks in time."""

from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.actions import parse
from textual.app import App
from textual.screen import Screen

from inspector.tui.app import InspectorApp
from inspector.tui.commands import declared
from inspector.tui.screens import navigation
from inspector.tui.screens.exports import Exports
from inspector.tui.screens.library import LibraryScreen
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.navigation import Navigation
from inspector.tui.screens.pane_layout import PaneLayout
from inspector.tui.screens.results import ResultsScreen
from inspector.tui.screens.search import StreamSearch
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.screens.text_screen import ContentScreen, OutputScreen
from inspector.tui.settings import Options
from tests.streams import STREAM, Record
from tests.support import block, finish, start, text
from tests.tui.conftest import app_on, pane_text, settled, until

SCREENS = [StreamScreen, StreamsScreen, ResultsScreen, LibraryScreen, OutputScreen, ContentScreen]
NAMES = """
move-1 move-back page-1 page-back first last release step-1 step-back play speed-1 speed-back idle jump same-1 same-back
block-1 block-back gap-1 gap-back finding-1 finding-back mark marker-1 marker-back marker-pause
search found-1 found-back filter drop-filter search-session copy request export
next-pane-1 next-pane-back pane-1 pane-2 pane-3 pane-4 pane-5 pane-6 sdk scroll-pane-1 scroll-pane-back enter-pane zoom
zoom-list grow-1 grow-back hexadecimal fold markdown help
"""
PARTS = [Navigation, StreamSearch, Exports, PaneLayout]


def typed_at_once(app: App[Any], *keys: str) -> None:
    """As a terminal hands over what it read in one piece."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


def unfinished(screen: Screen[Any]) -> int:
    """How many actions of a screen still wait for the user."""
    return len([worker for worker in screen.workers if worker.node is screen and not worker.is_finished])


@pytest.mark.parametrize("screen", SCREENS)
def test_a_key_and_a_name_belong_to_one_command_of_a_screen(screen: type[Screen[Any]]) -> None:
    bindings = {binding.id: binding for binding, _ in declared(screen)}
    if screen is not ContentScreen and screen is not OutputScreen:
        # Those two have a key of their own for what another key does too.
        assert len(bindings) == len(list(declared(screen)))
    keys = Counter(key for binding in bindings.values() for key in binding.key.split(","))
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_names_of_the_stream_s_commands_stay_what_the_settings_call_them() -> None:
    names = [binding.id for binding, _ in declared(StreamScreen)]
    assert names == NAMES.split()


def test_no_two_parts_have_an_action_of_one_name() -> None:
    actions = Counter(name for part in PARTS for name in vars(part) if name.startswith("action_"))
    assert [name for name, count in actions.items() if count > 1] == []


async def test_every_key_of_the_stream_has_an_action(record: Record) -> None:
    async with app_on(record()).run_test() as pilot:
        screen = await settled(pilot)
        for binding, group in declared(StreamScreen):
            _, action, _ = parse(binding.action)
            assert callable(getattr(screen, f"action_{action}")), binding.action
            assert group


async def test_what_is_typed_at_once_is_asked_answered_and_followed_in_order(record: Record) -> None:
    async with app_on(record()).run_test() as pilot:
        screen = await settled(pilot)
        typed_at_once(pilot.app, "colon", "7", "enter", "t", "t")
        await until(pilot, lambda: screen.stream.cursor == 9)
        typed_at_once(pilot.app, "m", "x", "enter", "j", "m", "y", "enter", "colon", "1", "2", "enter", "m", "enter")
        await until(pilot, lambda: screen.stream.markers == {9: "x", 10: "y", 12: "marker 3"})
        typed_at_once(pilot.app, "f", *"ping", "enter", "g")
        await until(pilot, lambda: screen.stream.cursor == 11)
        typed_at_once(pilot.app, "F", "slash", *"Hello", "enter", "3")
        await until(pilot, lambda: screen.stream.cursor == 7)
        assert screen.pane.id == "tool-input"
        typed_at_once(pilot.app, "y", "e")
        await until(pilot, lambda: "Hello" in pilot.app.clipboard)


async def test_a_question_that_is_left_has_done_nothing(record: Record) -> None:
    async with app_on(record()).run_test() as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "7", "enter", "f", *"delta", "enter")
        await until(pilot, lambda: screen.stream.filter_text == "delta")
        for key in ("colon", "m", "f", "slash"):
            await pilot.press(key, "1", "escape")
            await until(pilot, lambda: unfinished(screen) == 0)
            stream = screen.stream
            assert (stream.cursor, stream.markers, stream.filter_text, stream.search) == (7, {}, "delta", None)


async def test_the_panes_rest_however_late_the_clock_is(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record([start(), *block(0, text("x" * (1 << 21)), type="text", text=""), *finish()])
    async with app_on(path).run_test(size=(120, 36)) as pilot:
        screen = await settled(pilot)
        await pilot.press("4")
        await until(pilot, lambda: screen.stream.resting and screen.seen == screen.stream.version)
        # Between any two looks at the time more than a pause has passed.
        later = count(10**9, 10)
        monkeypatch.setattr(navigation, "monotonic", lambda: next(later))
        await pilot.press("colon", "3", "enter")
        await until(pilot, lambda: screen.stream.resting and "text_delta" in pane_text(screen))


async def test_a_menu_s_answer_belongs_to_the_moment_of_the_choice(record: Record) -> None:
    async with app_on(record()).run_test() as pilot:
        screen = await settled(pilot)
        await pilot.press("colon", "7", "enter", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, MenuScreen))
        assert unfinished(screen) == 1
        await pilot.press("escape")
        await until(pilot, lambda: unfinished(screen) == 0)
        assert pilot.app.clipboard == ""


async def test_the_end_of_a_screen_ends_its_waiting(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    async with app_on(tmp_path).run_test() as pilot:
        await pilot.press("enter")
        screen = await settled(pilot)
        await pilot.press("colon")
        assert unfinished(screen) == 1
        screen.dismiss()
        await until(pilot, lambda: isinstance(pilot.app.screen, StreamsScreen))
        await until(pilot, lambda: unfinished(screen) == 0)
        await pilot.press("j")
        assert isinstance(pilot.app.screen, StreamsScreen)
        assert pilot.app.screen.lines.at == 1


async def test_a_key_for_a_screen_that_has_ended_does_nothing(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    async with app_on(tmp_path).run_test() as pilot:
        await pilot.press("enter")
        ended = await settled(pilot)
        ended.dismiss()
        await until(pilot, lambda: not ended.is_attached)
        for action in ("grow(1)", "pane(1)", "sdk", "goto", "search"):
            assert await pilot.app.run_action(action, ended)
        # But what is meant for the application is for it.
        await pilot.app.run_action("app.quit", ended)
        await until(pilot, lambda: pilot.app._exit)


async def test_a_list_asks_until_it_can_open_what_was_typed(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    async with InspectorApp([], Options()).run_test() as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        await pilot.press("o", *f"/{tmp_path}/nothing", "enter")
        await until(pilot, lambda: screen.has_class("-asking"))
        assert unfinished(screen) == 1
        await pilot.press(*["backspace"] * len("nothing"), *"a.jsonl", "enter")
        opened = await settled(pilot)
        assert opened.stream.count == len(STREAM)
        assert not screen.has_class("-asking")
        assert unfinished(screen) == 0
