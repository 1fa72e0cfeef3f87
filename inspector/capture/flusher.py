"""Sees to it that the frames of a stream that stalls reach the disk although no further read comes."""

import atexit
import os
import threading
import time
from typing import Final, Protocol

LONGEST_WAIT_NS: Final = 20_000_000
_NAP_S: Final = 0.02


class Pending(Protocol):
    """Whoever keeps something that is to be written soon.

    `watched` belongs to the flusher: False means that it must be told of what is kept from now on.
    """

    watched: bool

    def waiting_ns(self) -> int | None:
        """For how long the oldest of what is kept has been waiting; None where nothing is."""
        ...

    def write(self) -> None:
        """Writes what is kept. Never raises, never waits for another thread."""
        ...


class Watcher(Protocol):
    """Has written in time what is kept."""

    def watch(self, pending: Pending) -> None:
        """Has this one written within 40 ms, and sets its `watched` until it must be told anew."""
        ...


class Flusher:
    """A thread that has written what was kept for LONGEST_WAIT_NS. It sleeps while nobody keeps anything."""

    def __init__(self) -> None:
        self._new = threading.Condition()
        self._watched: set[Pending] = set()
        self._thread: threading.Thread | None = None

    def watch(self, pending: Pending) -> None:
        """Has this one written in time, until nothing of it waits any more."""
        with self._new:
            pending.watched = True
            self._watched.add(pending)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inspector-flusher", daemon=True)
                self._thread.start()
            self._new.notify()

    def flush(self) -> None:
        """Writes what waits now, whatever its age."""
        with self._new:
            watched = list(self._watched)
        for pending in watched:
            pending.write()

    def _run(self) -> None:
        while True:
            with self._new:
                while not self._watched:
                    self._new.wait()
            time.sleep(_NAP_S)
            with self._new:
                watched = list(self._watched)
            for pending in watched:
                waiting_ns = pending.waiting_ns()
                if waiting_ns is None:
                    self._forget(pending)
                elif waiting_ns >= LONGEST_WAIT_NS:
                    pending.write()

    def _forget(self, pending: Pending) -> None:
        with self._new:
            pending.watched = False
            # A read that came meanwhile saw that it was watched.
            if pending.waiting_ns() is None:
                self._watched.discard(pending)
            else:
                pending.watched = True


flusher = Flusher()


def _after_fork() -> None:
    flusher.__init__()  # type: ignore[misc]


atexit.register(flusher.flush)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
