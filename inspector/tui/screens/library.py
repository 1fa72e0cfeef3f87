from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from inspector.recording import InspectorError
from inspector.tui.draw.lines import Line, fill
from inspector.tui.screens.chooser import Choice, ChooserScreen
from inspector.tui.screens.streams import StreamsScreen
from inspector.tui.sources import Source, find, recording_note
from inspector.visible import visible

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp

_SESSIONS = 10


class LibraryScreen(ChooserScreen):
    """What comes with the inspector and what each recording teaches, what was opened lately, and recent sessions."""

    HEADING = "library"

    def __init__(self, shipped: dict[str, Path], sessions: list[Path], recent: list[str]) -> None:
        super().__init__()
        self._shipped = {name: (path, recording_note(path)) for name, path in shipped.items()}
        self._sessions = sessions[:_SESSIONS]
        self._recent = [path for path in recent if Path(path).exists()]

    def title_line(self) -> Line:
        return [("inspector  ", "dim"), ("what Claude's streaming API really sends", "strong")]

    def choices(self, width: int) -> list[Choice]:
        app = cast("InspectorApp", self.app)
        name_width = min(30, max(16, width // 3))
        choices = [Choice([("Shipped recordings", "heading strong")])]
        for name, (path, note) in self._shipped.items():
            line: Line = [(fill(name, name_width) + "  ", "strong"), (visible(note), "faint")]
            choices.append(Choice(line, partial(app.open_source, Source(str(path))), visible(note)))
        if self._recent:
            choices += [Choice([]), Choice([("Opened lately", "heading strong")])]
            for recent in self._recent:
                line = [(fill(visible(Path(recent).name), name_width) + "  ", "strong"), (visible(recent), "faint")]
                choices.append(Choice(line, partial(self._open, Path(recent)), visible(recent)))
        choices += [Choice([]), Choice([("Recent sessions", "heading strong")])]
        for session in self._sessions:
            count = sum(1 for _ in session.glob("*.jsonl"))
            many = f"{count:,} recording{'s' * (count != 1)}"
            line = [(fill(visible(session.name), name_width) + "  ", "strong"), (many, "faint")]
            choices.append(Choice(line, partial(self._open, session), visible(str(session))))
        if not self._sessions:
            choices.append(Choice([("none yet: `inspector proxy`, `run` and `live` make them", "dim")]))
        return choices

    def _open(self, path: Path) -> None:
        app = cast("InspectorApp", self.app)
        try:
            sources = find([str(path)])
        except InspectorError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if len(sources) == 1:
            app.open_source(sources[0])
        else:
            app.push_screen(StreamsScreen(path.name, sources, [str(path)] if path.is_dir() else ()))
