"""The two lines on top: what stream this is and how it stands, and its figures."""

from typing import Final

from rich.cells import cell_len

from inspector.panes.drawing.charts import duration, seconds
from inspector.panes.drawing.lines import Line, Piece, cut, right_aligned, width_of
from inspector.panes.model import Session
from inspector.text.sanitise import brief, visible

STATE_SIGNS: Final[dict[str, Piece]] = {
    "complete": ("● complete", "good strong"),
    "in-progress": ("◌ no end", "warning strong"),
    "live": ("◉ live", "accent strong"),
    "waiting": ("◌ waiting", "warning strong"),
    "error": ("✗ error", "error strong"),
    "truncated": ("✂ truncated", "warning strong"),
    "cancelled": ("✂ cancelled", "warning strong"),
    "not-a-stream": ("■ not a stream", "warning strong"),
    "large": ("  large", "faint"),
    "unreadable": ("✗ unreadable", "error"),
}
"""The sign and word for each `session.summaries.State`."""


def state_of(session: Session) -> Piece:
    """How the reply stands, as a sign and a word."""
    status = session.status
    if status == "in-progress" and session.live:
        return STATE_SIGNS["live"] if session.count else STATE_SIGNS["waiting"]
    return STATE_SIGNS[status]


def status_lines(session: Session, name: str, activity: Line, width: int) -> list[Line]:
    found = session.figures()
    state = state_of(session)
    room = width - width_of(activity) - cell_len(state[0]) - 3
    left: Line = [("inspector  ", "dim")] if width >= 100 else []
    left.append((cut(visible(name), max(8, room - width_of(left))), "strong"))
    model = brief(found.model or "")
    if model and room - width_of(left) - cell_len(model) > 2:
        left.append((f"  {model}", "faint"))
    left += [("  ", ""), state]
    return [right_aligned(left, activity, width), _figures_line(session, width)]


def position(session: Session) -> Line:
    """Where the cursor is, in events and in time."""
    if session.cursor is None:
        return [(f"{session.count:,} events", "faint")]
    time = f" {seconds(session.t_ns)} s" if session.t_ns is not None else ""
    return [(f"{session.cursor:,}", "strong"), (f" of {session.count:,}{time}", "faint")]


def _figures_line(session: Session, width: int) -> Line:
    found = session.figures()
    pairs: list[tuple[str, str]] = []
    if found.input_tokens is not None:
        cached = f" (cached {found.cached_tokens:,})" if found.cached_tokens else ""
        pairs.append(("in", f"{found.input_tokens:,}{cached}"))
    if found.output_tokens is not None:
        pairs.append(("out", f"{found.output_tokens:,}"))
    pairs.append(("TTFB", duration(found.ttfb_ns)))
    pairs.append(("TTFT", duration(found.ttft_ns)))
    if found.tokens_per_s is not None:
        pairs.append(("", f"{found.tokens_per_s:,.0f} tok/s"))
    if found.longest_gap_ns is not None:
        pairs.append(("longest gap", f"{duration(found.longest_gap_ns)} @ {found.longest_gap_at}"))
    if found.stop_reason:
        pairs.append(("stop", brief(found.stop_reason)))
    line: Line = []
    for name, value in pairs:
        line += [(f"{name} " if name else "", "dim"), (value, ""), ("   " if width >= 100 else "  ", "")]
    return line
