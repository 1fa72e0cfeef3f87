from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from inspector.panes.drawing.lines import Line, apart, cut_line
from inspector.tui.styles import Styles

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp


def styles_of(widget: Widget) -> Styles:
    """The styles of the theme in use."""
    return cast("InspectorApp", widget.app).paint


def strip(widget: Widget, line: Line, width: int, whole: str = "") -> Strip:
    """A line on a widget's background, exactly `width` cells; `whole` is a role for all of it."""
    styles = styles_of(widget)
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
