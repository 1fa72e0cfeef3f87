"""The library: what stands in it and in which order, and opening anything else from it."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from inspector.recording.folders import home, new_recording, new_session, shipped
from inspector.tui.app import InspectorApp
from inspector.tui.screens.library import LibraryScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.settings import Options, Settings, load_settings
from tests.streams import Record
from tests.tui.conftest import help_shown, notices, settled, shown, until

SIZE = (120, 40)


def library(settings: Settings | None = None) -> InspectorApp:
    """`inspector` alone."""
    return InspectorApp([], Options(), settings=settings or load_settings())


def headings(screen: Any) -> list[str]:
    """The parts, in their order."""
    known = ("last folder", "Recent sessions", "Opened lately", "Shipped recordings")
    rows = [row.strip(" ▶") for row in shown(screen, "#choices").splitlines()]
    return [name for row in rows for name in known if row.startswith(name)]


@pytest.fixture
def session(record: Record) -> Path:
    """A session of the user's with two recordings."""
    folder = new_session("proxy")
    content = record(name="of-the-session.jsonl").read_bytes()
    for _ in range(2):
        new_recording(folder).write_bytes(content)
    return folder


async def notice(pilot: Pilot[Any]) -> str:
    await until(pilot, lambda: bool(notices(pilot.app)))
    (found,) = notices(pilot.app)
    return found


async def test_a_new_user_sees_what_is_shipped_first() -> None:
    async with library().run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert headings(screen) == ["Shipped recordings", "Recent sessions"]
        assert "none yet: `inspector proxy`" in shown(screen, "#choices")
        for name in shipped():
            assert name in shown(screen, "#choices")
        assert "esc" not in shown(screen, "#footer")
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_who_has_sessions_sees_them_first(session: Path, record: Record) -> None:
    settings = Settings()
    settings.opened(str(record(name="mine.jsonl")))
    async with library(settings).run_test(size=SIZE) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert headings(screen) == ["last folder", "Recent sessions", "Opened lately", "Shipped recordings"]
        rows = shown(screen, "#choices").splitlines()
        assert any(session.name in row and "2 recordings, 20" in row for row in rows)
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, StreamsScreen))
        assert "2 streams" in shown(pilot.app.screen, "#title")
        assert pilot.app.settings.folder == str(session.resolve())  # type: ignore[attr-defined]
        await pilot.press("escape")
        await pilot.pause()
        # The session's own line says more than a second one for the same folder.
        assert headings(screen) == ["Recent sessions", "Opened lately", "Shipped recordings"]


async def test_what_was_opened_is_there_the_next_time(record: Record) -> None:
    path = record(name="mine.jsonl")
    app = library()
    async with app.run_test(size=(120, 60)) as pilot:
        # The working directory stands there already.
        await pilot.press("o", *str(path), "enter")
        assert (await settled(pilot)).source.name == "mine.jsonl"
        await pilot.press("escape")
        await pilot.pause()
        assert headings(app.screen) == ["last folder", "Opened lately", "Shipped recordings", "Recent sessions"]
    kept = load_settings()
    assert (kept.recent, kept.folder) == ([str(path.resolve())], str(path.parent.resolve()))
    async with library(kept).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "mine.jsonl" in shown(pilot.app.screen, "#choices")
        await pilot.press("j", "enter")
        assert (await settled(pilot)).source.name == "mine.jsonl"


async def test_the_last_folder_opens_as_a_list(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    record(name="b.jsonl")
    async with library(Settings(folder=str(tmp_path))).run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, StreamsScreen))


async def test_tab_completes_a_path(record: Record, tmp_path: Path) -> None:
    record(name="recording-one.jsonl")
    record(name="recording-two.jsonl")
    async with library(Settings(folder=str(tmp_path))).run_test(size=SIZE) as pilot:
        await pilot.press("o")
        field = pilot.app.screen.query_one(Input)
        assert field.value == "~/"
        await pilot.press("r", "tab")
        assert field.value == "~/recording-"
        await pilot.press("t", "w")
        await until(pilot, lambda: "~/recording-two.jsonl" in shown(pilot.app.screen, "Input"))
        await pilot.press("tab", "enter")
        assert (await settled(pilot)).source.name == "recording-two.jsonl"


