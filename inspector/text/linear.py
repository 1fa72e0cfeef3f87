"""Regular expressions whose time is in proportion to the text, whatever stands in both: RE2's.

Python's own are several times slower at finding that there is nothing, some take for ever, and other threads wait
for all of them. RE2 lets the others run.
"""

import threading
from collections.abc import Iterator
from time import perf_counter, sleep
from typing import Any, Final

_SLICE: Final = 64 << 10
_OVERLAP: Final = 4 << 10
_TURN_S: Final = 0.002
# After that it is other work, which nobody has waited for yet.
_IDLE_S: Final = 0.02
# Shorter than any timer counts, but long enough to be asleep.
_NAP_S: Final = 0.0001


class LinearPattern:
    """A regular expression over bytes, in RE2's syntax. Raises ValueError where it is none, or asks to look around."""

    def __init__(self, pattern: bytes) -> None:
        # Only who redacts something waits for this import.
        import re2

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.log_errors = False
        try:
            self._compiled: Any = re2.compile(pattern, options)
        except re2.error as error:
            raise ValueError(str(error)) from None

    def occurs(self, text: bytes, start: int, end: int) -> bool:
        """Whether something between two places matches; of what is longer than 4 KB, if its 4 KB do."""
        for at in range(start, end, _SLICE):
            _give_way()
            if self._compiled.search(text, at, min(at + _SLICE + _OVERLAP, end)):
                return True
        return False

    def end(self, text: bytes, start: int, end: int) -> int:
        """Where the match that begins at a place ends, before another place; the place itself where none does."""
        _give_way()
        found = self._compiled.match(text, start, end)
        return int(found.end()) if found else start

    def places(self, text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """(start, end) of the matches that begin between two places less than 64 KB apart, without overlaps.

        They may end up to 4 KB behind the second one.
        """
        _give_way()
        for found in self._compiled.finditer(text, start, min(end + _OVERLAP, len(text))):
            first, last = found.span()
            if first >= end:
                break
            yield first, last

    def spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        """(start, end) of all matches that do not overlap."""
        for found in self._compiled.finditer(text):
            _give_way()
            yield found.span()


_turn: Final = threading.local()


def _give_way() -> None:
    """Has the other threads run, once in a while.

    RE2 lets go of the interpreter's lock and takes it again within microseconds: whoever waits for the lock wakes too
    late each time, and waits anew. Only a thread that sleeps is sure to be overtaken.
    """
    now = perf_counter()
    if now - getattr(_turn, "seen", 0.0) > _IDLE_S:
        _turn.began = now
    elif now - _turn.began > _TURN_S:
        if threading.active_count() > 1:
            sleep(_NAP_S)
        _turn.began = now = perf_counter()
    _turn.seen = now
