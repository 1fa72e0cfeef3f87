"""The screen of one stream."""

from time import monotonic
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from inspector.panes.drawing.lines import Line, attempt, cut_line
from inspector.panes.model import StreamModel
from inspector.panes.playback import Playback, speed_name
from inspector.panes.status import position, status_lines
from inspector.session.sources import Source
from inspector.text.sanitise import sanitise
from inspector.tui.commands import SCREEN, application_commands, commands_of, key, keys_of
from inspector.tui.loading import Loader
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.screens.exports import Exports
from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.navigation import Navigation
from inspector.tui.screens.pane_layout import PaneLayout
from inspector.tui.screens.search import StreamSearch
from inspector.tui.settings import Options
from inspector.tui.shell import ShellScreen, shell_of
from inspector.tui.widgets.buttons import Buttons
from inspector.tui.widgets.painting import Bar, Sought
from inspector.tui.widgets.pane import PaneView
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.seek_bars import Lanes, Transport
from inspector.tui.widgets.timeline_list import TimelineList

_TICK_S: Final = 0.05
_SILENCE_S: Final = 1.0
_SHOWN_S: Final = 8
_WAYS_BACK: Final = ("esc", "back", "release"), ("q", "quit inspector", "app.quit")
_FOOTER: Final = (
    ("space", "play", "play"), ("[ ]", "step", "step(1)"), ("/", "search", "search"), ("f", "filter", "filter"),
    ("e", "finding", "finding(1)"), ("?", "help", "help"), ("q", "quit", "app.quit"), ("w", "SDK view", "sdk"),
    ("z", "zoom", "zoom"), ("y", "copy", "copy"), ("tab", "pane", "next_pane(1)"), ("r", "request", "request"),
    ("ctrl+p", "palette", "app.command_palette"),
)  # fmt: skip


