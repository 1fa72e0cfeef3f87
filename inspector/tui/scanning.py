from threading import Event, Thread
from typing import Final, Protocol

_POLL_S: Final = 0.03


class Task(Protocol):
    """Work that is done in steps of some milliseconds."""

    def step(self) -> bool:
        """Does some; False where there is nothing to do for now."""


class Scanner(Thread):
    """Does a task's steps beside the screen until it is stopped; what comes later is done as it comes."""

    def __init__(self, task: Task) -> None:
        super().__init__(name="scanner", daemon=True)
        self._task = task
        self._stop_asked = Event()
        self.start()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            if not self._task.step():
                self._stop_asked.wait(_POLL_S)

    def stop(self) -> None:
        """Ends the work; what a step has begun it finishes."""
        self._stop_asked.set()
