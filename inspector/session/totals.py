"""What a session recorded, in sums that are kept while it goes on: exact, however many exchanges there are."""

import threading
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from inspector.formats import open_exchange
from inspector.recording import InspectorError, LineBlock
from inspector.session.billing import Charge, charges_of, cost_of_charges
from inspector.session.cost import Costs
from inspector.timeline import Exchange
from inspector.timeline.asked import BINARY_STREAM
from inspector.timeline.metrics import InputTokens

if TYPE_CHECKING:
    from inspector.diagnostics import Severity

# A larger recording is neither read whole nor judged.
_LARGE: Final = 1 << 25
# What is left out of a recording of which only the sums are wanted: nine lines of ten are such deltas.
_DELTA: Final = b'"event":"content_block_delta","data":{"type":"content_block_delta",'
_REQUEST: Final = b'{"kind":"request"'
_WITHIN: Final = 256
_SPILLED: Final = (b'{"kind":"spill"', b'"spilled":')


class SessionTotals:
    """The sums of a session. Tell it of each exchange, from any thread; a thread of its own reads what has ended.

    `streams` and `others` (what asked for no stream) are those that were recorded, `states` how they ended, by
    `Status`, or "unreadable"; `input` and `output` their tokens. What counting tokens or a batch's results say is
    nobody's usage. `lost` are exchanges that are not on the disk, or not whole: of them nothing else is counted.
    `costs` is what they cost. It is worked out while no exchange is open, and at the end: a package is loaded for it,
    and that is to hold up no stream. `findings` are those of `judged` exchanges, by severity: the rules take their
    time, so they run while no exchange is open, and for as long as `close` lets them.
    """

    def __init__(self) -> None:
        self.streams = self.others = self.lost = self.judged = self.output = 0
        self.states: Counter[str] = Counter()
        self.input = InputTokens(0)
        self.costs = Costs()
        self.findings: Counter[Severity] = Counter()
        self._open = 0
        self._unread: deque[Path] = deque()
        self._unpriced: deque[list[Charge]] = deque()
        self._unjudged: deque[Path] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._until: float | None = None

    @property
    def count(self) -> int:
        """How many exchanges there were, the lost ones too."""
        return self.streams + self.others + self.lost + self.states["unreadable"]

    def began(self) -> None:
        """One more exchange is under way."""
        with self._changed:
            self._open += 1

    def ended(self, path: Path | None, lost: bool) -> None:
        """It is over, and all of it written to this file; `lost`, or None: that could not be done."""
        with self._changed:
            self._open -= 1
            if path is None or lost:
                self.lost += 1
                return
            self._unread.append(path)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inspector totals", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self, patience_s: float) -> None:
        """Returns when everything is counted; the rules get so long at most. Nothing may come any more."""
        with self._changed:
            self._until = monotonic() + patience_s
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            path, charges, judged = None, None, None
            with self._changed:
                while not (self._unread or self._may_price() or self._may_judge()) and self._until is None:
                    self._changed.wait()
                if self._unread:
                    path = self._unread.popleft()
                elif self._may_price():
                    charges = self._unpriced.popleft()
                elif self._may_judge():
                    judged = self._unjudged.popleft()
            if path:
                self._read(path)
            elif charges:
                self.costs.add(cost_of_charges(charges))
            elif judged:
                self._judge(judged)
            else:
                return

    def _may_price(self) -> bool:
        return bool(self._unpriced) and (self._open == 0 or self._until is not None)

    def _may_judge(self) -> bool:
        in_time = self._open == 0 if self._until is None else monotonic() < self._until
        return bool(self._unjudged) and in_time

    def _read(self, path: Path) -> None:
        try:
            with _outline(path) as exchange:
                view = exchange.view()
                metrics, status, charges = view.metrics, view.status, charges_of(view)
                is_stream, large = exchange.streams, exchange.reader.size() > _LARGE
        except (InspectorError, OSError):
            self.states["unreadable"] += 1
            return
        self.states[status] += 1
        self.streams += is_stream
        self.others += not is_stream
        self.input += metrics.input_tokens or InputTokens(0)
        self.output += metrics.output_tokens or 0
        if charges:
            self._unpriced.append(charges)
        if not large:
            self._unjudged.append(path)

    def _judge(self, path: Path) -> None:
        from inspector.diagnostics import diagnose

        with suppress(InspectorError, OSError), open_exchange(str(path)) as exchange:
            self.findings.update(finding.severity for finding in diagnose(exchange))
        self.judged += 1


def _outline(path: Path) -> Exchange:
    """A recording without its content: how it ended and its tokens are there, at a fraction of time and memory."""
    exchange = Exchange(path.open("rb"), path.name)
    large = exchange.reader.size() > _LARGE
    while block := exchange.reader.next_block():
        outline = LineBlock([], [])
        for start, line in zip(block.starts, block.lines, strict=True):
            beginning = line[:_WITHIN]
            if beginning.startswith(_REQUEST):
                # Of a stream nobody parses it, and it may be megabytes.
                exchange.index.request_line = line
            elif _DELTA not in beginning and not (large and any(sign in beginning for sign in _SPILLED)):
                outline.starts.append(start)
                outline.lines.append(line)
        exchange.index.extend(outline)
    if exchange.media_type != BINARY_STREAM or large:
        return exchange
    exchange.close()
    return open_exchange(str(path))
