"""The two lines on top: what stream this is and how it stands, and its figures."""

from typing import Final

from rich.cells import cell_len

from inspector.panes.drawing.lines import Line, Piece, cut, right_aligned, width_of
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.text.wording import milliseconds, seconds

STATE_SIGNS: Final[dict[str, Piece]] = {
    "complete": ("● complete", "good strong"),
    "reply": ("○ reply", "strong"),
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
    """Both lines for a width in cells; `activity` stands at the right of the first one."""
    state = state_of(stream)
    room = width - width_of(activity) - cell_len(state[0]) - 3
    left: Line = [("inspector  ", "dim")] if width >= 100 else []
    left.append((cut(sanitise(name), max(8, room - width_of(left))), "strong"))
    model = sanitise_start(stream.exchange.index.reported.model_at(stream.n) or stream.exchange.asked_otherwise)
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
    found = stream.metrics
    pairs: list[tuple[str, str]] = []
    if found.input_tokens is not None:
        pairs.append(("in", str(found.input_tokens)))
    if found.output_tokens is not None:
        pairs.append(("out", f"{found.output_tokens:,}"))
    pairs.append(("TTFB", milliseconds(found.ttfb_ms)))
    pairs.append(("TTFT", milliseconds(found.ttft_ms)))
    if found.output_tokens_per_s is not None:
        pairs.append(("", f"{found.output_tokens_per_s:,.0f} tok/s"))
    if found.max_gap_ms is not None:
        place = f" @ {found.max_gap_at}" if found.max_gap_at else ""
        pairs.append(("longest gap", milliseconds(found.max_gap_ms) + place))
    if stop := stream.exchange.index.reported.stop_reason.at(stream.n):
        pairs.append(("stop", sanitise_start(stop)))
    line: Line = []
    for name, value in pairs:
        line += [(f"{name} " if name else "", "dim"), (value, ""), ("   " if width >= 100 else "  ", "")]
    return line
