import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.settings import Options


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or changes what the user's own screen keeps."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # What a picture shows of it is the same in each run.
    monkeypatch.setenv("HOME", str(tmp_path))


def app_on(*paths: Path, **options: Any) -> InspectorApp:
    """The application on some recordings."""
    folders = tuple(str(path) for path in paths if path.is_dir())
    return InspectorApp(find([str(path) for path in paths]), Options(folders=folders, **options))


async def until(pilot: Pilot[Any], met: Callable[[], bool]) -> None:
    """Lets the application run until a condition is met, which it must be within some hundred turns."""
    for _ in range(500):
        if met():
            return
        await pilot.pause(0.01)
    raise AssertionError("the screen never came to what was waited for")


async def settled(pilot: Pilot[Any]) -> StreamScreen:
    """The stream's screen, once everything that a file holds has been indexed and judged."""
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, StreamScreen)
    await until(pilot, lambda: not screen.stream.loading and screen.stream.diagnosed is not None)
    await until(pilot, lambda: screen.seen == screen.stream.version)
    await pilot.pause()
    return screen


def shown(screen: Any, selector: str) -> str:
    """What a widget that draws by lines shows, as text."""
    widget = screen.query_one(selector)
    return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.content_size.height))


def pane_text(screen: StreamScreen) -> str:
    """What the pane that is in sight shows."""
    return shown(screen, "Pane.-shown")


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    os.environ.pop("NO_COLOR", None)
