"""The application as its screens and widgets know it: what they share, and the ways from one screen to another."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.screen import Screen, ScreenResultType
from textual.widgets import Input
from textual.worker import WorkerFailed

from inspector.session.sources import Source
from inspector.tui.crash_report import write_report
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.settings import Settings, save_settings
from inspector.tui.styles import DARK, Styles, themes

_SAID_S: Final = 4
_FAULT_SAID_S: Final = 12
_KEYS: Final = 30
_OURS: Final = str(Path(__file__).parents[1])


class SelectedText(Protocol):
    """What of the screen is selected."""

    @property
    def selected_text(self) -> str:
        """The text."""

    def drop_selection(self) -> None:
        """Nothing is selected any more."""


class Shell(App[int]):
    """Settings, styles and the recorder, which belong to no screen; and what happens when something fails.

    What opens a screen is asked for here and done by the application, which alone knows all screens.

    `failure` is what ended the application, None where that was the user. `selection`: what the user has selected with
    the mouse, and copied.
    """

    def __init__(
        self, settings: Settings | None, recorder: RecorderProcess | None, driver: type[Driver] | None = None
    ) -> None:
        """Without `settings` there are the defaults, and nothing is kept."""
        super().__init__(driver_class=driver)
        self._keeps = settings is not None
        self.failure: BaseException | None = None
        self.selection: SelectedText | None = None
        self._pressed: dict[events.Event, str] = {}
        self.settings = settings or Settings()
        self.recorder = recorder
        for theme in themes(self.console.color_system):
            self.register_theme(theme)
        self.theme = self.settings.theme if self.settings.theme in self.available_themes else DARK.name
        self.paint = Styles(self.theme_variables)

    def open_source(self, source: Source, start: tuple[int, str] | None = None) -> None:
        """The screen of one stream, or a word on why it cannot be read; `start`: at a match, (frame, text)."""
        raise NotImplementedError

    def recording_appeared(self, path: str) -> None:
        """The recorder has begun: from waiting to the stream. Raises UnreadableError."""
        raise NotImplementedError

    def follow_attempts(self) -> None:
        """Where the recorder has begun another attempt at the same call: to its stream."""
        raise NotImplementedError

    async def search_session(self, text: str) -> None:
        """Looks for a text in all streams of the list that the stream in sight was opened from."""
        raise NotImplementedError

    async def on_event(self, event: events.Event) -> None:
        """Whatever is typed and pointed at comes through here first."""
        if isinstance(event, events.InputEvent) and not event.is_forwarded:
            self._note(event)
            if isinstance(event, events.Key) and event.key == "escape" and self.drop_selection():
                return
            try:
                await super().on_event(event)
            except Exception as error:  # noqa: BLE001
                self._survive(error)
        else:
            await super().on_event(event)

    async def run_action(
        self,
        action: Any,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Does what a key, a click or a link stands for. One that fails does not end the screen.

        What was typed behind the key that ended a screen may still be meant for it: nothing happens.
        """
        ended = default_namespace is not None and not default_namespace.is_attached
        if ended and not str(action).startswith("app."):
            return True
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # noqa: BLE001
            self._survive(error)
            return True

    def typed_as_text(self, event: events.Key) -> None:
        """The key was a part of a text, which is nobody's business."""
        if event in self._pressed:
            self._pressed[event] = "text"

    def crash_report(self, error: BaseException) -> Path | None:
        """Writes down what failed; where to, None where nothing can be written."""
        return write_report(error, (self.size.width, self.size.height), list(self._pressed.values()))

    def take_fault(self, error: Exception) -> None:
        """One of our own actions has failed; everything else goes on."""
        path = self.crash_report(error)
        where = f": a report for whoever mends it is {path}" if path else ""
        self.notify(
            f"that failed, by a fault of the inspector{where}", severity="error", markup=False, timeout=_FAULT_SAID_S
        )

    def panic(self, *renderables: Any) -> None:
        """Ends with status 1; whoever runs the application says why. Textual would print all locals."""
        self._return_code = 1
        self._close_messages_no_wait()

    def _survive(self, error: Exception) -> None:
        # What fails inside the toolkit alone is a key that came before what it is for was there.
        if _is_ours(error.__traceback__):
            self.take_fault(error)

    def _fatal_error(self) -> None:
        # Textual's own, private, as is the next: they print the locals of what failed.
        self.panic()

    def _handle_exception(self, error: Exception) -> None:
        failed = error.error if isinstance(error, WorkerFailed) else error
        if failed is not error and not _is_ours(failed.__traceback__):
            # The palette's worker, which is told so late that it has been left.
            return
        self.failure = self.failure or failed
        super()._handle_exception(error)

    def _note(self, event: events.Event) -> None:
        """Keeps the names of the last keys, for a report."""
        if isinstance(event, events.Key):
            self._pressed[event] = "text" if event.is_printable and isinstance(self.focused, Input) else event.key
        elif isinstance(event, events.MouseDown):
            self._pressed[event] = f"click@{event.x},{event.y}"
        while len(self._pressed) > _KEYS:
            del self._pressed[next(iter(self._pressed))]

    def select(self, selection: SelectedText) -> None:
        """This is selected now; it is copied."""
        self.drop_selection()
        self.selection = selection
        self.copy_selection()

    def copy_selection(self) -> bool:
        """Copies what is selected; False where nothing is."""
        text = self.selection.selected_text if self.selection else ""
        if not text:
            return False
        self.copy_to_clipboard(text)
        self.say(f"copied what is selected: {len(text):,} characters")
        return True

    def drop_selection(self) -> bool:
        """Nothing is selected any more; whether anything was."""
        selection, self.selection = self.selection, None
        if selection is None or not selection.selected_text:
            return False
        selection.drop_selection()
        return True

    def say(self, text: str) -> None:
        """One line for the user, for some seconds, in the place of the one before."""
        self.clear_notifications()
        self.notify(text, markup=False, timeout=_SAID_S)

    def remember(self, path: str) -> None:
        """A file or a folder has been opened: from now on it stands among the recent ones."""
        self.settings.opened(path)
        self.keep()

    def keep(self) -> None:
        """Writes down what is kept from one time to the next."""
        if self._keeps:
            save_settings(self.settings)

    def follow_theme(self) -> None:
        """Takes the styles of the theme in use, now and whenever the user chooses another one, which is kept."""
        self.paint = Styles(self.theme_variables)
        self.theme_changed_signal.subscribe(self, lambda _: self._repaint())

    def _repaint(self) -> None:
        if self.settings.theme != self.theme:
            self.settings.theme = self.theme
            self.keep()
        self.paint = Styles(self.theme_variables)
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()


class ShellScreen(Screen[ScreenResultType]):
    """A screen that is left, or covered, once, however fast the keys are typed that do so."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Leaves the screen; nothing happens where another one is on top of it, or it has been left."""
        return super().dismiss(result) if self is self.app.screen else AwaitComplete()

    def cover(self, screen: Screen[Any]) -> None:
        """Opens another screen over this one; nothing happens where one was opened by the key before."""
        if self is self.app.screen:
            self.app.push_screen(screen)


def _is_ours(trace: TracebackType | None) -> bool:
    """Whether any of our own code took part in what failed, below the guard."""
    while trace := trace.tb_next if trace else None:
        if trace.tb_frame.f_code.co_filename.startswith(_OURS):
            return True
    return False


def shell_of(node: MessagePump) -> Shell:
    """The application that a screen or a widget belongs to."""
    app = node.app
    assert isinstance(app, Shell)
    return app
