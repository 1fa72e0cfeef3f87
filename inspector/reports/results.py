"""What `inspector check` keeps of each exchange until it prints, and what a format of it is."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from inspector.diagnostics import Diagnosis, Finding
from inspector.diagnostics.finding import Severity
from inspector.diagnostics.limits import Limits, exceeded
from inspector.diagnostics.selection import Selection
from inspector.text.wording import counted
from inspector.timeline import Exchange
from inspector.timeline.rows import Row, row

_BEFORE, _AFTER = 2, 1
_CHUNK = 1 << 20


@dataclass(slots=True)
class Result:
    """The findings of one exchange, sorted by event, those about the whole exchange last.

    `exchange` is its number in a container that holds several, from 1. `rows` are the events around each event of a
    finding, `lines` the lines of the file (from 1) on which those events stand, where the file is a recording itself.
    `left_out` says how many more findings of a code there are, `notes` which rules could not be applied. `streams` is
    how many streams it has: a body may bring several messages, and what asked for none brings 0. `typescript`: whether
    TypeScript's SDK made the request, so that its sentence is the one to show.
    """

    file: str
    exchange: int | None
    findings: list[Finding]
    rows: dict[int, list[Row]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    typescript: bool = False
    streams: int = 1

    def left_out_texts(self) -> Iterator[tuple[str, str]]:
        """(code, sentence) for each code of which there are more findings than are listed."""
        for code, count in self.left_out.items():
            yield (
                code,
                f"{counted(count, f'further finding of {code} is', f'further findings of {code} are')} not listed",
            )


@dataclass(frozen=True, slots=True)
class Run:
    """What a report is told beside the results: which files could not be read and why, and what makes the run fail.

    `fails` has the severities of which a finding makes the status 1. `known` is how many findings were left out because
    they are known.
    """

    unreadable: Mapping[str, str] = field(default_factory=dict)
    fails: tuple[Severity, ...] = ("error",)
    known: int = 0


class Report(NamedTuple):
    """A format of the results.

    `write` makes the text of the results of a run; `excerpts`: it shows the events around a finding, and not the lines
    on which they stand.
    """

    write: Callable[[list[Result], Run], str]
    excerpts: bool = False


def result_of(exchange: Exchange, chosen: Selection, excerpts: bool, limits: Limits = Limits()) -> Result:  # noqa: B008
    """Checks an exchange that is loaded, with the events around each finding if they are wanted, else the lines."""
    diagnosis = Diagnosis(exchange)
    diagnosis.update(whole=True)
    findings = [finding for finding in diagnosis.findings if chosen.has(finding.code)]
    result = Result(exchange.name, exchange.number, findings)
    result.notes = diagnosis.notes
    result.typescript = exchange.by_typescript
    result.streams = _streams(exchange)
    if limits.any:
        beyond, unmeasured = exceeded(exchange, limits)
        findings += (finding for finding in beyond if chosen.has(finding.code))
        findings.sort(key=lambda finding: (finding.event is None, finding.event or 0))
        result.notes = [*diagnosis.notes, *unmeasured]
    result.left_out = {code: count for code, count in diagnosis.left_out.items() if chosen.has(code)}
    events = sorted({finding.event for finding in findings if finding.event})
    if excerpts:
        for n in events:
            numbers = range(max(1, n - _BEFORE), min(exchange.index.count, n + _AFTER) + 1)
            result.rows[n] = [row(exchange, number) for number in numbers]
    elif _is_the_file(exchange):
        result.lines = dict(_lines_of(exchange, events))
    return result


def _streams(exchange: Exchange) -> int:
    """How many streams an exchange has: the messages that came in its body, one at least where a stream was wanted."""
    messages = len(exchange.index.messages)
    if messages or not exchange.streams or exchange.kept in ("message", "nothing"):
        return messages
    return 0 if exchange.view().reply_alone else 1


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
