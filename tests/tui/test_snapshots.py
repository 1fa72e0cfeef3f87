"""Pictures of the main screens: what they look like is meant to stay as it is. `pytest --snapshot-update` renews them."""

from typing import Any

import pytest
from textual.pilot import Pilot

from inspector.recording.folders import shipped
from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.screens.library import LibraryScreen
from inspector.tui.settings import Options, Settings
from tests.tui.conftest import settled

SIZES = [(80, 24), (120, 36), (200, 60)]
RECORDINGS = shipped()


def app_on_shipped(name: str, theme: str = "") -> InspectorApp:
    return InspectorApp(find([str(RECORDINGS[name])]), Options(), settings=Settings(theme=theme))


def typed(*keys: str) -> Any:
    """Waits until the stream is indexed and judged, then types."""

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", ["dark", "light", "no-color"])
def test_the_main_screen(snap_compare: Any, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], look: str) -> None:
    app = app_on_shipped("tool-use", looking(monkeypatch, look))
    keys = [*"jjjjjjjjjjjjjjjjjjjjjj3"]
    assert snap_compare(app, terminal_size=size, run_before=typed(*keys))


LOOKS = [("dark", (80, 24)), ("light", (120, 36)), ("no-color", (200, 60)), ("light", (80, 24)), ("no-color", (80, 24))]
"""Each other screen in some of the nine ways: every size and every look."""


def looking(monkeypatch: pytest.MonkeyPatch, look: str) -> str:
    """The theme of a look."""
    if look == "no-color":
        monkeypatch.setenv("NO_COLOR", "1")
    return "inspector-light" if look == "light" else ""


@pytest.mark.parametrize(("look", "size"), LOOKS)
@pytest.mark.parametrize("keys", ["5", "6", "d left_square_bracket space space", "j Z", "r", "question_mark"])
def test_other_screens(
    snap_compare: Any, monkeypatch: pytest.MonkeyPatch, keys: str, look: str, size: tuple[int, int]
) -> None:
    app = app_on_shipped("stall-with-pings", looking(monkeypatch, look))
    assert snap_compare(app, terminal_size=size, run_before=typed(*keys.split()))


@pytest.mark.parametrize("pane", "123456")
def test_the_panes(snap_compare: Any, pane: str) -> None:
    app = app_on_shipped("web-search-citations")
    assert snap_compare(app, terminal_size=(120, 36), run_before=typed("G", pane))


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_shipped_recording(snap_compare: Any, name: str) -> None:
    assert snap_compare(app_on_shipped(name), terminal_size=(120, 36), run_before=typed())


def test_help(snap_compare: Any) -> None:
    assert snap_compare(app_on_shipped("plain-text"), terminal_size=(120, 36), run_before=typed("question_mark"))


def test_the_library(snap_compare: Any) -> None:
    async def show(pilot: Pilot[Any]) -> None:
        pilot.app.push_screen(LibraryScreen(RECORDINGS, [], []))
        await pilot.pause()

    assert snap_compare(InspectorApp([], Options()), terminal_size=(120, 36), run_before=show)


def test_the_request(snap_compare: Any) -> None:
    assert snap_compare(app_on_shipped("tool-loop-2"), terminal_size=(120, 36), run_before=typed("r"))
