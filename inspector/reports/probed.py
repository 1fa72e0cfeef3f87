"""What `inspector probe` says in the end: of one place, and of the hop between two."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from inspector.diagnostics.finding import LOOKS
from inspector.diagnostics.hop import Hop
from inspector.reports.findings import DEFAULT, report
from inspector.reports.results import Result, Run
from inspector.text.json_text import dumps
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise, sanitise_json
from inspector.text.wording import counted, milliseconds
from inspector.timeline import Exchange

_WIDEST: Final = 110
_COLORS: Final = {"error": "red", "warn": "yellow", "info": "cyan"}


@dataclass(frozen=True, slots=True)
class Probed:
    """One place that was asked: its recording, its findings, and how it ended in words. `letter`: "A", "B" or ""."""

    letter: str
    exchange: Exchange
    result: Result
    ending: str


def verdict(places: Sequence[Probed], hop: Hop | None) -> str:
    """For people: each place with its findings, then the hop."""
    if hop is None:
        return "".join(report(DEFAULT).write([place.result], Run()) for place in places)
    paint = Paint(use_color())
    lines = [line for place in places for line in (*_place(place, paint), *_findings(place))]
    return "\n".join([*lines, *_hop(hop, paint), ""])


def as_json(places: Sequence[Probed], hop: Hop | None) -> bytes:
    """For programs: an object of the place; of two `a`, `b` and `hop` (`name`, `passes`, `differences`)."""
    values: dict[str, Any] = {place.letter.lower(): _values(place) for place in places}
    if hop is not None:
        differences = [
            {"kind": one.kind, "severity": one.severity, "message": one.message, "fix": one.fix}
            for one in hop.differences
        ]
        values["hop"] = {"name": hop.name or None, "passes": hop.passes, "differences": differences}
    return sanitise_json(dumps(values.get("", values))) + b"\n"


def _values(place: Probed) -> dict[str, Any]:
    view = place.exchange.view()
    return {
        "url": place.exchange.name,
        "status": view.http_status,
        "headers": (view.response or {}).get("headers"),
        "ending": place.ending,
        "metrics": view.metrics.as_dict(),
        "findings": [finding.as_dict() for finding in place.result.findings],
    }


def _place(place: Probed, paint: Paint) -> Iterator[str]:
    view = place.exchange.view()
    metrics = view.metrics
    yield f"{paint(place.letter, 'bold')}  {sanitise(place.exchange.name)}"
    figures = [
        f"HTTP {view.http_status}",
        f"headers {milliseconds(metrics.ttfb_ms)}",
        f"first event {milliseconds(metrics.first_event_ms)}",
        f"{counted(metrics.events, 'event')} in {counted(metrics.reads or 0, 'read')}",
        f"{milliseconds(metrics.duration_ms)} in all",
        sanitise(place.ending),
    ]
    yield f"   {paint(' · '.join(figures), 'dim')}"


def _findings(place: Probed) -> Iterator[str]:
    for finding in place.result.findings:
        yield f"   {LOOKS[finding.severity].sign} {finding.code} {finding.name}"
    yield ""


def _hop(hop: Hop, paint: Paint) -> Iterator[str]:
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    name = sanitise(hop.name) or "no header names it"
    yield f"{paint('The hop between', 'bold')}  {name}"
    for one in hop.differences:
        sign = LOOKS[one.severity].sign
        yield f"  {paint(f'{sign} {one.severity}', _COLORS[one.severity], 'bold')} {paint(one.kind, 'bold')}"
        yield from _wrapped(sanitise(one.message), width, "    ")
        if one.fix:
            yield from _wrapped(f"fix: {sanitise(one.fix)}", width, "    ", "         ")
    if hop.passes:
        yield "  " + paint("● each event passes when it comes", "green")
    elif not hop.differences:
        yield "  " + paint("no difference", "green")


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=first if rest is None else rest, break_on_hyphens=False
    )
