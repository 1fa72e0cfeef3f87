from textual import events
from textual.message import Message
from textual.strip import Strip

from inspector.tui.draw.lines import Line
from inspector.tui.widgets.painting import strip
from inspector.tui.widgets.scrolled import Scrolled


class LineList(Scrolled):
    """Lines to read, or to choose one of (`choice`)."""

    class Chosen(Message):
        """The user took a line."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, id: str, title: str, lines: list[Line] | None = None, choice: bool = False) -> None:
        super().__init__(id=id)
        self.border_title = title
        self._lines = lines or []
        self._choice = choice
        self.at = 0

    def on_mount(self) -> None:
        self.show(self._lines)

    def show(self, lines: list[Line]) -> None:
        """Other lines; the place stays."""
        self._lines = lines
        self.set_rows(len(lines))
        self.at = min(self.at, max(0, len(lines) - 1))
        self.refresh()

    def move(self, lines: int) -> None:
        """The choice, or the whole text, by so many lines."""
        if not self._choice:
            self.jump(self.scroll_offset.y + lines)
            return
        self.at = min(max(0, self.at + lines), max(0, len(self._lines) - 1))
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if not top <= self.at < top + height:
            y = self.at if self.at < top else self.at - height + 1
            self.jump(y)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        line = self._lines[at] if at < len(self._lines) else []
        here = self._choice and at == self.at and bool(self._lines)
        sign: Line = [("▶ " if here else "  ", "accent")] if self._choice else []
        return strip(self, [*sign, *line], self.scrollable_content_region.width, "cursor" if here else "")

    def on_click(self, event: events.Click) -> None:
        at = event.y - self.gutter.top + self.scroll_offset.y
        if self._choice and 0 <= at < len(self._lines):
            self.at = at
            self.refresh()
            self.post_message(self.Chosen(at))
