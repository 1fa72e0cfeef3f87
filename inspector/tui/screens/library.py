"""What can be opened."""

import os
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual.binding import BindingType

from inspector.panes.drawing.lines import Line, fill
from inspector.recording import InspectorError
from inspector.session.sources import Source, about, find
from inspector.text.sanitise import sanitise
from inspector.tui.commands import asks, key
from inspector.tui.paths import meant, written
from inspector.tui.screens.chooser import Choice, ChooserScreen, heading
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.shell import shell_of
from inspector.tui.widgets.prompt import PathSuggester

_SESSIONS: Final = 10
_FILES: Final = 8


class LibraryScreen(ChooserScreen):
    """What the user has recorded and opened lately, and what comes with the inspector and what each of that teaches.

    A user without sessions sees the shipped recordings first.
    """

    HEADING = "library"
    GROUP = "library"
    BINDINGS: ClassVar[list[BindingType]] = [key("o", "open", "Open a file or a folder: its path, tab completes it")]

    def __init__(self, shipped: dict[str, Path], sessions: list[Path], recent: list[str], folder: str = "") -> None:
        super().__init__()
        self._shipped = {name: (path, *about(path)) for name, path in shipped.items()}
        self._sessions = [(session, sum(1 for _ in session.glob("*.jsonl"))) for session in sessions[:_SESSIONS]]
        self._recent = recent
        self._folder = folder

    def on_screen_resume(self) -> None:
        """What was opened from here stands here."""
        settings = shell_of(self).settings
        if settings.recent:
            self._recent, self._folder = settings.recent, settings.folder
            self.show_choices()

    def offers(self) -> Sequence[tuple[str, str, str]]:
        """To open something by its path."""
        return (("o", "open a file", "open"),)

    def title_line(self) -> Line:
        """What the inspector is about."""
        return [("inspector  ", "dim"), ("what Claude's streaming API really sends", "strong")]

    def choices(self) -> list[Choice]:
        """What the user has been at lately, and what comes with the inspector."""
        own = [self._last_folder(), self._own_sessions(), self._opened_lately()]
        none = [heading(("Recent sessions", "heading strong")), heading((_NO_SESSION, "dim"))]
        parts = [*own, self._of_the_inspector(), [] if self._sessions else none]
        lines: list[Choice] = []
        for part in parts:
            if part:
                lines += [heading(), *part] if lines else part
        return lines

    @asks
    async def action_open(self) -> None:
        """Opens what the user types; asks again where that cannot be read."""
        text: str | None = written(self._folder or Path.cwd()).rstrip("/") + "/"
        opened = False
        while text and not opened:
            text = await self.prompt.ask("open", text, "a file or a folder · tab completes", suggester=PathSuggester())
            typed = (text or "").strip()
            opened = not typed or self._open(Path(os.path.expanduser(meant(typed))))

    def _last_folder(self) -> list[Choice]:
        folder = Path(self._folder)
        # A session's own line says more.
        if not self._folder or not folder.is_dir() or folder in (session.resolve() for session, _ in self._sessions):
            return []
        return [self._line("last folder", written(self._folder), folder)]

    def _own_sessions(self) -> list[Choice]:
        if not self._sessions:
            return []
        lines = [heading(("Recent sessions", "heading strong"))]
        for session, count in self._sessions:
            many = f"{count:,} recording{'s' * (count != 1)}"
            lines.append(self._line(session.name, many + _moment(session.name), session))
        return lines

    def _opened_lately(self) -> list[Choice]:
        found = [Path(path) for path in self._recent if Path(path).exists()][:_FILES]
        lines = [self._line(path.name, written(path.parent), path) for path in found]
        return [heading(("Opened lately", "heading strong")), *lines] if lines else []

    def _of_the_inspector(self) -> list[Choice]:
        lines = [heading(("Shipped recordings", "heading strong"))]
        for name, (path, note, readable) in self._shipped.items():
            said = (sanitise(note), "faint") if readable else ("✗ cannot be read: it is no recording", "error")
            take = partial(shell_of(self).open_source, Source(str(path)))
            lines.append(Choice(partial(_columns, name, said), take, sanitise(note) or said[0], path))
        return lines

    def _line(self, name: str, said: str, path: Path) -> Choice:
        return Choice(partial(_columns, name, (sanitise(said), "faint")), partial(self._open, path), str(path), path)

    def _open(self, path: Path) -> bool:
        """The stream there, or the list of them; False where it cannot be read, which is said."""
        shell = shell_of(self)
        try:
            sources = find([str(path)])
        except InspectorError as error:
            self.notify(sanitise(str(error)), severity="error", markup=False)
            return False
        if path.is_dir():
            shell.remember(str(path))
        if len(sources) == 1:
            shell.open_source(sources[0])
        else:
            shell.push_screen(StreamsScreen(path.name, sources, [str(path)] if path.is_dir() else ()))
        return True


_NO_SESSION: Final = "none yet: `inspector proxy`, `run` and `live` make them"


def _columns(name: str, said: tuple[str, str], width: int) -> Line:
    room = min(30, max(16, width // 3))
    return [(fill(sanitise(name), room) + "  ", "strong"), said]


def _moment(session: str) -> str:
    """When a session began, from the name that it was given; "" where the user named it."""
    try:
        began = datetime.strptime(session[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return ""
    return f", {began:%Y-%m-%d %H:%M}"
