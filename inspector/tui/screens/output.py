from typing import ClassVar

from textual.binding import BindingType

from inspector.panes.drawing.lines import cut
from inspector.tui.command_output import CommandOutput
from inspector.tui.screens.stream_base import key
from inspector.tui.screens.text_screen import FAR, TextScreen
from inspector.tui.widgets.line_list import LineList


class OutputScreen(TextScreen):
    """What the command whose streams are recorded prints; it follows the end until the user moves up."""

    BINDINGS: ClassVar[list[BindingType]] = [key("o", "back", "Back")]

    def __init__(self, output: CommandOutput) -> None:
        super().__init__("what the command prints")
        self._output = output
        self._following = True

    def text(self) -> LineList:
        return LineList("output", "output")

    def on_mount(self) -> None:
        self.set_interval(0.1, self._look)

    def on_resize(self) -> None:
        self._show()

    def move(self, lines: int) -> None:
        self._following = lines == FAR
        self.query_one(LineList).move(lines)

    def _look(self) -> None:
        if self._output.update():
            self._show()

    def _show(self) -> None:
        found = self.query_one(LineList)
        width = found.scrollable_content_region.width
        found.show([[(cut(line, width), "")] for line in self._output.lines])
        if self._following:
            found.move(FAR)
