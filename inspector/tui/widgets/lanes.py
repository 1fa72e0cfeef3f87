from textual.strip import Strip

from inspector.panes.drawing.lines import Line, attempt
from inspector.panes.lanes import LABEL, TimeAxis, lanes_lines
from inspector.panes.model import StreamModel
from inspector.tui.widgets.painting import strip
from inspector.tui.widgets.time_axis import Seeking


class Lanes(Seeking):
    """The blocks on the time axis; a click or a drag goes there."""

    def __init__(self, stream: StreamModel) -> None:
        super().__init__(id="lanes")
        self.stream = stream
        self._lines: list[Line] = []
        self._height = 0

    def update(self) -> None:
        """Draws the lanes for the stream's moment if they look different then."""
        if not self.display or not self.size.width:
            return
        self._fit()
        size = self.content_size
        lines = attempt(lambda: lanes_lines(self.stream, size.width, size.height), size.width)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def _fit(self) -> None:
        """As high as there are blocks to show, within a fifth of the screen."""
        blocks = len(self.stream.exchange.index.blocks)
        wanted = 1 + min(max(1, blocks), max(1, self.screen.size.height // 6))
        if self._height != wanted:
            self._height = wanted
            self.styles.height = wanted

    def on_resize(self) -> None:
        self.update()

    def render_line(self, y: int) -> Strip:
        return strip(self, self._lines[y] if y < len(self._lines) else [], self.content_size.width)

    def frame_at(self, x: int, dragging: bool) -> int | None:
        width = self.content_size.width - LABEL - 1
        column = max(0, x - LABEL) if dragging else x - LABEL
        if not self.stream.count or column < 0 or width < 1:
            return None
        return TimeAxis.of(self.stream, width).frame_at(column)
