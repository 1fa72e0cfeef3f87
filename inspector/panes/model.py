"""The state behind a stream's screen: where in time it stands, what is filtered and searched. No toolkit."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Protocol

from inspector.panes.drawing.lines import Piece
from inspector.panes.drawing.markdown import MarkdownSplits
from inspector.panes.scanner import Scanner, look_near
from inspector.panes.sdk_run import SdkRun
from inspector.timeline import Exchange, Index, Status, View
from inspector.timeline.filter import Filter, Wanted
from inspector.timeline.gaps import Bursts, Silence
from inspector.timeline.message import Block
from inspector.timeline.metrics import Metrics
from inspector.timeline.partial_json import JsonScan
from inspector.timeline.pattern import Highlight, pattern_of
from inspector.timeline.rows import time_of
from inspector.timeline.search import Search

if TYPE_CHECKING:
    from inspector.diagnostics import Finding, Severity


_ROLES: Final[dict[str, str]] = {"error": "error strong", "warn": "warning strong", "info": "faint"}


def severity_sign(severity: "Severity") -> Piece:
    """The sign of a severity, in its colour."""
    # With the rules, which nobody waits for before the first rows.
    from inspector.diagnostics.finding import LOOKS

    return LOOKS[severity].sign, _ROLES[severity]


class Rows(Protocol):
    """The frame number at each place of the list."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> int: ...

    def place(self, n: int) -> int | None:
        """Where frame n stands, None where it is not shown."""

    def nearest(self, n: int) -> int:
        """Where frame n stands or would stand."""


