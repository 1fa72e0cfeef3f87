"""The timing pane: how the reads came, as of the moment."""

from bisect import bisect_right

from inspector.tui.content.content import Content
from inspector.tui.draw.bars import bar, duration
from inspector.tui.draw.lines import Line
from inspector.tui.draw.plot import plot
from inspector.tui.model import Session

_EDGES_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000)


def timing_content(session: Session, width: int, budget: int) -> Content:
    arrivals = session.exchange.index.arrivals
    reads = len(arrivals.t_ns) if session.whole else arrivals.count_at(session.n)
    if not reads or not session.n:
        return Content([[("no times" if session.count else "nothing has come yet", "dim")]])
    return Content(
        [*_figures(session, reads), [], *_gap_histogram(session, reads, width), [], *_arrivals(session, width)]
    )


def _figures(session: Session, reads: int) -> list[Line]:
    found, gaps = session.figures(), session.gaps
    longest = duration(found.longest_gap_ns) + (
        f" before event {found.longest_gap_at:,}" if found.longest_gap_at else ""
    )
    pairs = [
        ("headers (TTFB)", duration(found.ttfb_ns)),
        ("first content (TTFT)", duration(found.ttft_ns)),
        ("duration", duration(session.t_ns)),
        ("median gap", duration(gaps.quantile(reads, 0.5))),
        ("95 % of gaps below", duration(gaps.quantile(reads, 0.95))),
        ("longest gap", longest),
        ("reads", f"{reads:,}, {session.n / reads:.2f} events each"),
    ]
    return [[(f"{name:<21}", "dim"), (value, "strong")] for name, value in pairs]


def _gap_histogram(session: Session, reads: int, width: int) -> list[Line]:
    edges = [edge * 1_000_000 for edge in _EDGES_MS]
    counts = session.gaps.counts(reads, edges)
    used = [at for at, hits in enumerate(counts) if hits]
    lines: list[Line] = [[("gaps between reads", "heading")]]
    if not used:
        return [*lines, [("one read only", "dim")]]
    most, room = max(counts), max(6, width - 24)
    for at in range(used[0], used[-1] + 1):
        name = f"≤ {duration(edges[at])}" if at < len(edges) else f"> {duration(edges[-1])}"
        role = "warning" if at > 10 else "text"
        lines.append([(f"{name:>10} ", "dim"), (bar(counts[at] / most, room), role), (f" {counts[at]:,}", "faint")])
    return lines


def _arrivals(session: Session, width: int) -> list[Line]:
    index = session.exchange.index
    times, n = index.t_ns, session.n
    end, room = times[n - 1], max(10, width - 1)
    if end <= 0:
        return []
    columns = room
    counts = [bisect_right(times, end * (column + 1) // columns, 0, n) for column in range(columns)]
    lines: list[Line] = [[(f"events over time, up to {n:,} at {duration(end)}", "heading")]]
    lines += [[(row, "accent")] for row in plot([count / n for count in counts], 6)]
    return lines
