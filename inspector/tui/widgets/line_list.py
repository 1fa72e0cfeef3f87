"""Lines to read or to choose from."""

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from inspector.panes.drawing.lines import Line
from inspector.tui.widgets.painting import Scrolled, strip


class LineList(Scrolled):
    """Lines to read, or to choose one of (`choice`). A line is asked for when it comes in sight."""

    class Chosen(Message):
        """The user took the line at this place."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, id: str, title: str, lines: Sequence[Line] = (), choice: bool = False) -> None:
        super().__init__(id=id)
        self.border_title = title
        self._lines = lines
        self._choice = choice
        self.at = 0

    def on_mount(self) -> None:
        """Shows the lines that are there from the start."""
        self.show(self._lines)

    def on_resize(self) -> None:
        """The choice stays in sight."""
        if self._choice:
            self.choose(self.at)

    def show(self, lines: Sequence[Line]) -> None:
        """Other lines; the place stays."""
        self._lines = lines
        self.set_rows(len(lines))
        self.at = min(self.at, max(0, len(lines) - 1))
        self.refresh()

    @property
    def page(self) -> int:
        """How many lines are a page; one of them is on the next one too."""
        return max(1, self.scrollable_content_region.height - 1)

    def move(self, lines: int) -> None:
        """The choice, or the whole text, by so many lines."""
        if self._choice:
            self.choose(self.at + lines)
        else:
            self.jump(self.scroll_offset.y + lines)

    def choose(self, at: int) -> None:
        """Makes this line the choice, the first or last one where there is no such, and brings it in sight."""
        self.at = min(max(0, at), max(0, len(self._lines) - 1))
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if height and not top <= self.at < top + height:
            self.jump(self.at if self.at < top else self.at - height + 1)
        self.refresh()

    def draw_row(self, row: int) -> Strip:
        """A line; the choice has a sign."""
        line = self._lines[row] if row < len(self._lines) else []
        here = self._choice and row == self.at and bool(self._lines)
        sign: Line = [("▶ " if here else "  ", "accent")] if self._choice else []
        return strip(self, [*sign, *line], self.scrollable_content_region.width, "cursor" if here else "")

    def on_click(self, event: events.Click) -> None:
        """Takes the line there."""
        at = event.y - self.gutter.top + self.scroll_offset.y
        if self._choice and not self.dragged and 0 <= at < len(self._lines):
            self.choose(at)
            self.post_message(self.Chosen(at))
