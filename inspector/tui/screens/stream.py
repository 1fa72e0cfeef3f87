from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen

from inspector.tui.draw.lines import Line
from inspector.tui.loading import Loader
from inspector.tui.model import Session
from inspector.tui.options import Options
from inspector.tui.playback import Playback, speed_name
from inspector.tui.screens.help import HelpScreen
from inspector.tui.sources import Source
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.lanes import Lanes
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.panes import NAMES, panes
from inspector.tui.widgets.status import StatusBar, position, status_lines
from inspector.tui.widgets.tabs import Tabs
from inspector.tui.widgets.timeline_list import TimelineList

_TICK_S: Final = 0.05
_PAGE_OVERLAP: Final = 1
_KEYS: Final = (
    ("space", "play"), ("[ ]", "step"), ("/", "search"), ("f", "filter"), ("e", "finding"), ("tab", "pane"),
    ("z", "zoom"), ("?", "help"), ("q", "quit"),
)  # fmt: skip


class StreamScreen(Screen[None]):
    """One stream: its timeline, and everything as of the moment at the cursor."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("g,home", "first", "First event", show=False),
        Binding("G,end", "last", "Last event", show=False),
        Binding("escape", "release", "Give the cursor up", show=False),
        Binding("right_square_bracket,right,l", "step(1)", "Step forward", show=False),
        Binding("left_square_bracket,left,h", "step(-1)", "Step back", show=False),
        Binding("space", "play", "Play or pause", show=False),
        Binding("less_than_sign", "speed(-1)", "Slower", show=False),
        Binding("greater_than_sign", "speed(1)", "Faster", show=False),
        Binding("tab", "next_pane(1)", "Next pane", show=False),
        Binding("shift+tab", "next_pane(-1)", "Previous pane", show=False),
        *(Binding(str(number), f"pane({number})", name, show=False) for number, name in enumerate(NAMES, 1)),
        Binding("J,shift+down", "scroll_pane(1)", "Scroll the pane down", show=False),
        Binding("K,shift+up", "scroll_pane(-1)", "Scroll the pane up", show=False),
        Binding("enter", "enter_pane", "Into the pane and back", show=False),
        Binding("z", "zoom", "Zoom", show=False),
        Binding("question_mark", "help", "Help", show=False),
    ]

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__()
        self.source = source
        self.session = Session(source.open(), options.follow, options.follow, loading=True)
        self.playback = Playback(self.session, options.speed, options.idle_limit)
        self._play_at_once = options.play
        self._pane = 0
        self._seen: tuple[object, ...] = ()
        # The first rows are to be on the screen before anything else.
        self.session.load_block()
        self._loader = Loader(self.session)

    def compose(self) -> ComposeResult:
        yield StatusBar("status")
        with Container(id="body"):
            yield TimelineList(self.session)
            with Container(id="side"):
                yield Tabs(NAMES)
                yield from panes(self.session)
        yield Lanes(self.session)
        yield Bar("footer")

    def on_mount(self) -> None:
        self._timeline = self.query_one(TimelineList)
        self._panes = list(self.query(Pane))
        self._show_pane(0)
        self.set_interval(_TICK_S, self._tick)
        self.call_after_refresh(self._loader.start)
        if self._play_at_once:
            self.playback.play()
        self._moved()
        for note in self.session.exchange.notes if not self.session.follow else ():
            self.notify(note, markup=False, timeout=6)

    def on_unmount(self) -> None:
        self._loader.stop()
        self.source.close()

    def on_resize(self) -> None:
        self._draw_status()

    # What the clock brings

    def _tick(self) -> None:
        if self.playback.tick():
            self._moved()
        session = self.session
        seen = (session.count, session.exchange.index.end is not None, session.live, session.loading)
        if seen != self._seen:
            self._seen = seen
            self._timeline.grown()
            self._draw()
        else:
            self._draw_status()

    # What the user does

    def action_move(self, rows: int) -> None:
        if isinstance(self.focused, Pane):
            self.focused.scroll_lines(rows)
            return
        self.session.move_by(rows)
        self._moved_by_user()

    def action_page(self, pages: int) -> None:
        if isinstance(self.focused, Pane):
            self.focused.scroll_lines(pages * (self.focused.size.height - _PAGE_OVERLAP))
            return
        self.action_move(pages * max(1, self._timeline.scrollable_content_region.height - _PAGE_OVERLAP))

    def action_first(self) -> None:
        if isinstance(self.focused, Pane):
            self.focused.scroll_lines(-(1 << 30))
        elif len(self.session.rows):
            self.session.move_to(self.session.rows[0])
            self._moved_by_user()

    def action_last(self) -> None:
        if isinstance(self.focused, Pane):
            self.focused.scroll_lines(1 << 30)
        elif len(self.session.rows):
            self.session.move_to(self.session.rows[len(self.session.rows) - 1])
            self._moved_by_user()

    def action_step(self, frames: int) -> None:
        self.playback.pause()
        self.session.move_by(frames)
        self._moved()

    def action_release(self) -> None:
        """One thing at a time: out of the pane, out of the zoom, then the cursor."""
        if isinstance(self.focused, Pane):
            self._timeline.focus()
        if self._zoomed:
            self._zoom("")
            return
        self.playback.pause()
        self.session.release()
        self._timeline.following = self.session.follow
        self._timeline.grown()
        self._moved()

    def action_play(self) -> None:
        if self.playback.playing:
            self.playback.pause()
        else:
            self.playback.play()
        self._moved()

    def action_speed(self, steps: int) -> None:
        self.playback.faster(steps)
        self._draw_status()

    def action_pane(self, number: int) -> None:
        self._show_pane(number - 1)

    def action_next_pane(self, step: int) -> None:
        self._show_pane((self._pane + step) % len(self._panes))

    def action_scroll_pane(self, lines: int) -> None:
        self._panes[self._pane].scroll_lines(lines)

    def action_enter_pane(self) -> None:
        if isinstance(self.focused, Pane):
            self._timeline.focus()
        else:
            self._panes[self._pane].focus()

    def action_zoom(self) -> None:
        if self._zoomed:
            self._zoom("")
        else:
            self._zoom("-zoom-pane")
            self._panes[self._pane].focus()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.BINDINGS))

    def on_timeline_list_chosen(self, message: TimelineList.Chosen) -> None:
        self.session.move_to(message.n)
        self._moved_by_user()

    def on_timeline_list_scrolled(self) -> None:
        self._draw_status()

    def on_lanes_sought(self, message: Lanes.Sought) -> None:
        self.session.move_to(message.n)
        self._moved_by_user()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self._show_pane(message.pane)

    # What follows from it

    def _moved_by_user(self) -> None:
        if self.playback.playing:
            # From here on, at the pace it had.
            self.playback.play()
        self._moved()

    def _moved(self) -> None:
        self._timeline.show_cursor()
        self._draw()

    def _draw(self) -> None:
        self._panes[self._pane].update()
        self.query_one(Lanes).update()
        self._draw_status()

    def _draw_status(self) -> None:
        width = self.query_one(StatusBar).content_size.width
        if width <= 0:
            return
        lines = status_lines(self.session, self.source.name, self._activity(), width)
        self.query_one(StatusBar).show(lines)
        footer: Line = []
        for key, word in _KEYS:
            footer += [(key, "accent"), (f" {word}   ", "dim")]
        self.query_one("#footer", Bar).show([footer])

    def _activity(self) -> Line:
        session, playback = self.session, self.playback
        line: Line = []
        if session.loading and not session.follow:
            line.append((f"indexing {session.exchange.progress:.0%}  ", "warning"))
        if playback.playing:
            line.append((f"▶ playing {speed_name(playback.speed)}  ", "accent strong"))
        elif session.cursor is not None:
            line.append((f"‖ {speed_name(playback.speed)}  ", "dim"))
        return line + position(session)

    def _show_pane(self, pane: int) -> None:
        in_pane = isinstance(self.focused, Pane)
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
        else:
            self._timeline.focus()
