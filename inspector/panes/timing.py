"""The timing pane: how the reads came, as of the moment."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, zip_longest
from typing import Any, Final

from inspector.panes.content import Content, Pane
from inspector.panes.drawing.charts import bar, plot
from inspector.panes.drawing.lines import Line, width_of, wrap, wrap_line
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, duration, milliseconds, seconds
from inspector.timeline.gaps import MANY, EventsPerRead
from inspector.timeline.metrics import content_sizes, estimated_tokens

_MS: Final = 1_000_000
_EDGES_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000)
_SIGN: Final = ("▲", "warning strong")
_HEIGHT: Final = 4
_TWO_COLUMNS: Final = 64


def timing_content(stream: StreamModel, width: int, budget: int) -> Content:
    """The pane as of the stream's moment, in lines of `width` cells; it fits any budget."""
    if not stream.n:
        return Content([[("nothing has come yet", "dim")]])
    arrivals = stream.exchange.index.arrivals
    reads = len(arrivals.t_ns) if stream.whole else arrivals.count_at(stream.n)
    if not reads:
        text = "no times: the recording does not say when anything came, so there are no gaps, no rates and no reads"
        return Content(wrap(text if not arrivals.t_ns else "nothing that has a time has come yet", width, "dim"))
    axis = PlotAxis(stream, reads, max(10, width - 1))
    notable_ns = stream.gaps.notable_ns(reads)
    sections = [
        [*_figures(stream, reads, width), *_clock(stream, width)],
        _events(stream, axis, notable_ns),
        _longest(stream, reads, notable_ns),
        _tokens(stream, axis, width),
        _histogram(stream, reads, notable_ns, width),
        _per_read(stream, reads, width),
    ]
    lines: list[Line] = []
    for section in sections:
        lines += [[], *section] if lines and section else section
    return Content(lines, stays=True)


