"""The application: which screen comes first, the themes, and what it leaves behind."""

from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from inspector.recording import UnreadableError
from inspector.tui.draw.styles import Styles
from inspector.tui.options import Options
from inspector.tui.recorder import Recorder
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.screens.waiting import WaitingScreen
from inspector.tui.sources import Source
from inspector.tui.themes import DARK, LIGHT


class InspectorApp(App[int]):
    """One process, one screen on one or several streams."""

    TITLE = "inspector"
    CSS_PATH = "inspector.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit"), ("ctrl+c", "quit", "Quit")]
    COMMAND_PALETTE_DISPLAY = "palette"

    def __init__(self, sources: list[Source], options: Options, recorder: Recorder | None = None) -> None:
        super().__init__()
        self.sources = sources
        self.options = options
        self.recorder = recorder
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.paint = Styles(self.theme_variables)

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, lambda _: self._repaint())
        self._repaint()
        if self.recorder and self.options.waits_for:
            self.push_screen(WaitingScreen(self.options.waits_for, self.recorder))
        elif len(self.sources) == 1:
            self.push_screen(StreamScreen(self.sources[0], self.options))
        else:
            self.push_screen(StreamsScreen(self.sources, self.options))

    def recording_appeared(self, path: str) -> None:
        """The recorder has begun: from waiting to the stream. Raises UnreadableError."""
        self.sources = [Source(path)]
        self.sources[0].open()
        self.switch_screen(StreamScreen(self.sources[0], self.options))

    def open_source(self, source: Source) -> None:
        """A stream of a list."""
        try:
            source.open()
        except UnreadableError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.push_screen(StreamScreen(source, self.options))

    def _repaint(self) -> None:
        self.paint = Styles(self.theme_variables)
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()

    @property
    def folder(self) -> Path | None:
        """The folder of what is open."""
        return Path(self.sources[0].path).parent if self.sources else None
