"""The list of a stream's frames."""

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.style import Style

from inspector.panes.drawing.lines import Line, attempt, marked
from inspector.panes.model import StreamModel
from inspector.panes.timeline_row import row_line
from inspector.text.wording import seconds
from inspector.timeline.rows import Row, row
from inspector.tui.shell import shell_of
from inspector.tui.widgets.painting import Scrolled, Sought, strip

_KEPT_ROWS = 512


class TimelineList(Scrolled):
    """One row for each frame, drawn when it is in sight; a million cost what thirty do."""

    BORDER_TITLE = "timeline"

    class Turned(Message):
        """The user turned the wheel: the list moved without the cursor."""

    def __init__(self, stream: StreamModel) -> None:
        super().__init__(id="timeline")
        self.stream = stream
        self.following = stream.follow
        self._rows: dict[int, Row] = {}
        self._shown_cursor: int | None = None
        self._said: Line = []
        self._titled = "timeline"
        self._came = 0
        self._layout = 0, 0

    def on_mount(self) -> None:
        """Shows what has come already."""
        self.grown()

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self.grown()
        self.show_cursor()

    def grown(self) -> None:
        """More frames have come, or others are shown."""
        stream = self.stream
        layout = len(str(stream.count)), len(seconds(stream.last_t_ns))
        if layout != self._layout:
            # Numbers or times need more room: no row may stay as it was drawn for less.
            self._layout = layout
            self.refresh()
        before = self.virtual_size
        self.set_rows(len(self.stream.rows))
        if self.virtual_size != before and before.height <= self.scroll_offset.y + self.size.height:
            self.refresh()
        if self.following and self.stream.cursor is None:
            self.jump(self.max_scroll_y)

    def replaced(self) -> None:
        """Other rows than before are shown."""
        self.drop_selection()
        self.grown()
        self.refresh()
        self.show_cursor()

    def show_cursor(self) -> None:
        """Brings the cursor in sight and paints the two rows that changed."""
        stream = self.stream
        for n in {self._shown_cursor, stream.cursor} - {None}:
            if n is not None and (at := stream.rows.place(n)) is not None:
                self.refresh_line(at)
        self._shown_cursor = stream.cursor
        if stream.cursor is None:
            return
        at = stream.rows.nearest(stream.cursor)
        top, height = round(self.scroll_y), self.size.height
        if at < top:
            self.jump(at)
        elif at >= top + height:
            self.jump(at - height + 1)

    def title(self, text: str) -> None:
        """The upper border's, with markup; without a lower border it holds too what is said."""
        self._titled = text
        said = self._said if self.screen.has_class("-narrow") else []
        self.border_title = Content.assemble(Content.from_markup(text), "  " if said else "", self._painted(said))

    def say(self, line: Line) -> None:
        """A word in the lower border: what is filtered and searched."""
        if line != self._said:
            self._said = line
            self.border_subtitle = self._painted(line)
            self.title(self._titled)

    def _painted(self, line: Line) -> Content:
        styles = shell_of(self).paint
        return Content.assemble(*((text, Style.from_rich_style(styles.of(role))) for text, role in line))

    def missed(self) -> int:
        """How many rows have come below while the list was not following."""
        if not self.stream.follow or (self.following and self.stream.cursor is None):
            self._came = len(self.stream.rows)
        return max(0, len(self.stream.rows) - self._came)

    def draw_row(self, at: int) -> Strip:
        """The row of a frame, or why there is none."""
        width = self.scrollable_content_region.width
        rows = self.stream.rows
        if at >= len(rows):
            waiting = "nothing has come yet" if self.stream.live or self.stream.loading else "no events came"
            nothing = "nothing passes the filter" if self.stream.filter else waiting
            return strip(self, [] if at else [(f"  {nothing}", "dim")], width)
        n = rows[at]
        here = n == self.stream.cursor
        (line, *_) = attempt(lambda: [self._line(self._row(n), width, here)], width)
        return strip(self, line, width, "cursor" if here else "")

    def _row(self, n: int) -> Row:
        found = self._rows.get(n)
        if found is None:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            found = self._rows[n] = row(self.stream.exchange, n)
        return found

    def _line(self, found: Row, width: int, here: bool) -> Line:
        stream = self.stream
        line = row_line(found, width, stream.count, stream.last_t_ns, stream.sign(found.n), here)
        return [*line[:-1], *marked(line[-1:], stream.highlight.spans)] if stream.highlight else line

    def on_click(self, event: events.Click) -> None:
        """Goes to the frame there."""
        at = event.y - self.gutter.top + self.scroll_offset.y
        if not self.dragged and 0 <= at < len(self.stream.rows):
            self.post_message(Sought(self.stream.rows[at]))

    # Textual's own handlers of the wheel, which are private: whether the list follows is to be known before it scrolls
    # up, and after it has scrolled down. A public handler would run before, in both cases.
    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.following = False
        super()._on_mouse_scroll_up(event)
        self.post_message(self.Turned())

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        super()._on_mouse_scroll_down(event)
        if self.stream.follow and self.scroll_offset.y >= self.max_scroll_y - 3:
            self.following = True
        self.post_message(self.Turned())