class PlotAxis:
    """The columns of the plots, from the request to the moment. `reads[c]` reads and `places[c]` events had come by
    the end of column c.
    """

    def __init__(self, stream: StreamModel, reads: int, width: int) -> None:
        arrivals = stream.exchange.index.arrivals
        self.times = arrivals.t_ns
        self.end_ns = self.times[reads - 1]
        self.width = width
        self._edges = [self.end_ns * column // width for column in range(1, width)]
        # A clock that went back must not make them fall.
        self.reads = [*accumulate((bisect_right(self.times, edge, 0, reads) for edge in self._edges), max), reads]
        self.places = [arrivals.brought[many] - 1 if many < reads else stream.n for many in self.reads]

    def column_of(self, t_ns: int) -> int:
        """Where a moment stands."""
        return bisect_left(self._edges, t_ns)


def _figures(stream: StreamModel, reads: int, width: int) -> list[Line]:
    found = stream.metrics
    longest = milliseconds(found.max_gap_ms)
    if found.max_gap_at:
        longest += f" @ {found.max_gap_at:,}"
    # Of a stream with one kind of content the first content says it all.
    firsts = [
        (f"first {name}", milliseconds(came))
        for name, came in (
            ("thinking", found.first_thinking_ms),
            ("text", found.first_text_ms),
            ("tool input", found.first_tool_ms),
        )
        if came is not None and came != found.ttft_ms
    ]
    left = [
        ("headers (TTFB)", milliseconds(found.ttfb_ms)),
        ("first content (TTFT)", milliseconds(found.ttft_ms)),
        *firsts,
        ("duration", milliseconds(found.duration_ms)),
    ]
    right = [
        ("median gap", milliseconds(found.median_gap_ms)),
        ("95 % of gaps up to", duration(stream.gaps.quantile(reads, 0.95))),
        ("longest gap", longest),
    ]
    silence = stream.silence.longest(stream.n)
    if silence and silence[0] > (found.max_gap_ms or 0) * _MS:
        right.append(("longest, pings only", f"{duration(silence[0])} @ {silence[1]:,}"))
    if width < _TWO_COLUMNS:
        return [_pair(name, value) for name, value in left + right]
    lines: list[Line] = []
    for one, other in zip_longest(left, right):
        line = _pair(*one) if one else []
        if other:
            line += [(" " * (width // 2 - width_of(line)), ""), *_pair(*other)]
        lines.append(line)
    return lines


def _pair(name: str, value: str) -> Line:
    return [(f"{name:<21}", "dim"), (value, "strong")]


def _clock(stream: StreamModel, width: int) -> list[Line]:
    """What the times mean where they are not those of the bytes' arrival."""
    source: Any = (stream.exchange.index.header or {}).get("source")
    clock = source.get("clock") if isinstance(source, dict) else None
    if stream.exchange.index.since_first_line:
        text = "times are when a program wrote the events down, counted from the first: the request's is not known"
    elif clock == "pull":
        text = "times are when the program took the bytes, not when they arrived: its own pauses are in the gaps"
    elif clock is None or clock == "arrival":
        return []
    else:
        text = f"the recording says that its clock is “{sanitise(str(clock)[:80])}”, which is not known here"
    return wrap(f"▲ {text}", width, "warning")


def _events(stream: StreamModel, axis: PlotAxis, notable_ns: int) -> list[Line]:
    head: Line = [("events over time", "heading")]
    if axis.end_ns <= 0:
        return [[*head, ("  all came at the same time", "dim")]]
    if axis.reads[-1] == 1:
        return [[*head, (f"  all {stream.n:,} came with one read, after {duration(axis.end_ns)}", "dim")]]
    head.append((f"  {stream.n:,} up to {duration(axis.end_ns)}", "faint"))
    lines = [head, *_plotted([place / stream.n for place in axis.places])]
    marks = _marks(stream, axis, notable_ns)
    if marks.strip():
        lines.append([(marks, _SIGN[1])])
    return lines


def _marks(stream: StreamModel, axis: PlotAxis, notable_ns: int) -> str:
    """A sign in each column in which a long gap ended, behind a line for what it takes of the columns before."""
    signs = [" "] * axis.width
    before = 0
    for column, reads in enumerate(axis.reads):
        # Gap i stands between read i and i + 1; the first one of a column may begin in any column before.
        if stream.gaps.any_over(before - 1, reads - 1, notable_ns):
            start = axis.column_of(axis.times[max(0, before - 1)])
            if before and axis.times[before] - axis.times[before - 1] > notable_ns:
                signs[start + 1 : column] = "─" * (column - start - 1)
            signs[column] = _SIGN[0]
        before = reads
    return "".join(signs)


def _longest(stream: StreamModel, reads: int, notable_ns: int) -> list[Line]:
    few = [(gap, n) for gap, n in stream.gaps.longest_few(reads) if gap > 0]
    index = stream.exchange.index
    if not few:
        text = "  one read only: there is no gap" if reads == 1 else "  there was none between the reads"
        return [[("longest gaps", "heading"), (text, "dim")]]
    hint = f"  ▲ above {duration(notable_ns)}   d, : go there"
    lines: list[Line] = [[("longest gaps", "heading"), (hint, "dim")]]
    for gap, n in few:
        sign = _SIGN if gap > notable_ns else (" ", "")
        line: Line = [sign, (f" {duration(gap):>8}", "strong"), (f"  before event {n:,}", "")]
        if n > index.count:
            line[-1] = ("  before the unfinished rest", "")
        elif index.t_ns[n - 1] >= 0:
            line.append((f"  at {seconds(index.t_ns[n - 1])} s", "dim"))
        lines.append(line)
    return lines


def _tokens(stream: StreamModel, axis: PlotAxis, width: int) -> list[Line]:
    if axis.end_ns <= 0 or axis.reads[-1] == 1:
        return []
    index = stream.exchange.index
    curve: Sequence[float] | None = estimated_tokens(index, axis.places)
    head: Line = [("output tokens over time", "heading")]
    if curve is None:
        curve = content_sizes(index, axis.places)
        if not curve[-1]:
            return [[*head, ("  no content has come yet", "dim")]]
        head.append((f"  not reported yet: {curve[-1]:,} bytes of content", "dim"))
    else:
        reported = index.reported.tokens.at(stream.n)
        head += [("  estimated", "warning"), (f" from bytes: {reported:,} up to here", "dim")]
    most = max(curve)
    return [*wrap_line(head, width), *_plotted([value / most if most else 0 for value in curve])]


def _plotted(shares: Sequence[float]) -> list[Line]:
    return [[(row, "accent")] for row in plot(shares, _HEIGHT)]


def _histogram(stream: StreamModel, reads: int, notable_ns: int, width: int) -> list[Line]:
    head: Line = [("gaps between reads", "heading")]
    if reads == 1:
        return [[*head, ("  one read only", "dim")]]
    edges = sorted({*(edge * _MS for edge in _EDGES_MS), notable_ns})
    counts = stream.gaps.counts(reads, edges)
    used = [at for at, hits in enumerate(counts) if hits]
    if not used:
        return []
    most, room = max(counts), max(6, width - 24)
    lines: list[Line] = [[*head, (f"  ▲ above {duration(notable_ns)}", "dim")]]
    for at in range(used[0], used[-1] + 1):
        name = f"≤ {duration(edges[at])}" if at < len(edges) else f"> {duration(edges[-1])}"
        long = at > edges.index(notable_ns)
        sign = _SIGN if long else (" ", "")
        shown = (bar(counts[at] / most, room), "warning" if long else "text")
        lines.append([sign, (f"{name:>10} ", "dim"), shown, (f" {counts[at]:,}", "faint")])
    return lines


def _per_read(stream: StreamModel, reads: int, width: int) -> list[Line]:
    found = stream.bursts.at(stream.n, reads)
    head: Line = [("events for each read", "heading"), (f"  {counted(reads, 'read')}", "faint")]
    if found is None:
        return []
    index = stream.exchange.index
    if not index.arrivals.numbered:
        head.append(("  reads are not numbered: what came at one time is taken for one", "dim"))
    if reads == 1:
        return [*wrap_line(head, width), [(f"one read brought all {found.most:,}", "dim")]]
    lines = wrap_line(head, width)
    at = f" @ {found.most_at:,}"
    number = index.read[found.most_at - 1] if found.most_at <= index.count else 0
    if number:
        at += f", read {number:,}"
    median = f"{found.median}" + " or more" * (found.median == MANY)
    lines.append([("median ", "dim"), (median, "strong"), ("   most ", "dim"), (f"{found.most:,}", "strong"), (at, "")])
    groups = _groups(found)
    most, room = max(hits for _, hits in groups), max(6, width - 24)
    for name, hits in groups:
        lines.append([(f"{name:>11} ", "dim"), (bar(hits / most, room), "text"), (f" {hits:,}", "faint")])
    return lines


def _groups(found: EventsPerRead) -> list[tuple[str, int]]:
    """How many reads brought 0, 1, 2, 3–4, 5–8 … events, from the first group that has any to the last."""
    edges = [0, 1, 2, 4, 8, 16, 32, 64, 128, MANY - 1]
    groups: list[tuple[str, int]] = []
    start = 0
    for edge in edges:
        groups.append((str(edge) if edge == start else f"{start}–{edge}", sum(found.counts[start : edge + 1])))
        start = edge + 1
    groups.append((f"{MANY} or more", found.counts[MANY]))
    used = [at for at, (_, hits) in enumerate(groups) if hits]
    return groups[used[0] : used[-1] + 1]


PANE = Pane(
    name="timing",
    summary="when bytes came: tokens over time, gaps, reads",
    order=70,
    draw=timing_content,
)
