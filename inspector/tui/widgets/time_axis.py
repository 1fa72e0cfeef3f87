from textual import events
from textual.message import Message
from textual.widget import Widget


class Seeking(Widget):
    """A time axis: a click goes to a moment, a drag goes along."""

    class Sought(Message):
        """The user pointed at a moment."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    _dragging = False

    def frame_at(self, x: int, dragging: bool) -> int | None:
        """The frame at a column of the content, None where the axis is not. A drag may leave the axis: then its end."""
        raise NotImplementedError

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragging = self._seek(event, dragging=False)
        if self._dragging:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._seek(event, dragging=True)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _seek(self, event: events.MouseEvent, dragging: bool) -> bool:
        found = self.frame_at(event.x - self.gutter.left, dragging)
        if found is not None:
            self.post_message(self.Sought(found))
        return found is not None
