"""Work beside the screen, in steps that no key waits for."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Final, Protocol

_POLL_S: Final = 0.03
_AT_ONCE_S: Final = 0.012


class Task(Protocol):
    """Work that is done in steps of some milliseconds."""

    def step(self) -> bool:
        """Does some; False where there is nothing to do for now."""


def look_near(task: Task) -> None:
    """Does the first steps at once, so that what is near is there when the screen is painted again."""
    until = monotonic() + _AT_ONCE_S
    while monotonic() < until and task.step():
        pass


class Scanner(Thread):
    """Does a task's steps beside the screen until it is stopped; what comes later is done as it comes.

    `finish` is called last, in the same thread.
    """

    def __init__(self, task: Task, finish: Callable[[], object] = bool) -> None:
        super().__init__(name="scanner", daemon=True)
        self._task = task
        self._finish = finish
        self._stop_asked = Event()
        self.start()

    def run(self) -> None:
        """What the thread does."""
        while not self._stop_asked.is_set():
            if not self._task.step():
                self._stop_asked.wait(_POLL_S)
        self._finish()

    def stop(self) -> None:
        """Ends the work; what a step has begun it finishes."""
        self._stop_asked.set()
