from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from inspector.tui.command_output import CommandOutput
from inspector.tui.draw.lines import cut
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.line_list import LineList

_FAR = 1_000_000_000


class OutputScreen(Screen[None]):
    """What the command whose streams are recorded prints; it follows the end until the user moves up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,o,h,left", "dismiss", "Back"),
        ("j,down", "move(1)", "Down"),
        ("k,up", "move(-1)", "Up"),
        ("space,pagedown,ctrl+f", "move(20)", "Page down"),
        ("b,pageup,ctrl+b", "move(-20)", "Page up"),
        ("g,home", f"move(-{_FAR})", "First line"),
        ("G,end", f"move({_FAR})", "Last line"),
    ]

    def __init__(self, output: CommandOutput) -> None:
        super().__init__()
        self._output = output
        self._following = True

    def compose(self) -> ComposeResult:
        yield Bar("title")
        yield LineList("output", "output")
        yield Bar("footer")

    def on_mount(self) -> None:
        self._list = self.query_one(LineList)
        self._list.focus()
        self.query_one("#title", Bar).show([[("inspector  ", "dim"), ("what the command prints", "strong")]])
        self.query_one("#footer", Bar).show(
            [
                [
                    ("esc", "accent"),
                    (" back   ", "dim"),
                    ("j k", "accent"),
                    (" scroll   ", "dim"),
                    ("G", "accent"),
                    (" end", "dim"),
                ]
            ]
        )
        self.set_interval(0.1, self._look)

    def on_resize(self) -> None:
        self._show()

    def action_move(self, lines: int) -> None:
        self._following = lines == _FAR
        self._list.move(lines)

    def _look(self) -> None:
        if self._output.update():
            self._show()

    def _show(self) -> None:
        width = self._list.scrollable_content_region.width
        self._list.show([[(cut(line, width), "")] for line in self._output.lines])
        if self._following:
            self._list.move(_FAR)
