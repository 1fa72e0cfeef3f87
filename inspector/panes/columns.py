"""The columns of a list of streams: what stands in them, which of them fit, and what the list can be sorted by."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from rich.cells import cell_len

from inspector.panes.drawing.lines import Line, Piece, fill
from inspector.panes.model import severity_sign
from inspector.panes.status import STATE_SIGNS
from inspector.session.sources import Source
from inspector.session.summaries import Summary
from inspector.text.sanitise import sanitise
from inspector.text.wording import milliseconds

_GAP: Final = 2
# The sign of the order behind a heading, and the space before it.
_SIGN: Final = 2
# What `recording.folders.new_recording` puts before the part of a name that differs: a time, which has a column.
_STAMP: Final = re.compile(r"^\d{8}-\d{6}-\d{6}-(?=[0-9a-f]{6}\b)")
_SHORTEST_PREFIX: Final = 8
_STATE, _HTTP, _STARTED, _PROMPT = "state", "HTTP", "started", "prompt"
# In fewer cells a state's word would take the place of the name.
_ROOM_FOR_WORDS: Final = 48


class StreamRow(NamedTuple):
    """One stream of the list; `name` is what is shown of its name."""

    source: Source
    name: str
    summary: Summary


@dataclass(frozen=True)
class Column:
    """`piece` is what stands in it, at most `most` cells wide, `importance` (from 1) who gets room first.

    An `optional` one stands only where a row has something in it.
    `rank`: what the list is sorted by, the largest first; a row where it is None comes last.
    """

    heading: str
    piece: Callable[[StreamRow], Piece]
    importance: int
    most: int
    rank: Callable[[StreamRow], Any] | None = None
    numeric: bool = False
    optional: bool = False
    least: int = 0


def names_of(sources: Sequence[Source]) -> list[str]:
    """What a list calls them: without what all have in common, and without the time that a column shows."""
    names = [sanitise(source.name) for source in sources]
    if len(names) > 1 and all(name.endswith(".jsonl") for name in names):
        names = [name.removesuffix(".jsonl") for name in names]
    if len(names) < 2:
        return names
    short = [_STAMP.sub("…", name) for name in names]
    common = os.path.commonprefix(short)  # noqa: RUF071 characters, not folders
    # Whole words only.
    common = common[: max(common.rfind(sign) for sign in "-_. /") + 1]
    if len(common) >= _SHORTEST_PREFIX:
        short = ["…" + name.removeprefix(common) for name in short]
    return short if len(set(short)) == len(set(names)) else names


def _started(row: StreamRow) -> float | None:
    return row.summary.started or row.source.started


def _moment(row: StreamRow) -> str:
    started = _started(row)
    return "" if started is None else datetime.fromtimestamp(started).strftime("%Y-%m-%d %H:%M:%S")


def _tokens(row: StreamRow) -> str:
    into, out = row.summary.input_tokens, row.summary.output_tokens
    return "" if into is None and out is None else f"{_number(into.total if into else None)}/{_number(out)}"


def _cache(row: StreamRow) -> str:
    """What of the input came from the cache, and what was written to it."""
    into = row.summary.input_tokens
    return f"{into.cache_read:,}/{into.cache_creation:,}" if _cached(row) and into else ""


def _cached(row: StreamRow) -> int | None:
    into = row.summary.input_tokens
    return (into.cache_read + into.cache_creation or None) if into else None


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _http(row: StreamRow) -> Piece:
    """Nothing where all is well: a column full of 200 tells nothing."""
    status = row.summary.http
    expected = status in (None, 200) or row.summary.state == "reply"
    return ("" if status in (None, 200) else str(status)), "faint" if expected else "error strong"


def _events(row: StreamRow) -> str:
    found = row.summary
    return f"{found.size >> 20:,} MB" if found.size is not None else "" if found.events is None else f"{found.events:,}"


def _time(ms: float | None) -> str:
    return "" if ms is None else milliseconds(ms)


def _worst(row: StreamRow) -> Piece:
    if row.summary.worst is None:
        return "", ""
    severity, code = row.summary.worst
    sign, role = severity_sign(severity)
    return f"{sign} {code}{f' +{row.summary.more}' if row.summary.more else ''}", role


def _trouble(row: StreamRow) -> int:
    return row.summary.trouble


def _sum(row: StreamRow) -> int | None:
    into, out = row.summary.input_tokens, row.summary.output_tokens
    return None if into is None and out is None else (into.total if into else 0) + (out or 0)


COLUMNS: Final = (
    Column(_STATE, lambda row: STATE_SIGNS[row.summary.state], 1, 14, _trouble),
    Column(_HTTP, _http, 3, 4, lambda row: row.summary.http, optional=True),
    Column("findings", _worst, 4, 9, _trouble),
    Column("stream", lambda row: (row.name, "strong"), 2, 28),
    Column("request", lambda row: (row.summary.asked, ""), 7, 32, optional=True, least=12),
    Column(_STARTED, lambda row: (_moment(row), "faint"), 5, 19, _started),
    Column("model", lambda row: (row.summary.model, "faint"), 10, 26),
    Column("tokens", lambda row: (_tokens(row), ""), 6, 15, _sum, numeric=True),
    Column("cached/written", lambda row: (_cache(row), "faint"), 11, 15, _cached, numeric=True, optional=True),
    Column("TTFT", lambda row: (_time(row.summary.ttft_ms), ""), 8, 8, lambda row: row.summary.ttft_ms, numeric=True),
    Column(
        "duration", lambda row: (_time(row.summary.duration_ms), ""), 9, 8, lambda row: row.summary.duration_ms,
        numeric=True,
    ),
    Column("events", lambda row: (_events(row), "faint"), 12, 9, lambda row: row.summary.events, numeric=True),
    Column(_PROMPT, lambda row: (row.summary.prompt, "faint"), 13, 200, optional=True, least=16),
)  # fmt: skip
SORTED_BY: Final = (_STARTED, "duration", "tokens", "TTFT", "findings")
_BY_HEADING: Final = {column.heading: column for column in COLUMNS}


class Layout:
    """Which columns fit a width, and how wide each is: as wide as what stands in it, its heading at least.

    Streams that all began on the same `day` need only the time. What the list is sorted by always has a column. Where
    there is little room a state is its sign. The last column, a text, gets what is left.
    """

    def __init__(self) -> None:
        self._widest = {column.heading: 0 if column.optional else cell_len(column.heading) for column in COLUMNS}
        self._days: set[str] = set()
        self._shown: list[tuple[Column, int]] = []
        self._signs = False

    @property
    def day(self) -> str:
        """The day on which all of them began, "" where that was not the same."""
        return next(iter(self._days)) if len(self._days) == 1 else ""

    def take(self, rows: Iterable[StreamRow]) -> None:
        """Makes room for what stands in these rows; columns never get narrower."""
        for row in rows:
            self._days.add(_moment(row)[:10])
            for column in COLUMNS:
                size = cell_len(self._piece(column, row)[0])
                if size > self._widest[column.heading]:
                    self._widest[column.heading] = min(max(size, cell_len(column.heading)), column.most)

    def fit(self, width: int, sorted_by: str) -> None:
        """Chooses the columns for lines of so many cells."""
        widths: dict[str, int] = {}
        self._signs = width < _ROOM_FOR_WORDS
        most, width = max(16, width // 3), width + _GAP
        for column in sorted(COLUMNS, key=lambda column: (column.heading != sorted_by, column.importance)):
            wanted = min(self._widest[column.heading], most)
            if column.heading == sorted_by:
                wanted = max(wanted, cell_len(column.heading) + _SIGN)
            if column.least and wanted:
                wanted = max(column.least, min(self._widest[column.heading], width - _GAP))
            if column.heading == _STATE and self._signs:
                wanted = 1
            if wanted and wanted + _GAP <= width:
                widths[column.heading] = wanted
                width -= wanted + _GAP
        self._shown = [(column, widths[column.heading]) for column in COLUMNS if column.heading in widths]

    def headings(self, sorted_by: str, reverse: bool) -> list[tuple[str, Line]]:
        """Each column's name, and its heading with the sign of the order."""
        sign = "▲" if reverse else "▼"
        found: list[tuple[str, Line]] = []
        for column, width in self._shown:
            here = column.heading == sorted_by
            text = f"{column.heading} {sign}" if here else column.heading
            if column.heading == _STATE and self._signs:
                text = ""
            text = text.rjust(width) if column.numeric else fill(text, width)
            found.append((column.heading, [(text, "accent strong" if here else "dim"), (" " * _GAP, "")]))
        return found

    def line(self, row: StreamRow) -> Line:
        """What stands in the columns, each as wide as `fit` made it."""
        line: Line = []
        for column, width in self._shown:
            text, role = self._piece(column, row)
            size = cell_len(text)
            text = " " * (width - size) + text if column.numeric and size < width else fill(text, width)
            line += [(text, role), (" " * _GAP, "")]
        return line[:-1]

    def _piece(self, column: Column, row: StreamRow) -> Piece:
        text, role = column.piece(row)
        if column.heading == _STARTED:
            return text[11 if self.day else 5 :], role
        if column.heading == _STATE and self._signs:
            return text[:1], role
        return text, role


def can_sort(heading: str) -> bool:
    """Whether the list can be sorted by the column with this heading."""
    return _BY_HEADING[heading].rank is not None


def in_order(rows: Sequence[StreamRow], sorted_by: str, reverse: bool) -> list[StreamRow]:
    """The rows by a column, the largest first, or last with `reverse`; those that have nothing there at the end.

    As they are where `sorted_by` is "".
    """
    rank = _BY_HEADING[sorted_by].rank if sorted_by else None
    if rank is None:
        return list(rows)
    told = [row for row in rows if rank(row) is not None]
    return sorted(told, key=rank, reverse=not reverse) + [row for row in rows if rank(row) is None]
