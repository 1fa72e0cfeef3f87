from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.content.lanes import LABEL, Axis, lanes_lines
from inspector.tui.draw.lines import Line
from inspector.tui.model import Session
from inspector.tui.widgets.painting import strip


class Lanes(Widget):
    """The blocks on the time axis; a click or a drag goes there."""

    class Sought(Message):
        """The user pointed at a moment."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(self, session: Session) -> None:
        super().__init__(id="lanes")
        self.session = session
        self._lines: list[Line] = []
        self._dragging = False
        self._height = 0

    def update(self) -> None:
        """Draws the lanes for the session's moment if they look different then."""
        if not self.display or not self.size.width:
            return
        self._fit()
        lines = lanes_lines(self.session, self.content_size.width, self.content_size.height)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def _fit(self) -> None:
        """As high as there are blocks to show, within a fifth of the screen."""
        blocks = sum(len(message.blocks) for message in self.session.exchange.index.messages)
        wanted = 1 + min(max(1, blocks), max(1, self.screen.size.height // 6))
        if self._height != wanted:
            self._height = wanted
            self.styles.height = wanted

    def on_resize(self) -> None:
        self.update()

    def render_line(self, y: int) -> Strip:
        return strip(self, self._lines[y] if y < len(self._lines) else [], self.content_size.width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragging = True
        self.capture_mouse()
        self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._seek(event)

    def on_mouse_up(self) -> None:
        self._dragging = False
        self.release_mouse()

    def _seek(self, event: events.MouseEvent) -> None:
        width = self.content_size.width
        column = event.x - self.gutter.left - LABEL
        if self.session.count and column >= 0:
            self.post_message(self.Sought(Axis.of(self.session, max(1, width - LABEL - 1)).frame_at(column)))
