"""What `inspector check` prints, in each of its formats."""

import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from inspector.diagnostics import SEVERITIES, Finding, Severity
from inspector.reports.results import Result
from inspector.reports.sarif import sarif
from inspector.text.json_text import dumps
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.timeline.rows import Row

_SIGNS: Final = {"error": ("✗", "red"), "warn": ("▲", "yellow"), "info": ("·", "cyan")}
_WORDS: Final = {"error": ("error", "errors"), "warn": ("warning", "warnings"), "info": ("note", "notes")}
_ANNOTATIONS: Final = {"error": "error", "warn": "warning", "info": "notice"}
_WIDEST: Final = 110


def text(results: list[Result], unreadable: bool) -> str:
    """Grouped by exchange: what is wrong with the events around it and the fix; notes on a line each; a summary."""
    paint = Paint(use_color())
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    lines: list[str] = []
    for result in results:
        if result.findings:
            lines += [*_group(result, paint, width), ""]
    return "\n".join([*lines, _summary(results, unreadable, paint), ""])


def _group(result: Result, paint: Paint, width: int) -> Iterator[str]:
    number = f" #{result.exchange}" if result.exchange else ""
    yield f"{paint(sanitise(result.file) + number, 'bold')}  {_counted(Counter(f.severity for f in result.findings))}"
    shown = None
    for finding in result.findings:
        if finding.severity != "info":
            yield ""
            rows = result.rows.get(finding.event or 0, []) if finding.event != shown else []
            yield from _finding(finding, rows, paint, width)
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


def _finding(finding: Finding, rows: list[Row], paint: Paint, width: int) -> Iterator[str]:
    at = f"  event {finding.event:,}" if finding.event else ""
    when = "" if finding.t_ms is None else f"  {finding.t_ms / 1000:.3f} s"
    yield f"  {_head(finding, paint)}{paint(at + when, 'dim')}"
    yield from _wrapped(sanitise(finding.message), width, "    ")
    for row in rows:
        yield _row(row, row.n == finding.event, paint, width)
    yield from _wrapped(f"fix: {sanitise(finding.fix)}", width, "    ", "         ")


def _head(finding: Finding, paint: Paint) -> str:
    sign, color = _SIGNS[finding.severity]
    return f"{paint(f'{sign} {finding.severity}', color, 'bold')} {paint(finding.code, 'bold')} {finding.name}"


def _plain_head(finding: Finding) -> str:
    return _head(finding, Paint(False))


def _row(row: Row, marked: bool, paint: Paint, width: int) -> str:
    time = "" if row.t_ns is None else f"{row.t_ns / 1e9:.3f} s"
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


def _counted(counts: Mapping[Severity, int]) -> str:
    words = [f"{counts[key]:,} {_WORDS[key][counts[key] != 1]}" for key in SEVERITIES if counts.get(key)]
    return ", ".join(words)


def _summary(results: list[Result], unreadable: bool, paint: Paint) -> str:
    counts = Counter(finding.severity for result in results for finding in result.findings)
    streams = f"{len(results):,} stream{'s' * (len(results) != 1)} checked"
    unread = ", not all could be read" if unreadable else ""
    found = _counted(counts)
    color = "red" if counts["error"] or unreadable else "yellow" if counts["warn"] else "green"
    summary = paint(f"{found or 'nothing found'} ({streams}{unread})", color, "bold")
    return summary + paint("; `inspector explain CODE` tells more" if found else "", "dim")


def json(results: list[Result], unreadable: bool) -> str:
    """A list with an object for each finding."""
    found = [
        {
            "file": result.file,
            "exchange": result.exchange,
            **finding.as_dict(),
            "message": sanitise(finding.message),
        }
        for result in results
        for finding in result.findings
    ]
    return "[" + ",\n ".join(dumps(one).decode() for one in found) + "]\n"


def github(results: list[Result], unreadable: bool) -> str:
    """Workflow commands, which GitHub shows as annotations; other lines of a log are left alone."""
    lines = []
    for result in results:
        for finding in result.findings:
            where = {"file": sanitise(result.file)}
            if line := result.lines.get(finding.event or 0):
                where["line"] = str(line)
            where["title"] = f"{finding.code} {finding.name}"
            properties = ",".join(f"{key}={_property(value)}" for key, value in where.items())
            number = f"stream {result.exchange}, " if result.exchange else ""
            at = f"{number}event {finding.event}: " if finding.event else number and f"{number[:-2]}: "
            message = sanitise(f"{at}{finding.message}. Fix: {finding.fix}")
            lines.append(f"::{_ANNOTATIONS[finding.severity]} {properties}::{_data(message)}\n")
    return "".join(lines)


def _data(value: str) -> str:
    """Escaped as GitHub's runner wants the text of a workflow command."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


REPORTS: Final[Mapping[str, Callable[[list[Result], bool], str]]] = {
    "text": text,
    "json": json,
    "github": github,
    "sarif": sarif,
}
