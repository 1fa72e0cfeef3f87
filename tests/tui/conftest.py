import os
from asyncio import sleep
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from textual import app, events, pilot
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from inspector.session.sources import find
from inspector.tui.app import InspectorApp
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.settings import Options
from inspector.tui.shell import Shell
from inspector.tui.widgets.pane import PaneView
from tests.support import LIMIT_S

HOURS = 10**13
"""Playing never comes to what lies behind such a gap."""


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees or changes what the user's own screen keeps."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # Whatever terminal the tests are run in.
    monkeypatch.setenv("COLORTERM", "truecolor")
    # What a picture shows of it is the same in each run.
    monkeypatch.setenv("HOME", str(tmp_path))


class PatientPilot(Pilot[Any]):
    """A pilot that goes on when the screen has done what it was told, however slow the machine is.

    The toolkit's own lets the screen work off what is in its queues, and then sleeps until the process looks idle, as one
    does that gets no time. But a key is handed from queue to queue: the list's, the screen's, the application's, and
    those of the widgets that change; the next layout and the next painting have a timer.
    """

    async def press(self, *keys: str) -> None:
        # Each when the one before has done what it does: it may have opened what this one is for.
        for key in keys:
            await super().press(key)

    async def _wait_for_screen(self, timeout: float = LIMIT_S) -> bool:
        quiet = 0
        while quiet < 2:
            if not await super()._wait_for_screen(timeout):
                return False
            quiet = 0 if self._goes_on() else quiet + 1
        return True

    def _goes_on(self) -> bool:
        """Whether anything is still to be done; what waits for the next frame of the screen is done now."""
        screen = self.app.screen
        if self.app._resize_event is not None:
            return True
        if screen._update_timer._active.is_set():
            screen._on_timer_update()
            return True
        return any(pump.message_queue_size for pump in [self.app, *screen.walk_children(with_self=True)])


async def _give_way(min_sleep: float = 0, max_sleep: float = 0) -> None:
    """Instead of sleeping until the process looks idle: the pilot knows when the screen has done everything."""
    await sleep(0)


@pytest.fixture(autouse=True)
def patient_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "Pilot", PatientPilot)
    for module in (pilot, app):
        monkeypatch.setattr(module, "wait_for_idle", _give_way)
    # A notice stands until the test has seen it.
    monkeypatch.setattr(InspectorApp, "NOTIFICATION_TIMEOUT", 10 * LIMIT_S)


_take_fault = Shell.take_fault


@pytest.fixture(autouse=True)
def faults_end_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the screen survives where a user sits before it is an error where a test does."""
    monkeypatch.setattr(Shell, "take_fault", lambda app, error: app._handle_exception(error))


@pytest.fixture
def faults_are_taken(faults_end_a_test: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for users."""
    monkeypatch.setattr(Shell, "take_fault", _take_fault)


def app_on(*paths: Path, **options: Any) -> InspectorApp:
    """The application on some recordings."""
    folders = tuple(str(path) for path in paths if path.is_dir())
    return InspectorApp(find([str(path) for path in paths]), Options(folders=folders, **options))


async def until(pilot: Pilot[Any], met: Callable[[], bool]) -> None:
    """Lets the application run until a condition is met."""
    hangs = monotonic() + LIMIT_S
    while not met():
        assert monotonic() < hangs, "the screen never came to what was waited for"
        await pilot.pause(0.01)


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


def painted(screen: Screen[Any]) -> list[Strip]:
    """The rows of a whole screen, with all that the toolkit makes of it. It has no public way to them."""
    return screen._compositor.render_strips()


def read_through(pane: PaneView) -> list[str]:
    """All lines of a pane, those too that come in sight only when it is scrolled."""
    top = pane.scroll_offset.y
    return [pane.render_line(at - top).text.rstrip() for at in range(pane.virtual_size.height)]


def notices(app: App[Any]) -> list[str]:
    """What stands in the corner of the screen, the latest last; for an application that runs with `notifications`."""
    return [str(toast.render()) for toast in app.screen.query("Toast")]


async def wheel(pilot: Pilot[Any], event: type[events.MouseScrollDown | events.MouseScrollUp], x: int, y: int) -> None:
    """Turns the wheel by a notch over a place of the screen, as a terminal reports it."""
    pilot.app.post_message(event(None, x, y, 0, 0, 0, False, False, False, x, y))
    await pilot.pause()


async def help_shown(pilot: Pilot[Any]) -> None:
    """Waits until the help is there: it is drawn when it knows its size."""
    await until(pilot, lambda: bool(pilot.app.screen.query("#help")) and bool(shown(pilot.app.screen, "#help").strip()))


def pane_text(screen: StreamScreen) -> str:
    """What the pane that is in sight shows."""
    return shown(screen, "PaneView.-shown")


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    os.environ.pop("NO_COLOR", None)
