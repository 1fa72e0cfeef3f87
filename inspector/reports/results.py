"""What `inspector check` keeps of each exchange until it prints."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from inspector.diagnostics import Diagnosis, Finding
from inspector.diagnostics.selection import Selection
from inspector.timeline import Exchange
from inspector.timeline.rows import Row, row

_BEFORE, _AFTER = 2, 1
_CHUNK = 1 << 20


@dataclass(slots=True)
class Result:
    """The findings of one exchange: `rows` are the events around them, `left_out` how many more of a code there are.

    `lines` are the lines of the file (from 1) on which the events stand, where the file is a recording itself.
    """

    file: str
    exchange: int | None
    findings: list[Finding]
    rows: dict[int, list[Row]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def result_of(exchange: Exchange, chosen: Selection, excerpts: bool) -> Result:
    """Checks an exchange that is loaded, with the events around each finding if they are wanted, else the lines."""
    diagnosis = Diagnosis(exchange)
    diagnosis.update(whole=True)
    findings = [finding for finding in diagnosis.findings if chosen.has(finding.code)]
    result = Result(exchange.name, exchange.number, findings)
    result.left_out = {code: count for code, count in diagnosis.left_out.items() if chosen.has(code)}
    events = sorted({finding.event for finding in findings if finding.event})
    if excerpts:
        for n in events:
            numbers = range(max(1, n - _BEFORE), min(exchange.index.count, n + _AFTER) + 1)
            result.rows[n] = [row(exchange, number) for number in numbers]
    elif _is_the_file(exchange):
        result.lines = dict(_lines_of(exchange, events))
    return result


def _is_the_file(exchange: Exchange) -> bool:
    """Whether the events stand in the file that was named, and not in a recording made of it."""
    try:
        return os.path.samestat(os.fstat(exchange.reader.file.fileno()), os.stat(exchange.name))
    except OSError:
        return False


def _lines_of(exchange: Exchange, events: list[int]) -> Iterator[tuple[int, int]]:
    offsets = [0, *(exchange.index.offset[n - 1] for n in events)]
    line = 1
    for n, (start, end) in zip(events, pairwise(offsets), strict=True):
        for at in range(start, end, _CHUNK):
            line += exchange.reader.line(at, min(end, at + _CHUNK)).count(b"\n")
        yield n, line
