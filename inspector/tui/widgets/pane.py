"""A pane: what a function makes of the stream's moment, scrolled."""

from collections.abc import Callable
from typing import Final

from textual.strip import Strip

from inspector.panes.content import Content
from inspector.panes.drawing.lines import Line, failure, marked
from inspector.panes.model import StreamModel
from inspector.tui.widgets.painting import Scrolled, strip

_BUDGET: Final = 400
_MOST: Final = 200_000


class PaneView(Scrolled):
    """Lines made for the moment of the stream; only those in sight are drawn, only some hundred are made.

    Scrolling to a sign that says there is more makes more.
    """

    def __init__(self, stream: StreamModel, name: str, content: Callable[[StreamModel, int, int], Content]) -> None:
        super().__init__(id=name.replace(" ", "-"))
        self.stream = stream
        self.title = name
        self._content = content
        self._budget = _BUDGET
        self._lines: list[Line] = []
        self._above = self._below = ""
        self._focus: int | None = None
        self._moment: tuple[object, ...] | None = None

    def on_resize(self) -> None:
        """Draws it for another width."""
        self.update(force=True)

    def update(self, force: bool = False) -> None:
        """Draws the pane for the stream's moment if that has changed."""
        if not self.display or not self.size.width:
            return
        stream = self.stream
        moment = (stream.cursor, stream.version, self._budget)
        if moment == self._moment and not force:
            return
        before = self._moment
        self._moment = moment
        content = self._drawn(max(4, self.scrollable_content_region.width - 1))
        lines = content.lines
        self._above, self._below = content.above, content.below
        if content.above:
            lines = [[(content.above, "dim")], *lines]
        if content.below:
            lines = [*lines, [(content.below, "dim")]]
        if lines != self._lines or force:
            self._lines = lines
            self.drop_selection()
            self.set_rows(len(lines))
            self.refresh()
        focus, self._focus = self._focus, content.focus
        if content.stays:
            return
        if not before or moment[0] != before[0] or (stream.follow and stream.whole) or focus != content.focus:
            self._bring_in_sight(content)

    def _drawn(self, width: int) -> Content:
        try:
            return self._content(self.stream, width, self._budget)
        # One pane that fails must not end the screen.
        except Exception as error:  # noqa: BLE001
            return Content(failure(error, width))

    def more(self) -> None:
        """Makes more lines, where the pane says that there are more; what is in sight stays in sight."""
        at_top = self.scroll_offset.y <= 0 and self._above
        at_bottom = self.scroll_offset.y >= self.max_scroll_y and self._below
        if (at_top or at_bottom) and self._budget < _MOST:
            before = len(self._lines)
            self._budget *= 4
            self.update()
            if at_top:
                self.jump(len(self._lines) - before)

    def scroll_lines(self, lines: int) -> None:
        """Scrolls by so many lines."""
        self.jump(self.scroll_offset.y + lines)
        self.more()

    def draw_row(self, row: int) -> Strip:
        """A line, with what is searched standing out."""
        line = self._lines[row] if row < len(self._lines) else []
        if highlight := self.stream.highlight:
            line = marked(line, highlight.spans)
        return strip(self, line, self.scrollable_content_region.width)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """At either end there may be more."""
        super().watch_scroll_y(old_value, new_value)
        if new_value != old_value and (new_value <= 0 or new_value >= self.max_scroll_y):
            self.call_later(self.more)

    def _bring_in_sight(self, content: Content) -> None:
        height = self.scrollable_content_region.height
        if content.focus is not None:
            line = content.focus + bool(content.above)
            last = line if content.focus_end is None else content.focus_end + bool(content.above)
            top = self.scroll_offset.y
            if line < top or last >= top + height - 1:
                self.jump(max(0, min(line, last - height + 2) if line else 0))
        else:
            y = self.max_scroll_y if content.at_end else 0
            self.jump(y)
