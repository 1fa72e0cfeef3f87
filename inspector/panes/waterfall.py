"""The waterfall of a session: each exchange on the time axis of all of them, as in a browser's network panel."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from inspector.panes.drawing.lines import Line
from inspector.session.summaries import Summary

_LONGEST_IDLE: Final = 0.04
"""Time in which nothing runs is drawn no longer than this part of the time in which something does."""
_WAITING, _THINKING, _CONTENT = "─", "▒", "█"


class SessionAxis:
    """Where moments of a session stand, from 0 to 1. Of time in which no exchange ran there is only a little.

    People think and sleep between turns: drawn to scale every turn of a day would be a dot.
    """

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        """`spans` are beginning and end of each exchange, seconds on one clock, in any order."""
        merged: list[list[float]] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, max(start, end)])
        busy = sum(end - start for start, end in merged)
        longest = max(busy, 1e-3) * _LONGEST_IDLE
        # For each span: when it begins, when it ends, and how much of the axis is before it.
        self._starts: list[float] = []
        self._ends: list[float] = []
        self._before: list[float] = []
        length = 0.0
        for start, end in merged:
            if self._ends:
                length += min(start - self._ends[-1], longest)
            self._starts.append(start)
            self._ends.append(end)
            self._before.append(length)
            length += end - start
        self._length = length

    def place(self, moment: float) -> float:
        """Where a moment stands."""
        at = bisect_right(self._starts, moment) - 1
        if at < 0 or not self._length:
            return 0.0
        place = self._before[at] + min(moment, self._ends[at]) - self._starts[at]
        return min(1.0, place / self._length)


def span_of(summary: Summary) -> tuple[float, float] | None:
    """Beginning and end of an exchange in seconds since 1970; None where that is not known."""
    if summary.started is None:
        return None
    return summary.started, summary.started + (summary.duration_ms or 0) / 1000


def bar(axis: SessionAxis, summary: Summary, width: int) -> Line:
    """An exchange on the axis: waiting for its first content, thinking, answering. At least one cell wide."""
    span = span_of(summary)
    if span is None or width <= 0:
        return [(" " * max(0, width), "")]
    started, ended = span
    failed = summary.state in ("error", "truncated", "cancelled", "not-a-stream")

    def column(ms: float | None) -> int:
        """The column in which so long after the request falls; the last one where it never came."""
        return last if ms is None else min(last, int(axis.place(started + ms / 1000) * width))

    last = min(width - 1, int(axis.place(ended) * width))
    first = min(last, int(axis.place(started) * width))
    content = max(first, column(summary.ttft_ms))
    answer = content if summary.thinking_ms is None else max(content, column(summary.answer_ms))
    if summary.ttft_ms is None:
        content = answer = last + 1
    pieces = [
        (" " * first, ""),
        (_WAITING * (content - first), "error" if failed and content > last else "faint"),
        (_THINKING * (answer - content), "thinking"),
        (_CONTENT * (last + 1 - answer), "error" if failed else "accent" if summary.live else "message"),
        (" " * (width - 1 - last), ""),
    ]
    return [piece for piece in pieces if piece[0]]
