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
from inspector.panes.waterfall import SessionAxis, bar, span_of
from inspector.session.sources import Key, Source
from inspector.session.summaries import Summary
from inspector.session.threads import Kind, Turn
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted, milliseconds
from inspector.timeline.metrics import InputTokens

_GAP: Final = 2
# The sign of the order behind a heading, and the space before it.
_SIGN: Final = 2
# What `recording.folders.new_recording` puts before the part of a name that differs: a time, which has a column.
_STAMP: Final = re.compile(r"^\d{8}-\d{6}-\d{6}-(?=[0-9a-f]{6}\b)")
_SHORTEST_PREFIX: Final = 8
_STATE, _HTTP, _STARTED, _PROMPT, _WATERFALL = "state", "HTTP", "started", "prompt", "waterfall"
_KIND_SIGNS: Final[dict[Kind, str]] = {"main": "", "branch": "⑂", "subagent": "↳", "side": "·"}
_WIDEST_WATERFALL: Final = 32
# In fewer cells a state's word would take the place of the name.
_ROOM_FOR_WORDS: Final = 48


class StreamRow(NamedTuple):
    """One stream of the list; `name` is what is shown of its name.

    `turn` is its place in the session's threads, `place` that in their order; None where that is not known.
    """

    source: Source
    name: str
    summary: Summary
    turn: Turn[Key] | None = None
    place: int | None = None


@dataclass(frozen=True)
class Column:
    """`piece` is what stands in it, at most `most` cells wide, `importance` (from 1) who gets room first.

    An `optional` one stands only where a row has something in it, one with `least` only where there is so much room.
    One that `grows` begins with that, and gets more once all others have what they want.
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
    grows: bool = False


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


def _turn(row: StreamRow) -> Piece:
    """ "1 3": the third turn of the first thread; "1.2↳1": the first one of a subagent that it began."""
    turn = row.turn
    if turn is None or (turn.thread.kind == "main" and len(turn.thread.turns) == 1):
        return "", ""
    text = f"{turn.thread.label}{_KIND_SIGNS[turn.thread.kind] or ' '}{turn.number}"
    return text + (" ↻" if turn.relation == "retry" else ""), "faint" if turn.thread.depth else "strong"


def _place(row: StreamRow) -> int | None:
    # The largest comes first, and threads are read from their beginning.
    return None if row.place is None else -row.place


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
    Column("turn", _turn, 6, 12, _place, optional=True),
    Column("request", lambda row: (row.summary.asked, ""), 7, 32, optional=True, least=12),
    Column(_STARTED, lambda row: (_moment(row), "faint"), 5, 19, _started),
    Column("model", lambda row: (row.summary.model, "faint"), 11, 26),
    Column("tokens", lambda row: (_tokens(row), ""), 9, 15, _sum, numeric=True),
    Column("cached/written", lambda row: (_cache(row), "faint"), 14, 15, _cached, numeric=True, optional=True),
    Column("TTFT", lambda row: (_time(row.summary.ttft_ms), ""), 12, 8, lambda row: row.summary.ttft_ms, numeric=True),
    Column(
        "duration", lambda row: (_time(row.summary.duration_ms), ""), 13, 8, lambda row: row.summary.duration_ms,
        numeric=True,
    ),
    Column("events", lambda row: (_events(row), "faint"), 15, 9, lambda row: row.summary.events, numeric=True),
    Column(_WATERFALL, lambda row: ("", ""), 8, _WIDEST_WATERFALL, optional=True, least=12, grows=True),
    Column(_PROMPT, lambda row: (row.summary.prompt, "faint"), 10, 200, optional=True, least=20, grows=True),
)  # fmt: skip
SORTED_BY: Final = (_STARTED, "duration", "tokens", "TTFT", "findings", "turn")
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
        self._spans: dict[Key, tuple[float, float]] = {}
        self._axis: SessionAxis | None = None
        self._signs = False

    @property
    def day(self) -> str:
        """The day on which all of them began, "" where that was not the same."""
        return next(iter(self._days)) if len(self._days) == 1 else ""

    def take(self, rows: Iterable[StreamRow]) -> None:
        """Makes room for what stands in these rows; columns never get narrower."""
        for row in rows:
            self._days.add(_moment(row)[:10])
            if span := span_of(row.summary):
                self._spans[row.source.key] = span
                self._axis = None
            for column in COLUMNS:
                self._widen(column, row)
        if len(self._spans) > 1:
            self._widest[_WATERFALL] = _WIDEST_WATERFALL

    def take_turns(self, rows: Iterable[StreamRow]) -> None:
        """Makes room for the turns of these rows, of which nothing else has changed."""
        for row in rows:
            self._widen(_BY_HEADING["turn"], row)

    def fit(self, width: int, sorted_by: str) -> None:
        """Chooses the columns for lines of so many cells."""
        widths: dict[str, int] = {}
        growing: dict[str, int] = {}
        self._signs = width < _ROOM_FOR_WORDS
        most, width = max(16, width // 3), width + _GAP
        for column in sorted(COLUMNS, key=lambda column: (column.heading != sorted_by, column.importance)):
            widest = self._widest[column.heading]
            wanted = min(widest, most)
            if column.heading == sorted_by:
                wanted = max(wanted, cell_len(column.heading) + _SIGN)
            if column.least and wanted:
                wanted = column.least if column.grows else max(column.least, min(widest, width - _GAP))
            if column.grows:
                growing[column.heading] = widest
            if column.heading == _STATE and self._signs:
                wanted = 1
            if wanted and wanted + _GAP <= width:
                widths[column.heading] = wanted
                width -= wanted + _GAP
        # What is left goes to those that are worth more the wider they are.
        for heading, widest in growing.items():
            if heading in widths:
                more = max(0, min(widest - widths[heading], width))
                widths[heading] += more
                width -= more
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
            if column.heading == _WATERFALL:
                line += [*bar(self._on_axis(), row.summary, width), (" " * _GAP, "")]
                continue
            text, role = self._piece(column, row)
            size = cell_len(text)
            text = " " * (width - size) + text if column.numeric and size < width else fill(text, width)
            line += [(text, role), (" " * _GAP, "")]
        return line[:-1]

    def _widen(self, column: Column, row: StreamRow) -> None:
        size = cell_len(self._piece(column, row)[0])
        if size > self._widest[column.heading]:
            self._widest[column.heading] = min(max(size, cell_len(column.heading)), column.most)

    def _on_axis(self) -> SessionAxis:
        if self._axis is None:
            self._axis = SessionAxis(self._spans.values())
        return self._axis

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


def sums_line(rows: Iterable[StreamRow]) -> Line:
    """What all of them are together: turns and threads, tokens."""
    rows = list(rows)
    tokens = [row.summary.input_tokens for row in rows if row.summary.input_tokens]
    into = InputTokens(
        sum(one.total for one in tokens),
        sum(one.cache_read for one in tokens),
        sum(one.cache_creation for one in tokens),
    )
    out = sum(row.summary.output_tokens or 0 for row in rows)
    turns = sum(row.turn is not None for row in rows)
    threads = {row.turn.thread.label for row in rows if row.turn}
    line: Line = [("Σ  ", "dim")]
    if turns > 1:
        line += [(f"{counted(turns, 'turn')} in {counted(len(threads), 'thread')}", ""), ("   ", "")]
    return [*line, ("in ", "dim"), (str(into), ""), ("   out ", "dim"), (f"{out:,}", "")]
