"""Selecting what is seen by dragging over it, as a terminal does where no program takes the mouse."""

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from inspector.tui.shell import shell_of

# More of it is no drag, and no clipboard's.
_MOST_ROWS = 20_000


class Place(NamedTuple):
    """A cell of a widget's rows, which count from its first one, in sight or not."""

    row: int
    column: int


class Selectable(Widget):
    """Rows of text, drawn one by one, that a drag selects. Letting go copies what is selected; it stays inverted."""

    SELECTABLE: ClassVar[bool] = True

    _pressed: Place | None = None
    _reached: Place | None = None

    def draw_row(self, row: int) -> Strip:
        """A row as it is painted, blank where there is none."""
        raise NotImplementedError

    @property
    def rows(self) -> int:
        """How many there are."""
        raise NotImplementedError

    def scroll_rows(self, rows: int) -> None:
        """Scrolls by so many, where there is more than is in sight."""

    def render_line(self, y: int) -> Strip:
        """The row at row y of what is in sight."""
        row = y + self.scroll_offset.y
        strip = self.draw_row(row)
        start, end = self._columns(row, strip.cell_length)
        if start >= end:
            return strip
        inside = [Segment(text, _inverted(style)) for text, style, _ in strip.crop(start, end)]
        return Strip.join([strip.crop(0, start), Strip(inside), strip.crop(end)])

    @property
    def dragged(self) -> bool:
        """Whether the last press of the mouse has become a drag: then it was no click."""
        return self._reached is not None

    @property
    def selected_text(self) -> str:
        """What is selected, as it is painted, without the blanks that lines end with."""
        if self._pressed is None or self._reached is None:
            return ""
        first, last = sorted((self._pressed.row, self._reached.row))
        lines: list[str] = []
        for row in range(first, min(last, self.rows - 1, first + _MOST_ROWS) + 1):
            strip = self.draw_row(row)
            lines.append(strip.crop(*self._columns(row, strip.cell_length)).text.rstrip())
        return "\n".join(lines).strip("\n")

    def drop_selection(self) -> None:
        """Nothing is selected any more."""
        if self._reached is not None:
            self.refresh()
        self._pressed = self._reached = None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin here."""
        shell_of(self).drop_selection()
        self.drop_selection()
        x, y = event.x - self.gutter.left, event.y - self.gutter.top
        inside = 0 <= x < self.content_size.width and 0 <= y < self.content_size.height
        if self.SELECTABLE and inside and event.button == 1:
            self._pressed = Place(y + self.scroll_offset.y, x)
            # A fast drag is elsewhere at once.
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Selects up to here; beyond an edge it scrolls."""
        if self._pressed is None or shell_of(self).selection is self:
            return
        if not event.button:
            # That it was let go was not reported.
            self.on_mouse_up()
            return
        y = event.y - self.gutter.top
        height = self.content_size.height
        if y < 0 or y >= height:
            self.scroll_rows(-1 if y < 0 else 1)
        row = min(max(0, y), max(0, height - 1)) + self.scroll_offset.y
        reached = Place(row, max(0, event.x - self.gutter.left))
        if self._reached is None and reached == self._pressed:
            return
        self._reached = reached
        self.refresh()

    def on_mouse_up(self) -> None:
        """Copies what is selected."""
        if self._pressed is None:
            return
        self.release_mouse()
        if self._reached is None:
            self._pressed = None
        elif self.selected_text.strip():
            shell_of(self).select(self)
        else:
            # A drag over nothing, which was no click either.
            self.refresh()
            self._pressed = None

    def _columns(self, row: int, width: int) -> tuple[int, int]:
        """What of a row is selected: from, to."""
        if self._pressed is None or self._reached is None:
            return 0, 0
        first, last = sorted((self._pressed, self._reached))
        if not first.row <= row <= last.row:
            return 0, 0
        start = first.column if row == first.row else 0
        return start, min(width, last.column + 1) if row == last.row else width


def _inverted(style: Style | None) -> Style:
    # Also where the row is inverted for another reason.
    return (style or Style.null()) + Style(reverse=not (style and style.reverse))
