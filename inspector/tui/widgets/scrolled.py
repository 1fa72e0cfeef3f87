from textual.geometry import Size
from textual.scroll_view import ScrollView


class Scrolled(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines drawn one by one, with a scrollbar that always has its place, so that their number may change cheaply."""

    def set_rows(self, rows: int) -> None:
        """How many lines there are. Setting `virtual_size` itself would lay out and paint the whole screen."""
        size = Size(self.scrollable_content_region.width, rows)
        if size == self.virtual_size:
            return
        self.set_reactive(ScrollView.virtual_size, size)
        if self.is_attached and self.size:
            self.vertical_scrollbar.window_virtual_size = rows
            if self.scroll_y > self.max_scroll_y:
                self.jump(self.max_scroll_y)

    def jump(self, y: float) -> None:
        """Scrolls there at once."""
        self.scroll_to(y=y, animate=False, immediate=True)