class AllRows:
    """Every frame."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return self._index.count

    def __getitem__(self, place: int) -> int:
        return place + 1

    def place(self, n: int) -> int | None:
        """Frame n stands at n - 1."""
        return n - 1

    def nearest(self, n: int) -> int:
        """The same: every frame is shown."""
        return n - 1


class SomeRows:
    """The frames that a filter lets through; more are added to `numbers` as they are found, in order."""

    def __init__(self, numbers: "array[int]") -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> int:
        return self.numbers[place]

    def place(self, n: int) -> int | None:
        """Found by bisection; None where the filter hides it."""
        at = bisect_left(self.numbers, n)
        return at if at < len(self.numbers) and self.numbers[at] == n else None

    def nearest(self, n: int) -> int:
        """The first place at or behind frame n, else the last one."""
        return max(0, min(bisect_left(self.numbers, n), len(self.numbers) - 1))


@dataclass
class StreamModel:
    """One exchange on the screen.

    `cursor` is the moment in time: the number of a frame, or None while the user has not moved, which means the whole
    stream as far as it has come. `follow`: the newest event is what matters; `live`: more may come.
    """

    exchange: Exchange
    follow: bool = False
    live: bool = False
    cursor: int | None = None
    loading: bool = False

    def __post_init__(self) -> None:
        self.gaps = self.exchange.meter.gaps
        self.bursts = Bursts(self.exchange.index)
        self.silence = Silence(self.exchange.index)
        self._advance()
        self.rows: Rows = AllRows(self.exchange.index)
        self.search: Search | None = None
        self.search_text = ""
        self.highlight: Highlight | None = None
        self.filter: Filter | None = None
        self.filter_text = ""
        self.markers: dict[int, str] = {}
        self.pause_at_markers = True
        self.findings: dict[int, Severity] = {}
        self.diagnosed: list[Finding] | None = None
        self.undiagnosed: list[str] = []
        self.looked_at: Finding | None = None
        self.sdk: SdkRun | None = None
        self.hexadecimal = False
        self.folded = False
        self.markdown = False
        self.splits: dict[Block, MarkdownSplits] = {}
        self.scans: dict[Block, JsonScan] = {}
        self.scanned = 0
        self.resting = False
        self.problem = ""
        self.news = 0
        self._scanners: dict[str, Scanner] = {}

    @property
    def count(self) -> int:
        """How many frames have come."""
        return self.exchange.index.count

    @property
    def n(self) -> int:
        """The frame as of which everything is shown."""
        return self.count if self.cursor is None else self.cursor

    @property
    def whole(self) -> bool:
        """Whether the stream is shown as far as it has come."""
        return self.cursor is None

    @property
    def at_end(self) -> bool:
        """Whether what came last is what matters: the moment of the cursor, or of a live stream."""
        return self.cursor is not None or self.follow

    @property
    def event_n(self) -> int:
        """The frame that is looked at: the one at the cursor; without one the first, or of a live stream the last."""
        return self.n if self.at_end else min(1, self.count)

    @property
    def over(self) -> bool:
        """Whether everything that will ever come is shown."""
        return self.n >= self.count and not self.live and not self.loading

    @property
    def view(self) -> View:
        """The exchange as of the cursor."""
        return self.exchange.view() if self.whole else self.exchange.at(self.n)

    @property
    def status(self) -> Status:
        """How the stream stands now, wherever the cursor is."""
        return self.exchange.view().status

    @property
    def metrics(self) -> Metrics:
        """The figures as of the moment."""
        return self.view.metrics

    def search_for(self, text: str) -> None:
        """Looks for a text from the cursor on, none for an empty one. `scanning` does the work."""
        self._stop("search")
        pattern = pattern_of(text)
        self.search_text = text
        self.highlight = Highlight.of(text)
        self.search = Search(self.exchange, pattern, self.cursor or 1) if pattern else None
        if self.search:
            self._scanners["search"] = Scanner(self.search)

    def filter_by(self, text: str) -> None:
        """Shows only what a filter lets through; everything for an empty one."""
        self._stop("filter")
        self.filter_text = text.strip()
        if not self.filter_text:
            self.filter = None
            self.rows = AllRows(self.exchange.index)
            return
        kinds = self.exchange.index.event_types.known[1:]
        self.filter = Filter(self.exchange, Wanted.parse(self.filter_text, kinds))
        if self.filter.quick:
            look_near(self.filter)
        self.rows = SomeRows(self.filter.numbers)
        self._scanners["filter"] = Scanner(self.filter)

    def ask_sdk(self, path: str, number: int | None) -> None:
        """Has the SDK read the recording, in a process of its own."""
        if self.sdk is None:
            self.sdk = SdkRun(path, number)

    def found(self, findings: "list[Finding]", notes: Iterable[str] = ()) -> None:
        """What the rules have found so far, and which of them could not be applied."""
        # The worst of an event last.
        heavy_last = sorted(findings, key=attrgetter("weight"), reverse=True)
        self.findings = {finding.event: finding.severity for finding in heavy_last if finding.event is not None}
        self.undiagnosed = list(notes)
        self.diagnosed = sorted(findings, key=_by_weight)
        self.news += 1

    def look_at_finding(self, step: int) -> "Finding | None":
        """The next finding after the one that was looked at last, or the one before: errors, then warnings, then infos.

        It is looked at from now on, and the cursor moves to its event where it is about one. None where there is none.
        """
        findings = self.diagnosed or []
        at = self._finding_here(len(findings) if step < 0 else -1) + step
        if not 0 <= at < len(findings):
            return None
        self.looked_at = findings[at]
        if event := findings[at].event:
            self.move_to(event)
        return findings[at]

    def _finding_here(self, otherwise: int) -> int:
        """The place of what was looked at last, or of what is found about the event at the cursor."""
        findings, last = self.diagnosed or [], self.looked_at
        if last:
            # A live stream's are others by now, with other figures.
            same = (at for at, found in enumerate(findings) if (found.code, found.event) == (last.code, last.event))
        else:
            same = (at for at, found in enumerate(findings) if found.event and found.event == self.cursor)
        return next(same, otherwise)

    @property
    def version(self) -> tuple[object, ...]:
        """Something that differs whenever what is known of the stream does."""
        index = self.exchange.index
        asking = self.sdk is not None and self.sdk.running
        known = self.count, index.end is not None, self.live, self.loading, self.news, asking, self.resting
        return *known, self.scanned, self.hexadecimal, self.folded, self.markdown, id(self.looked_at)

    @property
    def findings_note(self) -> str:
        """Behind the pane's name: how many findings there are."""
        return f" {len(self.diagnosed)}" if self.diagnosed else ""

    def close(self) -> None:
        """Ends what goes on beside the screen."""
        if self.sdk:
            self.sdk.stop()
        for name in list(self._scanners):
            self._stop(name)

    def _stop(self, name: str) -> None:
        scanner = self._scanners.pop(name, None)
        if scanner:
            scanner.stop()

    def load_block(self) -> bool:
        """Indexes some further lines of the file; False where there are none yet."""
        if not self.exchange.load_block():
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        self.exchange.meter.advance()
        self.bursts.advance()
        self.silence.advance()

    def move_to(self, n: int) -> None:
        """Sets the cursor; beyond either end it stays at the end."""
        self.cursor = min(max(1, n), self.count) if self.count else None

    def move_by(self, rows: int) -> None:
        """Moves the cursor by so many rows of the list; it starts at the end where that is what is shown."""
        shown = len(self.rows)
        if not shown:
            return
        if self.cursor is None:
            at = shown - 1 if self.follow else -1 if rows > 0 else 0
        else:
            at = self.rows.nearest(self.cursor)
            # From a row that is not shown the next one that is shown is one step away.
            if rows > 0 and self.rows[at] > self.cursor:
                at -= 1
            elif rows < 0 and self.rows[at] < self.cursor:
                at += 1
        found = self.rows[min(max(0, at + rows), shown - 1)]
        # Beyond the last row that is shown there is nothing to move to.
        if self.cursor is None or (found > self.cursor) == (rows > 0):
            self.cursor = found

    def sign(self, n: int) -> Piece | None:
        """What stands beside frame n in the list: a marker, a finding."""
        if n in self.markers:
            return "◆", "accent strong"
        severity = self.findings.get(n)
        return severity_sign(severity) if severity else None

    def stops_at(self, n: int) -> bool:
        """Whether playing pauses at frame n."""
        return self.pause_at_markers and n in self.markers

    def release(self) -> None:
        """Gives the cursor up: the whole stream again."""
        self.cursor = self.looked_at = None

    @property
    def last_t_ns(self) -> int:
        """The latest time so far, 0 where there is none."""
        return max(0, self.exchange.index.t_ns[self.count - 1]) if self.count else 0

    @property
    def t_ns(self) -> int | None:
        """The time of the frame at the cursor, or of the last one."""
        return time_of(self.exchange, self.n) if self.n else None


def _by_weight(finding: "Finding") -> tuple[int, bool, int]:
    """Errors first; of one severity in the order of events, what is about none of them last."""
    return finding.weight, finding.event is None, finding.event or 0
