"""For people: what is wrong, the events around it, and the fix."""

import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Final

from inspector.diagnostics import Finding
from inspector.diagnostics.finding import LOOKS, totals
from inspector.reports.results import Report, Result, Run
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, seconds
from inspector.timeline.rows import Row

_COLORS: Final = {"error": "red", "warn": "yellow", "info": "cyan"}
_WIDEST: Final = 110


def text(results: list[Result], run: Run) -> str:
    """Grouped by exchange: what is wrong with the events around it and the fix; notes on a line each; a summary."""
    paint = Paint(use_color())
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    lines: list[str] = []
    for result in results:
        if result.findings:
            lines += [*_group(result, paint, width), ""]
    return "\n".join([*lines, _summary(results, run, paint), ""])


def _group(result: Result, paint: Paint, width: int) -> Iterator[str]:
    number = f" #{result.exchange}" if result.exchange else ""
    yield f"{paint(sanitise(result.file) + number, 'bold')}  {totals(Counter(f.severity for f in result.findings))}"
    shown = None
    for finding in result.findings:
        if finding.severity != "info":
            yield ""
            rows = result.rows.get(finding.event or 0, []) if finding.event != shown else []
            yield from _finding(finding, rows, paint, width, result.typescript)
            shown = finding.event
    notes = [finding for finding in result.findings if finding.severity == "info"]
    if notes:
        yield ""
    for finding in notes:
        at = f" (event {finding.event:,})" if finding.event else ""
        text = sanitise(finding.message) + at
        yield from _hanging(f"  {_head(finding, paint)}", f"  {_plain_head(finding)}", text, width)
    for code, count in result.left_out.items():
        yield f"  … and {count:,} more {code}"


def _finding(finding: Finding, rows: list[Row], paint: Paint, width: int, typescript: bool) -> Iterator[str]:
    at = f"  event {finding.event:,}" if finding.event else ""
    when = "" if finding.t_ms is None else f"  {seconds(finding.t_ms * 1e6)} s"
    yield f"  {_head(finding, paint)}{paint(at + when, 'dim')}"
    yield from _wrapped(sanitise(finding.message), width, "    ")
    for row in rows:
        yield _row(row, row.n == finding.event, paint, width)
    yield from _wrapped(f"fix: {sanitise(finding.fix)}", width, "    ", "         ")
    if does := finding.sdk_sentence(typescript):
        yield from _wrapped(sanitise(does), width, "    ", "      ")


def _head(finding: Finding, paint: Paint) -> str:
    word = f"{LOOKS[finding.severity].sign} {finding.severity}"
    return f"{paint(word, _COLORS[finding.severity], 'bold')} {paint(finding.code, 'bold')} {finding.name}"


def _plain_head(finding: Finding) -> str:
    return _head(finding, Paint(False))


def _row(row: Row, marked: bool, paint: Paint, width: int) -> str:
    time = "" if row.t_ns is None else f"{seconds(row.t_ns)} s"
    block = "" if row.block is None else str(row.block)
    line = f"    {'▶' if marked else ' '} {row.n:>6}  {time:>10}  {row.label:<15.15} {block:>3}  "
    line += row.summary[: max(0, width - len(line))]
    return line.rstrip() if marked else paint(line.rstrip(), "dim")


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    indent = first if rest is None else rest
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True
    )


def _hanging(head: str, plain: str, text: str, width: int) -> Iterator[str]:
    """The head with the text after it, both without a break where they fit on the line."""
    if len(plain) + len(text) + 2 <= width:
        yield f"{head}: {text}"
    else:
        yield head
        yield from _wrapped(text, width, "      ")


def _summary(results: list[Result], run: Run, paint: Paint) -> str:
    counts = Counter(finding.severity for result in results for finding in result.findings)
    unread = ", not all could be read" if run.unreadable else ""
    known = f"; {counted(run.known, 'known finding')} left out" if run.known else ""
    found = totals(counts)
    color = "red" if counts["error"] or run.unreadable else "yellow" if counts["warn"] else "green"
    summary = paint(f"{found or 'nothing found'} ({checked(results)}{unread}{known})", color, "bold")
    return summary + paint("; `inspector explain CODE` tells more" if found else "", "dim")


def checked(results: list[Result]) -> str:
    """ "2 streams and 1 reply checked": what was looked at."""
    streams = sum(result.streams for result in results)
    others = sum(not result.streams for result in results)
    parts = [counted(streams, "stream")] if streams or not others else []
    parts += [counted(others, "other exchange")] if others else []
    return f"{' and '.join(parts)} checked"


REPORT: Final = Report(text, excerpts=True)
