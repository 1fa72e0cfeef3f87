"""The list of several streams."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from inspector.panes.columns import SORTED_BY, Layout, StreamRow, can_sort, in_order, names_of, sums_line
from inspector.panes.drawing.lines import Line, cut_line
from inspector.recording import InspectorError
from inspector.session.folders import stamp
from inspector.session.sources import Key, Source, find
from inspector.session.summaries import UNREAD, Summariser
from inspector.session.threads import Turn
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted
from inspector.tui.commands import key
from inspector.tui.recorder_process import CommandOutput
from inspector.tui.screens.chooser import Choice, ChooserScreen
from inspector.tui.screens.results import ResultsScreen
from inspector.tui.screens.text_screen import OutputScreen
from inspector.tui.shell import shell_of
from inspector.tui.widgets.buttons import Button, Buttons
from inspector.tui.widgets.painting import Bar

_LOOK_S: Final = 0.25
_SAME_TIME_NS: Final = 2_000_000_000


class StreamsScreen(ChooserScreen):
    """Several streams to choose from: those of a folder, of several files, of a file that holds several.

    A folder's are sorted by when they began, the latest first; others stand as they were given.
    """

    HEADING = "streams"
    GROUP = "list"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash,S", "search", "Search all streams"),
        key("s", "sort", "Sort by the next column: started, duration, tokens, TTFT, findings, turn"),
        key("r", "reverse", "Reverse the order"),
        key("left_square_bracket", "turn(-1)", "To the previous turn of the thread"),
        key("right_square_bracket", "turn(1)", "To the next turn of the thread"),
        key("o", "output", "What the command prints"),
    ]

    def __init__(self, title: str, sources: list[Source], folders: Sequence[str] = ()) -> None:
        super().__init__()
        self._list_name = title
        self._columns = Buttons("columns")
        self._sums = Bar("sums")
        self.sources = sources
        self._folders = folders
        self._summariser = Summariser(sources)
        self._layout = Layout()
        self._rows: dict[Key, StreamRow] = {}
        self._turns: Mapping[Key, Turn[Key]] = {}
        self._sorted_by = "started" if folders else ""
        self._reversed = False
        self._folders_ns = 0
        self._has_output = self._output is not None

    def compose(self) -> ComposeResult:
        """The names of the columns stand above the list, the sums below it."""
        title, lines, *others = super().compose()
        yield title
        yield self._columns
        yield lines
        yield self._sums
        yield from others

    def on_mount(self) -> None:
        """Begins to sum the streams up, and to look for further ones."""
        self._take(self.sources)
        self._summariser.start()
        self.set_interval(_LOOK_S, self._look)

    def on_unmount(self) -> None:
        """Ends what goes on beside the screen."""
        self._summariser.stop()

    def offers(self) -> Sequence[tuple[str, str, str]]:
        """To search, to sort, to read what the command prints."""
        output = [("o", "output", "output")] if self._has_output else []
        return (("/", "search all", "search"), ("s", "sort", "sort"), *output)

    def title_line(self) -> Line:
        """How many streams there are, from when, how many are live, and how the recorder ended."""
        count = len(self.sources)
        many = counted(count, "stream")
        line: Line = [("inspector  ", "dim"), (sanitise(self._list_name), "strong"), (f"  {many}", "faint")]
        if day := self._layout.day:
            line.append((f"  {day}", "faint"))
        if live := sum(row.summary.live for row in self._rows.values()):
            line.append((f"  ◉ {live:,} live", "accent strong"))
        recorder = shell_of(self).recorder
        if self._folders and recorder and (status := recorder.status) is not None:
            ended = f"  ✗ ended with status {status}" if status else "  ■ ended"
            line.append((ended, "error strong" if status else "strong"))
        return line

    def choices(self) -> list[Choice]:
        """The streams in the order of the column chosen."""
        self._layout.fit(self.lines.scrollable_content_region.width - 2, self._sorted_by)
        headings = self._layout.headings(self._sorted_by, self._reversed)
        self._columns.show_buttons(
            Button(line, f"screen.sort_by('{name}')" if can_sort(name) else "") for name, line in headings
        )
        rows = [self._rows[source.key] for source in self.sources]
        self._sums.show([cut_line(sums_line(rows), self._sums.content_size.width)])
        return [self._choice(row) for row in in_order(rows, self._sorted_by, self._reversed)]

    def add(self, source: Source) -> None:
        """One more stream."""
        self._take([*self.sources, source])
        self._summariser.watch(self.sources)
        self.show_choices()

    def search(self, text: str = "") -> None:
        """The screen that looks for a text in all of these streams."""
        self.app.push_screen(ResultsScreen(self._list_name, self._in_order, self._about, text))

    def action_search(self) -> None:
        """Asks for what to look for in all of these streams."""
        if self is self.app.screen:
            self.search()

    def action_sort(self) -> None:
        """Sorts by the next column."""
        at = SORTED_BY.index(self._sorted_by) + 1 if self._sorted_by in SORTED_BY else 0
        self.action_sort_by(SORTED_BY[at % len(SORTED_BY)])

    def action_sort_by(self, column: str) -> None:
        """Sorts by a column, the other way round where that is how it is sorted."""
        self._reversed = column == self._sorted_by and not self._reversed
        self._sorted_by = column
        self.show_choices()

    def action_reverse(self) -> None:
        """The other way round."""
        if self._sorted_by:
            self.action_sort_by(self._sorted_by)

    def action_turn(self, turns: int) -> None:
        """Moves the choice along the thread of the stream that it stands on."""
        chosen = self.chosen.key
        turn = self._turns.get(chosen) if isinstance(chosen, tuple) else None
        at = turn.number - 1 + turns if turn else -1
        if turn and 0 <= at < len(turn.thread.turns):
            self.choose(turn.thread.turns[at].key)
        else:
            shell_of(self).say(f"no {'next' if turns > 0 else 'previous'} turn in this thread")

    def action_output(self) -> None:
        """What the command prints, on a screen of its own."""
        if output := self._output:
            self.cover(OutputScreen(output))
        else:
            self.notify("this session has no output of a command: `run --tui` keeps it", markup=False)

    @property
    def _output(self) -> CommandOutput | None:
        """What the command of this session prints, None where there is no such file."""
        outputs = (CommandOutput(Path(folder)) for folder in self._folders)
        return next((output for output in outputs if output.exists), None)

    def _choice(self, row: StreamRow) -> Choice:
        summary = row.summary
        about = (sanitise(row.source.name), summary.asked, summary.note or summary.prompt)
        note = " · ".join(text for text in about if text)
        return Choice(
            lambda _: self._layout.line(row), partial(shell_of(self).open_source, row.source), note, row.source.key
        )

    def _in_order(self) -> list[Source]:
        rows = [self._rows[source.key] for source in self.sources]
        return [row.source for row in in_order(rows, self._sorted_by, self._reversed)]

    def _about(self, source: Source) -> str:
        row = self._rows.get(source.key)
        return row.summary.prompt or row.summary.note if row else ""

    def _take(self, sources: list[Source]) -> None:
        """These are the streams now."""
        self.sources = sources
        names = names_of(sources)
        found = self._summariser.found
        self._rows = {
            source.key: StreamRow(source, name, found.get(source.key, UNREAD))
            for source, name in zip(sources, names, strict=True)
        }
        self._layout = Layout()
        self._layout.take(self._rows.values())
        self._place(self._turns)

    def _place(self, turns: Mapping[Key, Turn[Key]]) -> None:
        """These are the places of the streams in the session's threads."""
        self._turns = turns
        for place, (stream, turn) in enumerate(turns.items()):
            if row := self._rows.get(stream):
                self._rows[stream] = row._replace(turn=turn, place=place)
        self._layout.take_turns(self._rows.values())

    def _look(self) -> None:
        """Streams that came into the folders since, and summaries that were made."""
        changed = self._look_into_folders()
        news = self._summariser.news
        while news:
            stream = news.popleft()
            if row := self._rows.get(stream):
                changed = True
                self._rows[stream] = row._replace(summary=self._summariser.found[stream])
                self._layout.take([self._rows[stream]])
        if self._turns is not self._summariser.turns:
            changed = True
            self._place(self._summariser.turns)
        if changed:
            self.show_choices()
        else:
            self.show_title()
        if self._has_output != (self._output is not None):
            self._has_output = not self._has_output
            self.show_footer()

    def _folders_changed(self) -> bool:
        """Whether there may be other files in them than at the last look: many of them take long to be listed."""
        try:
            changed_ns = max(map(stamp, self._folders))
        except OSError:
            return False
        before, self._folders_ns = self._folders_ns, changed_ns
        # Two changes may bear the same time.
        return changed_ns != before or time.time_ns() - changed_ns < _SAME_TIME_NS

    def _look_into_folders(self) -> bool:
        if not self._folders or not self._folders_changed():
            return False
        try:
            sources = find(self._folders)
        except InspectorError:
            return False
        if [source.path for source in sources] == [source.path for source in self.sources]:
            return False
        # What is known stays the same object: it may be open.
        known = {source.key: source for source in self.sources}
        self._take([known.get(source.key, source) for source in sources])
        self._summariser.watch(self.sources)
        return True
