"""Lines for people, who may read slowly or not at all: that must not hold up the streams."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

Tell = Callable[[str], None]

# A server ends within a second of being told to.
_PATIENCE_S: Final = 0.5
_MOST_WAITING: Final = 10_000


class Notices:
    """Tells lines in their order, in a thread of its own. Where too many wait, further ones are left out and counted.

    Whoever was to be told may be gone: that is no reason to stop. Where they do not read, the interpreter cannot end as
    usual, which waits for stderr; `os._exit` does not.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Tell, str]] = deque()
        self._left_out = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def to(self, tell: Tell) -> Tell:
        """What returns at once, and has `tell` called with the line later. From any thread."""

        def later(line: str) -> None:
            with self._changed:
                if len(self._waiting) >= _MOST_WAITING:
                    self._left_out += 1
                    return
                if self._left_out:
                    self._waiting.append((tell, _left_out(self._left_out)))
                    self._left_out = 0
                self._waiting.append((tell, line))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="inspector notices", daemon=True)
                    self._thread.start()
                self._changed.notify()

        return later

    def close(self) -> bool:
        """Whether everything was told within half a second. Nothing may come any more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread:
            self._thread.join(_PATIENCE_S)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if self._waiting:
                    tell, line = self._waiting.popleft()
                elif self._left_out:
                    line, self._left_out = _left_out(self._left_out), 0
                else:
                    return
            with suppress(OSError, ValueError):
                tell(line)


def _left_out(count: int) -> str:
    return f"{count:,} lines are left out here: nobody read them"
