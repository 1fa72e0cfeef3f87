"""Indexing beside the screen: a thread that takes in what the file holds, and what is still appended to it."""

from threading import Event, Thread
from typing import Final

from inspector.tui.model import Session

_POLL_S: Final = 0.02


class Loader(Thread):
    """Indexes a session's file; with `session.live` until the recording ends. The screen asks on a timer what has come."""

    def __init__(self, session: Session) -> None:
        super().__init__(name="indexer", daemon=True)
        self._session = session
        self._stop_asked = Event()
        self.error: str | None = None

    def run(self) -> None:
        session = self._session
        try:
            while not self._stop_asked.is_set():
                if session.load_block():
                    continue
                if session.live and session.exchange.index.end is None:
                    self._stop_asked.wait(_POLL_S)
                else:
                    break
        except OSError as error:
            self.error = f"the file cannot be read any further: {error.strerror or error}"
        session.live = False
        session.loading = False

    def stop(self) -> None:
        """Ends the thread; returns when it has ended."""
        self._stop_asked.set()
        if self.is_alive():
            self.join(1)
