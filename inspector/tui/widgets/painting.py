"""What our widgets are made of: lines of styled text, painted one by one, so that only what is in sight costs."""

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from inspector.panes.drawing.lines import Line, apart, cut_line
from inspector.tui.shell import shell_of
from inspector.tui.widgets.selection import Selectable


class Sought(Message):
    """The user pointed at the moment of frame n: in the list, or on the time axis."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n


def strip(widget: Widget, line: Line, width: int, whole: str = "") -> Strip:
    """A line on a widget's background, exactly `width` cells; `whole` is a role for all of it."""
    styles = shell_of(widget).paint
    base: Style = widget.rich_style
    if whole:
        base += styles.of(whole)
    background = Style.null()
    if whole:
        # Where the line is turned round, a piece's own colour would be its ground.
        background = Style(bgcolor=base.bgcolor, bold=base.bold, color=base.color if base.reverse else None)
    line = cut_line([(apart(text), role) for text, role in line], width)
    segments = [Segment(text, base + styles.of(role) + background) for text, role in line if text]
    return Strip(segments).adjust_cell_length(width, base)


class Bar(Selectable):
    """A few lines that are drawn when they change."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Repaints only if they differ: a line that is painted again and again slows every key."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    @property
    def rows(self) -> int:
        """As many as lines are shown."""
        return len(self._lines)

    def draw_row(self, row: int) -> Strip:
        """A line, blank below the last one."""
        line = self._lines[row] if row < len(self._lines) else []
        return strip(self, line, self.size.width)


class Scrolled(Selectable, ScrollView, can_focus=True, inherit_bindings=False):
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

    @property
    def rows(self) -> int:
        """How many lines there are."""
        return self.virtual_size.height

    def scroll_rows(self, rows: int) -> None:
        """Scrolls by so many lines."""
        self.jump(min(max(0, self.scroll_offset.y + rows), self.max_scroll_y))

    def jump(self, y: float) -> None:
        """Scrolls to row y at once."""
        self.scroll_to(y=y, animate=False, immediate=True)
