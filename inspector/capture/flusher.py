"""Sees to it that the frames of a stream that stalls reach the disk although no further read comes."""

import atexit
import os
import threading
import time
from typing import Final, Protocol

LONGEST_WAIT_NS: Final = 20_000_000
_NAP_NS: Final = 20_000_000
_SHORTEST_NAP_NS: Final = 5_000_000


class Pending(Protocol):
    """Whoever keeps something that is to be written soon.

    `watched` belongs to the flusher: False means that it must be told of what is kept from now on.
    """

    watched: bool

    def due_ns(self) -> int | None:
        """When something of what is kept is to be written, of `perf_counter_ns`; None where nothing is kept."""
        ...

    def write(self, until_ns: int | None = None) -> bool:
        """Writes what is kept; False where that was not all of it at this time. Never raises, waits for no thread."""
        ...


class Watcher(Protocol):
    """Has written in time what is kept."""

    def watch(self, pending: Pending) -> None:
        """Has this one written within 40 ms, and sets its `watched` until it must be told anew."""
        ...

    def hurry(self, pending: Pending) -> None:
        """Has this one written as soon as others let it: much is kept, or work was left undone."""
        ...


class Flusher:
    """A thread that has written what is due. It sleeps while nobody keeps anything."""

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

    def hurry(self, pending: Pending) -> None:
        """As `watch`: whoever keeps much writes it, and leaves here what takes too long."""
        self.watch(pending)

    def flush(self) -> None:
        """Writes what waits now, whatever its age."""
        with self._new:
            watched = list(self._watched)
        for pending in watched:
            pending.write()

    def _run(self) -> None:
        nap_ns = _NAP_NS
        while True:
            with self._new:
                while not self._watched:
                    self._new.wait()
            time.sleep(nap_ns / 1e9)
            with self._new:
                watched = list(self._watched)
            nap_ns = _NAP_NS
            for pending in watched:
                due_ns = pending.due_ns()
                if due_ns is None:
                    self._forget(pending)
                    continue
                if (wait_ns := due_ns - time.perf_counter_ns()) > 0:
                    nap_ns = max(_SHORTEST_NAP_NS, min(nap_ns, wait_ns))
                else:
                    pending.write()

    def _forget(self, pending: Pending) -> None:
        with self._new:
            pending.watched = False
            # A read that came meanwhile saw that it was watched.
            if pending.due_ns() is None:
                self._watched.discard(pending)
            else:
                pending.watched = True


flusher = Flusher()


def _after_fork() -> None:
    flusher.__init__()  # type: ignore[misc]


atexit.register(flusher.flush)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
