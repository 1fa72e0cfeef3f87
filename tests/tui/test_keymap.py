"""The user's own keys, and what is said of those that do not do what was wanted."""

import json
from typing import Any

import pytest

from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.keymap import keymap
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.settings import Options, Settings, load_settings, settings_path
from tests.streams import Record
from tests.tui.conftest import notices, settled, shown, until


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("p", "p"),
        ("P", "P"),
        ("?", "question_mark"),
        ("p, f5", "p,f5"),
        ("pgdn", "pagedown"),
        ("esc", "escape"),
        ("ctrl+o", "ctrl+o"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        (",", "comma"),
        ("space", "space"),
        ("↓", "down"),
        ("ä", "ä"),
    ],
)
def test_keys_may_be_written_as_the_help_writes_them(written: str, taken: str) -> None:
    assert keymap({"play": written}) == {"play": taken}


@pytest.mark.parametrize("written", ["", "  ", "spacebar", "cmd+p", 7, None, ["p"]])
def test_what_is_no_key_is_left_out(written: Any) -> None:
    assert keymap({"play": written}) == {}


async def told_at_the_start(record: Record, keys: dict[str, Any]) -> list[str]:
    """The notices, without their title, which is the name of the file."""
    app = InspectorApp(find([str(record())]), Options(), settings=Settings(keys=keys))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        # At once: it stands there for some seconds only.
        await until(pilot, lambda: bool(notices(app)))
        return [notice.removeprefix("screen.json\n") for notice in notices(app)]


async def test_each_mistake_is_told_in_one_notice(record: Record) -> None:
    (told,) = await told_at_the_start(
        record, {"plya": "p", "zoom": "spacebar", "xyzzy": "x", "filter": "n", "quit": "f"}
    )
    assert told.splitlines() == [
        'keys: no command is called "plya": did you mean play?',
        "keys: zoom: 'spacebar' is no key: keys are p, ctrl+o, f5, \"p,f5\"",
        'keys: no command is called "xyzzy": the palette (ctrl+p) says the names',
        "keys: filter: n is also the key of found-1; it does filter",
    ]


async def test_good_keys_are_no_news(record: Record) -> None:
    keys = {"play": "p", "found-1": "f3", "filter": "n"}
    app = InspectorApp(find([str(record())]), Options(), settings=Settings(keys=keys))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("S")
        # What is told at the start would stand above.
        await until(pilot, lambda: bool(notices(app)))
        assert ["opened alone" in notice for notice in notices(app)] == [True]


async def test_a_key_of_the_application_is_taken_too(record: Record) -> None:
    (told,) = await told_at_the_start(record, {"play": "q"})
    assert told == "keys: play: q is also the key of quit; it does play"


async def test_what_is_bound_first_wins(record: Record) -> None:
    (told,) = await told_at_the_start(record, {"play": "ctrl+p"})
    assert told == "keys: play: ctrl+p is also the key of palette; it does palette"


async def test_a_taken_key_does_what_was_said(record: Record) -> None:
    app = InspectorApp(find([str(record())]), Options(), settings=Settings(keys={"filter": "n"}))
    async with app.run_test() as pilot:
        screen = await settled(pilot)
        await pilot.press("n")
        assert screen.has_class("-asking")


async def test_lists_have_keys_that_can_be_changed(record: Record, tmp_path: Any) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    app = InspectorApp(
        find([str(tmp_path)]),
        Options(folders=(str(tmp_path),)),
        settings=Settings(keys={"move-1": "ctrl+n", "help": "h"}),
    )
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, StreamsScreen)
        await pilot.press("ctrl+n")
        assert screen.lines.at == 1
        await pilot.press("h")
        await pilot.pause()
        assert "ctrl+n  k ↑" in shown(app.screen, "#help")


async def test_the_palette_says_the_names(record: Record) -> None:
    app = InspectorApp(find([str(record())]), Options())
    async with app.run_test() as pilot:
        screen = await settled(pilot)
        told = {command.title: command.help for command in app.get_system_commands(screen)}
        assert told["Play or pause"] == 'key space · "play" in the settings'
        assert "Copy selected text" not in told


async def test_settings_that_are_no_json_are_told_and_left_alone(record: Record) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('{"keys": {"play": "p",}}')
    app = InspectorApp(find([str(record())]), Options(), settings=load_settings())
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: bool(notices(app)))
        (told,) = notices(app)
        await settled(pilot)
        app.theme = "nord"
        await pilot.pause()
        assert "is no JSON" in told
    assert settings_path().read_text() == '{"keys": {"play": "p",}}'


async def test_keys_that_were_changed_meanwhile_are_kept(record: Record) -> None:
    settings = load_settings()
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text('{"keys": {"play": "p"}, "of_a_later_version": 1}')
    app = InspectorApp(find([str(record())]), Options(), settings=settings)
    async with app.run_test() as pilot:
        await settled(pilot)
    kept = json.loads(settings_path().read_text())
    assert kept["keys"] == {"play": "p"}
    assert kept["of_a_later_version"] == 1
    assert kept["recent"]
