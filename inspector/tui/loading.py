"""Indexing beside the screen: a thread that takes in what the file holds, and what is still appended to it."""

import gc
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

from inspector.panes.model import StreamModel

if TYPE_CHECKING:
    from inspector.diagnostics import Diagnosis

_POLL_S: Final = 0.02
_DIAGNOSE_S: Final = 0.5
# Some milliseconds' work; a hundred thousand, as while loading, would take more than a hundred.
_COLLECT_EVERY: Final = 4_000


class Loader(Thread):
    """Indexes a stream's file and applies the rules to it; with `stream.live` until the recording ends.

    The screen asks on a timer what has come.
    """

    def __init__(self, stream: StreamModel) -> None:
        super().__init__(name="indexer", daemon=True)
        self._stream = stream
        self._stop_asked = Event()
        self._no_more = Event()
        self._diagnosis: Diagnosis | None = None
        self._diagnosed_at = 0.0

    def run(self) -> None:
        """The thread's work."""
        stream = self._stream
        piped = stream.exchange.arriving
        try:
            while not self._stop_asked.is_set():
                # Asked before the last look: what was written until then is read.
                ended = self._no_more.is_set() or (piped and not stream.exchange.arriving)
                if stream.load_block():
                    continue
                if stream.loading:
                    stream.loading = False
                    _collect_often()
                if ended or not stream.live or stream.exchange.index.end is not None:
                    break
                self._diagnose()
                self._stop_asked.wait(_POLL_S)
        except OSError as error:
            stream.problem = f"the file cannot be read any further: {error.strerror or error}"
        stream.live = stream.loading = False
        if not self._stop_asked.is_set():
            self._diagnose(whole=True)

    def no_more(self) -> None:
        """The writer has ended: what the file holds is all."""
        self._no_more.set()

    def stop(self) -> None:
        """Ends the thread; returns when it has ended."""
        self._stop_asked.set()
        if self.is_alive():
            self.join(1)
        # What was spared may go now.
        gc.unfreeze()

    def _diagnose(self, whole: bool = False) -> None:
        """Applies the rules to what has come since, not at every read."""
        if not whole and monotonic() < self._diagnosed_at + _DIAGNOSE_S:
            return
        if self._diagnosis is None:
            from inspector.diagnostics import Diagnosis

            self._diagnosis = Diagnosis(self._stream.exchange)
        new = self._diagnosis.update(whole) or self._diagnosis.notes != self._stream.undiagnosed
        if new or self._stream.diagnosed is None:
            self._stream.found(self._diagnosis.findings, self._diagnosis.notes)
        self._diagnosed_at = monotonic()


def _collect_often() -> None:
    """What is loaded is no garbage and need not be looked at; what painting leaves is to be cleared in short pauses."""
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY, 20, 50)