async def test_a_wrong_path_is_told_and_can_be_mended(record: Record, tmp_path: Path) -> None:
    record(name="a.jsonl")
    async with library(Settings(folder=str(tmp_path))).run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("o", "b", "enter")
        assert await notice(pilot) == f"{tmp_path}/b: no such file"
        field = pilot.app.screen.query_one(Input)
        assert (field.value, pilot.app.focused) == ("~/b", field)
        await pilot.press("backspace", *"a.jsonl", "enter")
        assert (await settled(pilot)).source.name == "a.jsonl"


@pytest.mark.parametrize("keys", [["escape"], ["ctrl+u", "enter"], ["ctrl+c"]])
async def test_leaving_the_prompt_opens_nothing(keys: list[str]) -> None:
    async with library().run_test(size=SIZE, notifications=True) as pilot:
        screen = pilot.app.screen
        await pilot.press("o", *keys)
        await pilot.pause()
        assert pilot.app.screen is screen
        assert not screen.has_class("-asking")
        assert "open a file" in shown(screen, "#footer")
        assert not notices(pilot.app)


async def test_the_footer_opens_the_prompt() -> None:
    async with library().run_test(size=SIZE) as pilot:
        await pilot.pause()
        at = shown(pilot.app.screen, "#footer").index("open a file")
        await pilot.click("#footer", offset=(at + 2, 0))
        await pilot.pause()
        assert isinstance(pilot.app.focused, Input)


async def test_a_recording_that_cannot_be_read_is_one_clear_line(record: Record, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_bytes(b"\0\1")
    missing = tmp_path / "missing.jsonl"
    app = library()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await app.push_screen(LibraryScreen({"damaged": damaged, "missing": missing, "good": record()}, [], []))
        await pilot.pause()
        rows = [row.strip(" ▶").split(maxsplit=1) for row in shown(app.screen, "#choices").splitlines() if "✗" in row]
        assert rows == [[name, "✗ cannot be read: it is no recording"] for name in ("damaged", "missing")]
        await pilot.press("enter")
        assert (await notice(pilot)).startswith(f"{damaged}: binary data: expected one of")


async def test_an_unreadable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    async with library(Settings(folder=str(tmp_path / "empty"))).run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("enter")
        assert "holds no recording" in await notice(pilot)


async def test_files_that_are_gone_are_not_offered(record: Record) -> None:
    path = record(name="gone.jsonl")
    settings = Settings()
    settings.opened(str(path))
    path.unlink()
    async with library(settings).run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "gone.jsonl" not in shown(pilot.app.screen, "#choices")


async def test_a_click_opens_a_shipped_recording() -> None:
    async with library().run_test(size=SIZE) as pilot:
        await pilot.pause()
        row = next(
            at for at, line in enumerate(shown(pilot.app.screen, "#choices").splitlines()) if "plain-text" in line
        )
        await pilot.click("#choices", offset=(10, row + 1))
        assert (await settled(pilot)).source.name == "plain-text.jsonl"
        # It has its own place already.
        assert not pilot.app.settings.recent  # type: ignore[attr-defined]


async def test_help_says_the_keys_of_the_library() -> None:
    async with library().run_test(size=SIZE) as pilot:
        await pilot.press("question_mark")
        await help_shown(pilot)
        said = shown(pilot.app.screen, "#help")
        assert "Open a file or a folder" in said
        assert "q ctrl+q ctrl+c  Quit" in said


async def test_the_home_of_sessions_may_be_missing() -> None:
    assert not home().exists()
    async with library().run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, LibraryScreen)
