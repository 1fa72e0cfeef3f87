"""A row of the timeline as a line: what the list paints, and the preview before it."""

from inspector.panes.drawing.charts import gap_bar
from inspector.panes.drawing.lines import Line, Piece, fill
from inspector.text.wording import seconds
from inspector.timeline.rows import Row

_ROOMY = 50
_LONG_GAP_NS = 1_000_000_000


def row_line(
    found: Row, width: int, last_n: int, last_t_ns: int, sign: Piece | None = None, here: bool = False
) -> Line:
    """A row for a list `width` cells wide, whose numbers and times go up to `last_n` and `last_t_ns`."""
    number = max(3, len(str(last_n)))
    time = len(seconds(last_t_ns))
    roomy = width >= _ROOMY
    return [
        ("▶" if here else " ", "accent"),
        sign or (" ", ""),
        (f"{found.n:>{number}} ", "faint"),
        (f"{seconds(found.t_ns):>{time}} ", "faint" if found.gap_ns != 0 else "dim"),
        (gap_bar(found.gap_ns, 6 if roomy else 4) + " ", "warning" if (found.gap_ns or 0) >= _LONG_GAP_NS else "dim"),
        (fill(found.label, 13 if roomy else 12) + " ", found.tone),
        (f"{'' if found.block is None else found.block:>2} ", "faint"),
        (found.summary, "faint" if found.tone in ("message", "block", "quiet") else ""),
    ]
