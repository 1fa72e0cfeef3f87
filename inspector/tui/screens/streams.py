from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType

from inspector.recording import InspectorError
from inspector.tui.command_output import CommandOutput
from inspector.tui.draw.lines import Line
from inspector.tui.screens.chooser import Choice, ChooserScreen
from inspector.tui.screens.output import OutputScreen
from inspector.tui.sources import Source, find
from inspector.tui.summaries import HEADINGS, UNREAD, Summariser
from inspector.visible import visible

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp


class StreamsScreen(ChooserScreen):
    """Several streams to choose from: those of a folder, of several files, of a file that holds several."""

    HEADING = "streams"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("o", "output", "What the command prints", show=False)]

    def __init__(self, title: str, sources: list[Source], folders: Sequence[str] = ()) -> None:
        super().__init__()
        self._title = title
        self._sources = sources
        self._folders = folders
        self._summariser = Summariser(sources)
        self._drawn = 0

    def on_mount(self) -> None:
        super().on_mount()
        self._summariser.start()
        self.set_interval(0.25, self._look)

    def on_unmount(self) -> None:
        self._summariser.stop()

    def title_line(self) -> Line:
        many = f"{len(self._sources):,} streams"
        line: Line = [("inspector  ", "dim"), (visible(self._title), "strong"), (f"  {many}", "faint")]
        return [*line, ("   o", "accent"), (" output of the command", "dim")] if self._output else line

    @property
    def _output(self) -> CommandOutput | None:
        """What the command of this session prints, None where there is no such file."""
        outputs = (CommandOutput(Path(folder)) for folder in self._folders)
        return next((output for output in outputs if output.exists), None)

    def action_output(self) -> None:
        if output := self._output:
            self.app.push_screen(OutputScreen(output))
        else:
            self.notify("this session has no output of a command: `run --tui` keeps it", markup=False)

    def choices(self, width: int) -> list[Choice]:
        names = [visible(source.name) for source in self._sources]
        name_width = min(max(map(len, names), default=0), max(16, width // 3))
        heading = [(text, "dim") for text, _ in HEADINGS.line("stream", width, name_width)]
        choices = [Choice(heading)]
        app = cast("InspectorApp", self.app)
        for source, name in zip(self._sources, names, strict=True):
            found = self._summariser.found.get((source.path, source.number), UNREAD)
            choices.append(Choice(found.line(name, width, name_width), partial(app.open_source, source), found.note))
        return choices

    def _look(self) -> None:
        """Streams that came into the folders since, and summaries that were made."""
        if self._folders:
            try:
                sources = find(self._folders)
            except InspectorError:
                sources = self._sources
            if [source.path for source in sources] != [source.path for source in self._sources]:
                self._sources = sources
                self._summariser.watch(sources)
                self._drawn = -1
        done = sum(map(hash, self._summariser.found.values()))
        if done != self._drawn:
            self._drawn = done
            self.show_choices()
