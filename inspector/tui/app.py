"""The application: which screen comes first, the themes, and what it leaves behind."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import ThemeProvider
from textual.widgets import Input

from inspector.recording import UnreadableError
from inspector.recording.folders import attempt_path, sessions, shipped
from inspector.session.sources import Source, find
from inspector.text.sanitise import sanitise
from inspector.tui.commands import commands_of
from inspector.tui.keymap import keymap, problems
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.screens.library import LibraryScreen
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.palette import Palette, RankedCommands
from inspector.tui.screens.results import ResultsScreen
from inspector.tui.screens.stream import StreamScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.screens.text_screen import ContentScreen, OutputScreen
from inspector.tui.screens.waiting import WaitingScreen
from inspector.tui.settings import Options, Settings, settings_path
from inspector.tui.shell import Shell
from inspector.tui.styles import DARK, LIGHT
from inspector.tui.widgets.prompt import Prompt

_LOOK_FOR_TERMINAL_S: Final = 1.0


class InspectorApp(Shell):
    """One process, one screen on one or several streams; `shown` once it has taken the terminal over."""

    TITLE = "inspector"
    CSS_PATH = "inspector.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", id="quit"),
        # Also from what would take it for a copy, and from what has the screen to itself.
        Binding("ctrl+c", "interrupt", "Leave", show=False, priority=True),
        Binding("ctrl+shift+c,super+c", "copy_selected", "Copy what is selected", show=False),
    ]
    # Textual's selection knows no lines of ours, and takes ctrl+c for itself.
    ALLOW_SELECT = False
    COMMAND_PALETTE_DISPLAY = "palette"
    COMMANDS: ClassVar[set[Any]] = {RankedCommands}

    def __init__(
        self,
        sources: list[Source],
        options: Options,
        recorder: RecorderProcess | None = None,
        settings: Settings | None = None,
        seamless: bool = False,
    ) -> None:
        """Without `settings` nothing is kept; `seamless`: the terminal shows a preview, which is painted over."""
        super().__init__(settings, recorder, _driver(seamless))
        self.shown = False
        self.sources = sources
        self.options = options
        self._started = time.time()

    def on_mount(self) -> None:
        """The first screen: of a stream, of several, or the library."""
        self.shown = True
        # It would print over the screen.
        threading.excepthook = self._thread_failed
        self._exit_on_signals()
        if not self.is_headless:
            self.set_interval(_LOOK_FOR_TERMINAL_S, self._exit_without_terminal)
        self._take_keys()
        self.follow_theme()
        if self.recorder and self.options.waits_for:
            self.push_screen(WaitingScreen(self.options.waits_for, self.recorder))
        elif len(self.sources) == 1 and not self.options.folders:
            self.remember(self.sources[0].path)
            self.push_screen(StreamScreen(self.sources[0], self.options))
        elif self.sources:
            for folder in self.options.folders:
                self.remember(folder)
            self.push_screen(self._streams())
        else:
            self.push_screen(LibraryScreen(shipped(), sessions(), self.settings.recent, self.settings.folder))

    def _take_keys(self) -> None:
        """The user's own keys, and what is wrong with them."""
        keys = self.settings.keys
        self.set_keymap(keymap(keys))
        wrong = [self.settings.problem] if self.settings.problem else []
        if keys:
            screens = (StreamScreen, StreamsScreen, ResultsScreen, LibraryScreen, OutputScreen, ContentScreen)
            # Textual's own, private: what is bound on every screen is listed nowhere else.
            application = [binding for _, binding in self._bindings]
            wrong += [f"keys: {problem}" for problem in problems(keys, screens, application)]
        if wrong:
            self.notify("\n".join(map(sanitise, wrong)), title=settings_path().name, severity="warning", markup=False)

    def _exit_on_signals(self) -> None:
        """Whoever ends us or closes the terminal also ends the recorder, which hears of neither."""
        for name in ("SIGTERM", "SIGHUP"):
            # Windows has no such handlers.
            with suppress(NotImplementedError, AttributeError, ValueError, RuntimeError):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.exit)

    def _thread_failed(self, failed: threading.ExceptHookArgs) -> None:
        """What is read, searched or judged beside the screen stays as it was; everything else goes on."""
        if isinstance(failed.exc_value, Exception):
            self.call_later(self.take_fault, failed.exc_value)

    def _exit_without_terminal(self) -> None:
        # Not everybody is sent a SIGHUP.
        if not os.isatty(0):
            self.exit()

    def on_key(self, event: events.Key) -> None:
        """What was typed right behind the key that opened a prompt or a menu was sent to what had the keys before.

        It bubbles up to here, before Textual looks whether it is bound.
        """
        if event.is_printable and event.character:
            if isinstance(self.focused, Input):
                event.prevent_default()
                self.typed_as_text(event)
                self.focused.insert_text_at_cursor(event.character)
            elif isinstance(self.screen, MenuScreen) and self.screen.took(event.character):
                event.prevent_default()

    def on_unmount(self) -> None:
        """Closes what is open, and removes what was copied from a pipe."""
        threading.excepthook = threading.__excepthook__
        for source in self.sources:
            source.close()
            if source.copy and not source.copy.arriving:
                source.copy.close()

    def action_interrupt(self) -> None:
        """Leaves what is asked, as at a shell's prompt, else the application."""
        asking = next((prompt for prompt in self.screen.query(Prompt) if prompt.display), None)
        if asking:
            asking.leave()
        else:
            self.exit()

    def action_copy_selected(self) -> None:
        """Copies what is selected once more."""
        self.copy_selection()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette: whatever has a key, and the application's own."""
        further = screen.exports.further_commands() if isinstance(screen, StreamScreen) else ()
        for command in (*commands_of(screen), *further):
            run = partial(self.run_action, command.action, screen)
            name = f' · "{command.name}" in the settings' if command.name else ""
            yield SystemCommand(command.description, f"key {command.keys}{name}", run)
        yield SystemCommand("Theme", "light, dark, and Textual's others", self.action_change_theme)
        for name, theme in (("Dark", DARK.name), ("Light", LIGHT.name)):
            yield SystemCommand(f"{name} theme", "the inspector's own", partial(setattr, self, "theme", theme))
        yield SystemCommand("Screenshot", "an SVG of the screen", self.deliver_screenshot)
        yield SystemCommand("Quit", "key q", self.action_quit)

    def action_command_palette(self) -> None:
        """Every command by name, unless they are there already."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def search_themes(self) -> None:
        """The themes by name."""
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def recording_appeared(self, path: str) -> None:
        """The recorder has begun: from waiting to the stream. Raises UnreadableError."""
        if self.options.folders:
            self.sources = find(self.options.folders)
            self.switch_screen(self._streams())
            return
        self.sources = [Source(path)]
        self.sources[0].open()
        self.switch_screen(StreamScreen(self.sources[0], self.options, self.recorder))

    def follow_attempts(self) -> None:
        """Where the recorder has begun another attempt at the same call: to its stream, with all attempts behind it."""
        if not self.options.waits_for or self.options.folders:
            return
        path = attempt_path(Path(self.options.waits_for), len(self.sources) + 1)
        if not path.exists() or path.stat().st_mtime < self._started or not path.stat().st_size:
            return
        source = Source(str(path))
        source.open()
        self.sources.append(source)
        attempts = next((screen for screen in self.screen_stack if isinstance(screen, StreamsScreen)), None)
        if attempts:
            attempts.add(source)
            self.pop_screen()
        else:
            self.switch_screen(StreamsScreen("attempts", list(self.sources)))
        self.push_screen(StreamScreen(source, self.options, self.recorder))
        self.notify(f"this is attempt {len(self.sources)}; esc shows all of them", markup=False)

    def _streams(self) -> StreamsScreen:
        folders = self.options.folders
        title = Path(folders[0]).name if len(folders) == 1 else ""
        return StreamsScreen(title, self.sources, folders)

    def open_source(self, source: Source, start: tuple[int, str] | None = None) -> None:
        """A stream of a list, or a folder's; `start`: at a match of a search."""
        try:
            source.open()
        except UnreadableError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.remember(source.path)
        self.push_screen(StreamScreen(source, self.options, self.recorder, start))

    async def search_session(self, text: str) -> None:
        """Looks for a text in all streams of the list that the stream in sight was opened from."""
        below = self.screen_stack[-2]
        if isinstance(below, ResultsScreen):
            self.screen.dismiss()
            await below.search(text)
        elif isinstance(below, StreamsScreen):
            below.search(text)
        else:
            self.notify("this stream was opened alone: `inspector open FOLDER` has all of a session", markup=False)


def _driver(seamless: bool) -> type[Driver] | None:
    """Ours where there is one for this system, unless the user asks for another one as Textual has it."""
    if os.name != "posix" or "TEXTUAL_DRIVER" in os.environ:
        return None
    from inspector.tui.driver import SeamlessDriver, TerminalDriver

    return SeamlessDriver if seamless else TerminalDriver
