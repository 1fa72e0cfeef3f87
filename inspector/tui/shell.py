"""The application as its screens and widgets know it: what they share, and the ways from one screen to another."""

from typing import Final

from textual.app import App
from textual.driver import Driver
from textual.message_pump import MessagePump

from inspector.session.sources import Source
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.settings import Settings, save_settings
from inspector.tui.styles import DARK, LIGHT, Styles

_SAID_S: Final = 4


class Shell(App[int]):
    """Settings, styles and the recorder, which belong to no screen.

    What opens a screen is asked for here and done by the application, which alone knows all screens.
    """

    def __init__(
        self, settings: Settings | None, recorder: RecorderProcess | None, driver: type[Driver] | None = None
    ) -> None:
        """Without `settings` there are the defaults, and nothing is kept."""
        super().__init__(driver_class=driver)
        self._keeps = settings is not None
        self.settings = settings or Settings()
        self.recorder = recorder
        self.register_theme(DARK)
        self.register_theme(LIGHT)
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


def shell_of(node: MessagePump) -> Shell:
    """The application that a screen or a widget belongs to."""
    app = node.app
    assert isinstance(app, Shell)
    return app
