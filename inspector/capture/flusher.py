"""Sees to it that the frames of a stream that stalls reach the disk although no further read comes."""

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from inspector.capture.capture import Capture

LONGEST_WAIT_NS: Final = 20_000_000
_NAP_S: Final = 0.02


class Flusher:
    """A thread that writes what captures have kept for longer than LONGEST_WAIT_NS. It sleeps while none keeps any."""

    def __init__(self) -> None:
        self._new = threading.Condition()
        self._watched: set[Capture] = set()
        self._thread: threading.Thread | None = None

    def watch(self, capture: "Capture") -> None:
        """Has this capture written in time, until nothing of it waits any more."""
        with self._new:
            capture.watched = True
            self._watched.add(capture)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inspector-flusher", daemon=True)
                self._thread.start()
            self._new.notify()

    def flush(self) -> None:
        """Writes what waits now, whatever its age."""
        with self._new:
            watched = list(self._watched)
        for capture in watched:
            capture.write()

    def _run(self) -> None:
        while True:
            with self._new:
                while not self._watched:
                    self._new.wait()
            time.sleep(_NAP_S)
            with self._new:
                watched = list(self._watched)
            for capture in watched:
                waiting_ns = capture.waiting_ns()
                if waiting_ns is None:
                    self._forget(capture)
                elif waiting_ns >= LONGEST_WAIT_NS:
                    capture.write()

    def _forget(self, capture: "Capture") -> None:
        with self._new:
            capture.watched = False
            # A read that came meanwhile saw that the capture was watched.
            if capture.waiting_ns() is None:
                self._watched.discard(capture)
            else:
                capture.watched = True


flusher = Flusher()


def _after_fork() -> None:
    flusher.__init__()  # type: ignore[misc]


atexit.register(flusher.flush)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
