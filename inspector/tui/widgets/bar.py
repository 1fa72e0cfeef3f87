from textual.strip import Strip
from textual.widget import Widget

from inspector.panes.drawing.lines import Line
from inspector.tui.widgets.painting import strip


class Bar(Widget):
    """A few lines that are drawn when they change."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Repaints only if they differ: a line that is painted again and again slows every key."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else []
        return strip(self, line, self.size.width)


class StatusBar(Bar):
    """File, model, state, figures; always in sight."""
