import gc
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from inspector.panes.drawing.lines import Line, attempt, cut_line
from inspector.panes.playback import speed_name
from inspector.panes.registry import CONTENTS, NAMES, SDK
from inspector.panes.status import position, status_lines
from inspector.session.sources import Source
from inspector.text.sanitise import sanitise
from inspector.tui.commands import commands_of
from inspector.tui.loading import Loader
from inspector.tui.recorder_process import RecorderProcess
from inspector.tui.screens.exports import Taking
from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.navigation import Travel
from inspector.tui.screens.pane_layout import Arranging
from inspector.tui.screens.search import Finding
from inspector.tui.screens.stream_base import key
from inspector.tui.settings import Options
from inspector.tui.widgets.bar import StatusBar
from inspector.tui.widgets.buttons import Button, Buttons
from inspector.tui.widgets.lanes import Lanes
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.split import Split
from inspector.tui.widgets.tabs import Tabs
from inspector.tui.widgets.timeline_list import TimelineList
from inspector.tui.widgets.transport import Transport

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp

_TICK_S: Final = 0.05
_SILENCE_S: Final = 1.0
_FOOTER: Final = (
    ("space", "play", "play"), ("[ ]", "step", "step(1)"), ("/", "search", "search"), ("f", "filter", "filter"),
    ("e", "finding", "finding(1)"), ("?", "help", "help"), ("q", "quit", "app.quit"), ("w", "SDK view", "sdk"),
    ("z", "zoom", "zoom"), ("y", "copy", "copy"), ("tab", "pane", "next_pane(1)"), ("r", "request", "request"),
    ("ctrl+p", "palette", "app.command_palette"),
)  # fmt: skip


class StreamScreen(Travel, Finding, Taking, Arranging):
    """One stream: its timeline, and everything as of the moment at the cursor."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#timeline"
    GROUP: ClassVar[str] = "screen"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("question_mark", "help", "Help"),
    ]

    def __init__(
        self,
        source: Source,
        options: Options,
        recorder: RecorderProcess | None = None,
        start: tuple[int, str] | None = None,
    ) -> None:
        """`start`: the frame to go to first, and what is searched for: a match of a search over several streams."""
        super().__init__(source, options)
        self._start = start
        self.recorder = recorder
        self._said_why = False
        self._play_at_once = options.play
        self.seen: tuple[object, ...] = ()
        self._news = 0
        self._heard = (0, monotonic())
        self._silent = 0.0
        # The first rows are to be on the screen before anything else.
        self.stream.load_block()
        self._loader = Loader(self.stream)

    def compose(self) -> ComposeResult:
        yield StatusBar("status")
        with Split(self._shares):
            yield TimelineList(self.stream)
            with Container(id="side"):
                yield Tabs(NAMES, SDK)
                yield from (Pane(self.stream, name, content) for name, content in CONTENTS.items())
        yield Lanes(self.stream)
        yield Transport(self.playback)
        yield Buttons("footer")
        yield Prompt()

    def on_mount(self) -> None:
        self.show_panes()
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._loader.start)
        if self._play_at_once:
            self.playback.play()
        if self._start:
            self.search_at(*self._start)
        self.moved()
        self._say_notes = not self.stream.follow

    def on_unmount(self) -> None:
        self._loader.stop()
        # What the loader has spared may go now.
        gc.unfreeze()
        self.stream.close()
        self.source.close()

    def on_resize(self) -> None:
        keys = [Button([(name, "accent"), (f" {word}   ", "dim")], action) for name, word, action in _FOOTER]
        self.query_one("#footer", Buttons).show_buttons(keys)
        self._draw_status()

    @property
    def _shares(self) -> tuple[int, int]:
        settings = cast("InspectorApp", self.app).settings
        return settings.panes_beside, settings.panes_below

    def _tick(self) -> None:
        if self.playback.tick():
            self.moved()
        stream = self.stream
        if stream.live and self.recorder and self.recorder.status is not None:
            self._recorder_ended(self.recorder)
        if self.recorder and not stream.live and stream.whole and self.is_current:
            self.app.call_later(cast("InspectorApp", self.app).follow_attempts)
        self.look_for_first()
        self.rest()
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
        if self._say_notes and not stream.loading:
            self._say_notes = False
            if notes := stream.exchange.notes:
                self.notify("; ".join(notes), markup=False, timeout=8, severity="warning")
        if stream.problem:
            self.notify(stream.problem, markup=False, severity="error")
            stream.problem = ""

    def _listen(self) -> None:
        """How long nothing has come, while more may."""
        if self._heard[0] != self.stream.count:
            self._heard = self.stream.count, monotonic()
        silent = monotonic() - self._heard[1] if self.stream.live and self.stream.count else 0.0
        if silent >= _SILENCE_S or self._silent:
            self._silent = silent if silent >= _SILENCE_S else 0.0
            self._draw_status()

    def _recorder_ended(self, recorder: RecorderProcess) -> None:
        self._loader.no_more()
        if recorder.status and recorder.last_line and not self._said_why:
            self._said_why = True
            self.notify(sanitise(recorder.last_line), markup=False, severity="error", timeout=8)

    def action_release(self) -> None:
        """One thing at a time: a filter that takes long, out of the pane, out of the zoom, then the cursor."""
        if self.leave_filter():
            return
        if self.focused_pane:
            self.set_focus(self.timeline)
        if self.leave_zoom():
            return
        self.playback.leave()
        as_at_first = self.stream.cursor is None and (self.timeline.following or not self.stream.follow)
        if (as_at_first or self._start) and len(self.app.screen_stack) > 2:
            self.dismiss()
            return
        self.stream.release()
        self.timeline.following = self.stream.follow
        self.timeline.grown()
        self.moved()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(commands_of(self)))

    def on_timeline_list_scrolled(self) -> None:
        self._draw_status()

    def on_prompt_answered(self, message: Prompt.Answered) -> None:
        self.asked()
        if message.about == "jump":
            self.jump_to(message.text)
        elif message.about == "filter":
            self.set_filter(message.text)
        elif message.about == "mark":
            self.mark(message.text)
        elif message.about == "search" and not message.text:
            self.search_left()
        elif message.about == "search" and message.text != self.stream.search_text:
            self.search_edited(message.text)

    def on_prompt_left(self, message: Prompt.Left) -> None:
        self.asked()
        if message.about == "search":
            self.search_left()

    def draw(self) -> None:
        self.pane.update()
        self.query_one(Lanes).update()
        self._draw_status()

    def _draw_status(self) -> None:
        bar = self.query_one(StatusBar)
        width = bar.content_size.width
        if width > 0:
            activity = self._activity()
            bar.show(attempt(lambda: status_lines(self.stream, self.source.name, activity, width), width))
            found = self.found_line()
            self.timeline.say(cut_line(found, max(10, self.timeline.size.width - 4)))
            self.query_one(Transport).update()
            self.query_one(Tabs).note(NAMES.index("findings"), self.stream.findings_note)

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
