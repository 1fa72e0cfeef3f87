from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from inspector.tui.commands import commands_of
from inspector.tui.draw.lines import Line, cut_line
from inspector.tui.loading import Loader
from inspector.tui.options import Options
from inspector.tui.playback import speed_name
from inspector.tui.recorder import Recorder
from inspector.tui.screens.finding import Finding
from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.stream_base import key
from inspector.tui.screens.taking import Taking
from inspector.tui.screens.travel import Travel
from inspector.tui.sources import Source
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.lanes import Lanes
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.panes import NAMES, SDK, panes
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.status import StatusBar, position, status_lines
from inspector.tui.widgets.tabs import Tabs
from inspector.tui.widgets.timeline_list import TimelineList
from inspector.visible import visible

_TICK_S: Final = 0.05
_KEYS: Final = (
    ("space", "play"), ("[ ]", "step"), ("/", "search"), ("f", "filter"), ("e", "finding"), ("?", "help"),
    ("q", "quit"), ("w", "SDK view"), ("tab", "pane"), ("z", "zoom"),
)  # fmt: skip


class StreamScreen(Travel, Finding, Taking):
    """One stream: its timeline, and everything as of the moment at the cursor."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("tab", "next_pane(1)", "Next pane"),
        key("shift+tab", "next_pane(-1)", "Previous pane"),
        *(key(str(number), f"pane({number})", f"Pane {name}") for number, name in enumerate(NAMES, 1) if name != SDK),
        key("w", "sdk", "What the SDK would have yielded"),
        key("J,shift+down", "scroll_pane(1)", "Scroll the pane down"),
        key("K,shift+up", "scroll_pane(-1)", "Scroll the pane up"),
        key("enter", "enter_pane", "Into the pane and back"),
        key("z", "zoom", "Zoom the pane to the full screen and back"),
        key("Z", "zoom_list", "Hide the panes and back"),
        key("x", "hexadecimal", "Bytes of the event as text or as hex"),
        key("question_mark", "help", "Help"),
    ]

    def __init__(self, source: Source, options: Options, recorder: Recorder | None = None) -> None:
        super().__init__(source, options)
        self.recorder = recorder
        self._said_why = False
        self._play_at_once = options.play
        self._pane = 0
        self.seen: tuple[object, ...] = ()
        self._news = 0
        # The first rows are to be on the screen before anything else.
        self.session.load_block()
        self._loader = Loader(self.session)

    def compose(self) -> ComposeResult:
        yield StatusBar("status")
        with Container(id="body"):
            yield TimelineList(self.session)
            with Container(id="side"):
                yield Tabs(NAMES, SDK)
                yield from panes(self.session)
        yield Lanes(self.session)
        yield Bar("footer")
        yield Prompt()

    def on_mount(self) -> None:
        self._panes = list(self.query(Pane))
        self._show_pane(0)
        footer: Line = []
        for name, word in _KEYS:
            footer += [(name, "accent"), (f" {word}   ", "dim")]
        self.query_one("#footer", Bar).show([footer])
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._loader.start)
        if self._play_at_once:
            self.playback.play()
        self.moved()
        self._say_notes = not self.session.follow

    def on_unmount(self) -> None:
        self._loader.stop()
        self.session.close()
        self.source.close()

    def on_resize(self) -> None:
        self._draw_status()

    def _tick(self) -> None:
        if self.playback.tick():
            self.moved()
        session = self.session
        if session.live and self.recorder and self.recorder.status is not None:
            self._recorder_ended(self.recorder)
        self.look_for_first()
        self.rest()
        seen = session.version
        if seen != self.seen:
            self.seen = seen
            self.timeline.grown()
            if session.news != self._news:
                # Rows that are painted already get their signs.
                self._news = session.news
                self.timeline.refresh()
            self.draw()
        elif session.filter or session.search:
            self.timeline.grown()
            self._draw_status()
        elif self.playback.playing:
            self._draw_status()
        if self._say_notes and not session.loading:
            self._say_notes = False
            if notes := session.exchange.notes:
                self.notify("; ".join(notes), markup=False, timeout=8, severity="warning")
        if session.problem:
            self.notify(session.problem, markup=False, severity="error")
            session.problem = ""

    def _recorder_ended(self, recorder: Recorder) -> None:
        self._loader.no_more()
        if recorder.status and recorder.last_line and not self._said_why:
            self._said_why = True
            self.notify(visible(recorder.last_line), markup=False, severity="error", timeout=8)

    def action_release(self) -> None:
        """One thing at a time: out of the pane, out of the zoom, then the cursor."""
        if self.focused_pane:
            self.set_focus(self.timeline)
        if self._zoomed:
            self._zoom("")
            return
        self.playback.pause()
        if self.session.cursor is None and not self.session.follow and len(self.app.screen_stack) > 2:
            self.dismiss()
            return
        self.session.release()
        self.timeline.following = self.session.follow
        self.timeline.grown()
        self.moved()

    def action_pane(self, number: int) -> None:
        self._show_pane(number - 1)

    def action_next_pane(self, step: int) -> None:
        numbered = len(self._panes) - 1
        self._show_pane((min(self._pane, numbered - (step > 0)) + step) % numbered)

    def action_sdk(self) -> None:
        if self._pane == len(self._panes) - 1:
            self._show_pane(0)
        else:
            self.session.ask_sdk(self.source.path, self.source.number)
            self._show_pane(len(self._panes) - 1)

    def action_hexadecimal(self) -> None:
        self.session.hexadecimal = not self.session.hexadecimal
        self._panes[self._pane].update(force=True)

    def action_scroll_pane(self, lines: int) -> None:
        self._panes[self._pane].scroll_lines(lines)

    def action_enter_pane(self) -> None:
        if self.focused_pane:
            self.set_focus(self.timeline)
        else:
            self.set_focus(self._panes[self._pane])

    def action_zoom(self) -> None:
        self._zoom("" if self.has_class("-zoom-pane") else "-zoom-pane")

    def action_zoom_list(self) -> None:
        self._zoom("" if self.has_class("-zoom-list") else "-zoom-list")

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(commands_of(self)))

    def on_timeline_list_scrolled(self) -> None:
        self._draw_status()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        if message.pane == len(self._panes) - 1:
            self.action_sdk()
        else:
            self._show_pane(message.pane)

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
        elif message.about == "search" and message.text != self.session.search_text:
            self.search_edited(message.text)

    def on_prompt_left(self, message: Prompt.Left) -> None:
        self.asked()
        if message.about == "search":
            self.search_left()

    def draw(self) -> None:
        self._panes[self._pane].update()
        self.query_one(Lanes).update()
        self._draw_status()

    def _draw_status(self) -> None:
        bar = self.query_one(StatusBar)
        width = bar.content_size.width
        if width > 0:
            bar.show(status_lines(self.session, self.source.name, self._activity(), width))
            found = self.found_line()
            self.timeline.say(cut_line(found, max(10, self.timeline.size.width - 4)))
            self.query_one(Tabs).note(NAMES.index("findings"), self.session.findings_note)

    def _activity(self) -> Line:
        session, playback = self.session, self.playback
        line: Line = []
        if session.loading and not session.follow:
            line.append((f"indexing {session.exchange.progress:.0%}  ", "warning"))
        if missed := self.timeline.missed():
            line.append((f"↓ {missed:,} new, esc follows  ", "accent strong"))
        if playback.playing:
            line.append((f"{speed_name(playback.speed)} ▶ playing  ", "accent strong"))
        elif session.cursor is not None:
            line.append((f"{speed_name(playback.speed)} ‖  ", "dim"))
        return line + position(session)

    def _show_pane(self, pane: int) -> None:
        in_pane = self.focused_pane is not None
        self._pane = pane
        for at, widget in enumerate(self._panes):
            widget.set_class(at == pane, "-shown")
        self.query_one(Tabs).choose(pane)
        if in_pane:
            self._panes[pane].focus()
        self.call_after_refresh(self._panes[pane].update)

    @property
    def _zoomed(self) -> bool:
        return self.has_class("-zoom-pane") or self.has_class("-zoom-list")

    def _zoom(self, name: str) -> None:
        self.remove_class("-zoom-pane", "-zoom-list")
        if name:
            self.add_class(name)
        if name == "-zoom-pane":
            self.set_focus(self._panes[self._pane])
        else:
            self.set_focus(self.timeline)
