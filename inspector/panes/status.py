"""The two lines on top: what stream this is and how it stands, and its figures."""

from typing import Final

from rich.cells import cell_len

from inspector.panes.drawing.lines import Line, Piece, cut, right_aligned, width_of
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.text.wording import duration, seconds

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
"""The sign and word for each `stream.summaries.State`."""


def state_of(stream: StreamModel) -> Piece:
    """How the reply stands, as a sign and a word."""
    status = stream.status
    if status == "in-progress" and stream.live:
        return STATE_SIGNS["live"] if stream.count else STATE_SIGNS["waiting"]
    return STATE_SIGNS[status]


def status_lines(stream: StreamModel, name: str, activity: Line, width: int) -> list[Line]:
    found = stream.figures()
    state = state_of(stream)
    room = width - width_of(activity) - cell_len(state[0]) - 3
    left: Line = [("inspector  ", "dim")] if width >= 100 else []
    left.append((cut(sanitise(name), max(8, room - width_of(left))), "strong"))
    model = sanitise_start(found.model or "")
    if model and room - width_of(left) - cell_len(model) > 2:
        left.append((f"  {model}", "faint"))
    left += [("  ", ""), state]
    return [right_aligned(left, activity, width), _figures_line(stream, width)]


def position(stream: StreamModel) -> Line:
    """Where the cursor is, in events and in time."""
    if stream.cursor is None:
        return [(f"{stream.count:,} events", "faint")]
    time = f" {seconds(stream.t_ns)} s" if stream.t_ns is not None else ""
    return [(f"{stream.cursor:,}", "strong"), (f" of {stream.count:,}{time}", "faint")]


def _figures_line(stream: StreamModel, width: int) -> Line:
    found = stream.figures()
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
        pairs.append(("stop", sanitise_start(found.stop_reason)))
    line: Line = []
    for name, value in pairs:
        line += [(f"{name} " if name else "", "dim"), (value, ""), ("   " if width >= 100 else "  ", "")]
    return line
