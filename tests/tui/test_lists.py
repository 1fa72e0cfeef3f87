"""The library, lists of streams, what is kept, and what cannot be opened."""

import json
import re
from pathlib import Path

import pytest

from inspector.recording import UnreadableError
from inspector.session.sources import find
from inspector.tui import settings as kept
from inspector.tui.app import InspectorApp
from inspector.tui.screens.library import LibraryScreen
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.screens.text_screen import OutputScreen
from inspector.tui.settings import Options, Settings, load_settings, save_settings, settings_path
from tests.streams import STREAM, Record
from tests.tui.conftest import app_on, settled, shown, until


async def test_a_folder_is_a_list(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl", note="what it teaches")
    record(STREAM[:-1], name="b.jsonl", end="eof")
    (tmp_path / "broken.jsonl").write_bytes(b"\0\1\2")
    (tmp_path / "note.txt").write_text("not a recording")
    async with app_on(tmp_path).run_test(size=(120, 36)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StreamsScreen)
        await until(pilot, lambda: shown(screen, "#choices").count("claude-test") == 2)
        said = shown(screen, "#choices")
        assert re.search(r"● complete .* a ", said)
        assert re.search(r"✂ truncated .* b ", said)
        assert re.search(r"✗ unreadable .* broken ", said)
        assert "note" not in said
        record(name="c.jsonl")
        await until(pilot, lambda: bool(re.search(r" c  ", shown(screen, "#choices"))))
        await pilot.press("g", "enter")
        opened = await settled(pilot)
        assert opened.source.name == "c.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_several_files_are_a_list(record: Record) -> None:
    paths = [record(name=name) for name in ("one.jsonl", "two.jsonl")]
    async with app_on(*paths).run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "enter")
        assert (await settled(pilot)).source.name == "two.jsonl"


async def test_the_library_says_what_each_recording_teaches(record: Record, tmp_path: Path) -> None:
    shipped = {"plain-text": record(note="The six events that every stream is made of.")}
    session = tmp_path / "20261122-proxy"
    session.mkdir()
    (session / "x.jsonl").write_bytes(shipped["plain-text"].read_bytes())
    app = InspectorApp([], Options())
    async with app.run_test(size=(120, 36)) as pilot:
        assert isinstance(app.screen, LibraryScreen)
        app.push_screen(LibraryScreen(shipped, [session], [str(shipped["plain-text"])]))
        await pilot.pause()
        said = shown(app.screen, "#choices")
        assert "plain-text" in said
        assert "The six events that every stream is made of." in said
        assert "20261122-proxy" in said
        await pilot.press("enter")
        assert (await settled(pilot)).source.name == "x.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("G", "enter")
        assert (await settled(pilot)).source.name == "stream.jsonl"


def test_what_cannot_be_opened_is_said_before_the_screen(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)))
    later = tmp_path / "later.jsonl"
    later.write_text('{"kind":"recording","version":99}\n')
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in (empty, binary, later, folder, tmp_path / "missing"):
        with pytest.raises(UnreadableError) as error:
            find([str(path)])
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


async def test_theme_and_recent_files_are_kept(record: Record) -> None:
    path = record()
    app = app_on(path)
    async with app.run_test() as pilot:
        await settled(pilot)
        app.theme = "nord"
        await pilot.pause()
    save_settings(app.settings)
    assert settings_path().stat().st_mode & 0o777 == 0o600
    found = load_settings()
    assert (found.theme, found.recent) == ("nord", [str(path)])
    again = InspectorApp([], Options(), settings=found)
    assert again.theme == "nord"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"theme": 7, "recent": "x", "keys": []}', '{"recent": [1, null]}', "\0"]
)
def test_damaged_settings_are_no_error(content: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(content)
    assert load_settings() == Settings()


async def test_keys_can_be_changed(record: Record) -> None:
    settings = Settings(keys={"play": "p"})
    app = InspectorApp(find([str(record(step=10**10))]), Options(), settings=settings)
    async with app.run_test() as pilot:
        screen = await settled(pilot)
        assert isinstance(screen, StreamScreen)
        await pilot.press("p")
        assert screen.playback.playing


def test_what_is_kept_is_json(tmp_path: Path) -> None:
    kept.save_settings(Settings("nord", ["/a"], {"play": "p"}, folder="/"))
    values = json.loads(settings_path().read_text())
    assert values.items() >= {"theme": "nord", "recent": ["/a"], "keys": {"play": "p"}, "folder": "/"}.items()
    assert "problem" not in values


async def test_the_output_of_the_command_can_be_read_and_followed(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    log = tmp_path / "output.log"
    log.write_bytes(b"first \x1b[31mline\nhalf a")
    async with app_on(tmp_path).run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutputScreen))
        screen = pilot.app.screen
        await until(pilot, lambda: "half a" in shown(screen, "#output"))
        assert "first \u241b[31mline" in shown(screen, "#output")
        with log.open("ab") as file:
            file.write(b" line\n" + b"".join(b"line %d\n" % n for n in range(40)))
        await until(pilot, lambda: "line 39" in shown(screen, "#output"))
        await pilot.press("g")
        await until(pilot, lambda: "half a line" in shown(screen, "#output"))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, StreamsScreen)