class StreamScreen(ShellScreen[None]):
    """One stream: its timeline, and everything as of the moment at the cursor.

    The screen reads what comes by a clock and draws. What the keys do is done by what it holds: `navigation`, `search`,
    `exports` and `panes`.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012
    AUTO_FOCUS = "#timeline"
    GROUP: ClassVar[str] = SCREEN
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys_of(Navigation, StreamSearch, Exports, PaneLayout),
        key("question_mark", "help", "Help"),
    ]

    def __init__(
        self,
        source: Source,
        options: Options,
        recorder: RecorderProcess | None = None,
        start: tuple[int, str] | None = None,
    ) -> None:
        """`start`: the frame to go to first, and what is searched for: a match of a search over several streams.

        Raises UnreadableError.
        """
        super().__init__()
        exchange = source.open()
        live = options.follow or exchange.arriving
        self.source = source
        self.recorder = recorder
        self.stream = StreamModel(exchange, live, live, loading=True)
        self.playback = Playback(self.stream, options.speed, options.idle_limit)
        self.seen: tuple[object, ...] = ()
        """The stream's version that was drawn last."""
        self._from_match = start is not None
        self._plays_at_once = options.play
        self._notes_unsaid = not live
        self._failure_unsaid = True
        self._news = 0
        self._heard = (0, monotonic())
        self._silent = 0.0

        self.timeline = TimelineList(self.stream)
        self._status = Bar("status")
        self._lanes = Lanes(self.stream)
        self._transport = Transport(self.playback)
        self._footer = Buttons("footer")
        self._prompt = Prompt()

        self.panes = PaneLayout(self, self.stream, source, self.timeline)
        self.navigation = Navigation(self, self.playback, self.timeline, self.panes, self._prompt, self.draw)
        self.search = StreamSearch(self, self.navigation, self.timeline, self._prompt, start)
        self.exports = Exports(self, self.stream, source.name)

        # The first rows are to be on the screen before anything else.
        self.stream.load_block()
        self._loader = Loader(self.stream)

    @property
    def pane(self) -> PaneView:
        """The pane in sight."""
        return self.panes.pane

    def compose(self) -> ComposeResult:
        """The widgets from top to bottom; the footer and the prompt have one place."""
        yield self._status
        yield self.panes.widget
        yield self._lanes
        yield self._transport
        yield self._footer
        yield self._prompt

    def on_mount(self) -> None:
        """Begins to read, once the first rows are painted, and to play where that was asked for."""
        self.panes.arrange()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._loader.start)
        if self._plays_at_once:
            self.playback.play()
        self.navigation.moved()

    def on_unmount(self) -> None:
        """Ends what goes on beside the screen."""
        self._loader.stop()
        self.stream.close()
        self.source.close()

    def on_resize(self) -> None:
        """As many keys and figures as there is room for."""
        self._footer.show_keys(self._keys())
        self._draw_status()

    def _keys(self) -> list[tuple[str, str, str]]:
        """The footer; where a list is below, how to get there, and what would leave that too."""
        if len(self.app.screen_stack) <= 2:
            return list(_FOOTER)
        back, leave = _WAYS_BACK
        others = [item for item in _FOOTER if item[0] != leave[0]]
        return [back, *others[:1], leave, *others[1:]]

    def on_sought(self, message: Sought) -> None:
        """A click on a row, a click or a drag on the time axis goes there."""
        self.navigation.go_to(message.n)

    def on_timeline_list_turned(self) -> None:
        """Rows may be missed now."""
        self._draw_status()

    def action_release(self) -> None:
        """One thing at a time: a filter that takes long, out of the pane, out of the zoom, then the cursor."""
        if self.search.leave_filter():
            return
        self.panes.leave()
        if self.panes.leave_zoom():
            return
        as_at_first = self.stream.cursor is None and (self.timeline.following or not self.stream.follow)
        if (as_at_first or self._from_match) and len(self.app.screen_stack) > 2:
            self.playback.leave()
            self.dismiss()
        else:
            self.navigation.release()

    def action_help(self) -> None:
        """The keys of this screen."""
        self.cover(HelpScreen(commands_of(self) + application_commands(self)))

    def draw(self) -> None:
        """Draws everything but the list, where it differs from what is painted."""
        self.pane.update()
        self._lanes.update()
        self._draw_status()

    def _tick(self) -> None:
        stream = self.stream
        self._watch_recorder()
        self.navigation.tick()
        self.search.tick()
        self._listen()
        seen = stream.version
        if seen != self.seen:
            self.seen = seen
            self.timeline.grown()
            if stream.news != self._news:
                # Rows that are painted already get their signs.
                self._news = stream.news
                self.timeline.refresh()
            self.draw()
        elif stream.filter or stream.search:
            self.timeline.grown()
            self._draw_status()
        elif self.playback.playing:
            self._draw_status()
        self._say_news()

    def _watch_recorder(self) -> None:
        recorder, stream = self.recorder, self.stream
        if recorder is None:
            return
        if stream.live and recorder.status is not None:
            self._loader.no_more()
            if recorder.status and recorder.last_line and self._failure_unsaid:
                self._failure_unsaid = False
                self.notify(sanitise(recorder.last_line), markup=False, severity="error", timeout=_SHOWN_S)
        if not stream.live and stream.whole and self.is_current:
            self.app.call_later(shell_of(self).follow_attempts)

    def _listen(self) -> None:
        """How long nothing has come, while more may."""
        if self._heard[0] != self.stream.count:
            self._heard = self.stream.count, monotonic()
        silent = monotonic() - self._heard[1] if self.stream.live and self.stream.count else 0.0
        if silent >= _SILENCE_S or self._silent:
            self._silent = silent if silent >= _SILENCE_S else 0.0
            self._draw_status()

    def _say_news(self) -> None:
        """What the user is told once: what is odd in the file, and what has failed."""
        stream = self.stream
        if self._notes_unsaid and not stream.loading:
            self._notes_unsaid = False
            if notes := stream.exchange.notes:
                self.notify("; ".join(notes), markup=False, timeout=_SHOWN_S, severity="warning")
        if stream.problem:
            self.notify(stream.problem, markup=False, severity="error")
            stream.problem = ""

    def _draw_status(self) -> None:
        width = self._status.content_size.width
        if width > 0:
            activity = self._activity()
            self._status.show(attempt(lambda: status_lines(self.stream, self.source.name, activity, width), width))
            self.timeline.say(cut_line(self.search.line(), max(10, self.timeline.size.width - 4)))
            self._transport.update()
            self.panes.note_findings()

    def _activity(self) -> Line:
        stream, playback = self.stream, self.playback
        line: Line = []
        if stream.loading and not stream.follow:
            line.append((f"indexing {stream.exchange.progress:.0%}  ", "warning"))
        if missed := self.timeline.missed():
            line.append((f"↓ {missed:,} new, esc follows  ", "accent strong"))
        if self._silent:
            line.append((f"silent for {self._silent:.1f} s  ", "warning strong"))
        if playback.playing:
            line.append((f"{speed_name(playback.speed)} ▶  ", "accent strong"))
        return line + position(stream)
