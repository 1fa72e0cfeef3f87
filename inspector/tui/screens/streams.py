from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from inspector.tui.draw.lines import Line
from inspector.tui.options import Options
from inspector.tui.screens.help import HelpScreen
from inspector.tui.sources import Source
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.line_list import LineList
from inspector.visible import visible

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp


class StreamsScreen(Screen[None]):
    """Several streams to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "move(20)", "Page down", show=False),
        Binding("pageup,ctrl+b", "move(-20)", "Page up", show=False),
        Binding("g,home", "move(-1000000)", "First", show=False),
        Binding("G,end", "move(1000000)", "Last", show=False),
        Binding("enter,l,right", "open", "Open the stream", show=False),
        Binding("question_mark", "help", "Help", show=False),
    ]

    def __init__(self, sources: list[Source], options: Options) -> None:
        super().__init__()
        self._sources = sources
        self._options = options

    def compose(self) -> ComposeResult:
        yield Bar("title")
        yield LineList("streams", "streams", choice=True)
        yield Bar("footer")

    def on_mount(self) -> None:
        lines: list[Line] = [[(visible(source.name), "strong")] for source in self._sources]
        self.query_one(LineList).show(lines)
        self.query_one("#title", Bar).show([[("inspector  ", "dim"), (f"{len(lines):,} streams", "strong")]])
        self.query_one("#footer", Bar).show([[("enter", "accent"), (" open   ", "dim"), ("q", "accent"), (" quit", "dim")]])

    def action_move(self, lines: int) -> None:
        self.query_one(LineList).move(lines)

    def action_open(self) -> None:
        at = self.query_one(LineList).at
        if at < len(self._sources):
            cast("InspectorApp", self.app).open_source(self._sources[at])

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.BINDINGS))

    def on_line_list_chosen(self) -> None:
        self.action_open()
