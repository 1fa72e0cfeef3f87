"""Regular expressions whose time is in proportion to the text, whatever stands in both: RE2's.

Python's own are several times slower at finding that there is nothing, some take for ever, and other threads wait
for all of them. RE2 lets the others run.
"""

from collections.abc import Iterator
from typing import Any, Final

_SLICE: Final = 64 << 10
_OVERLAP: Final = 4 << 10


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
        return any(
            self._compiled.search(text, at, min(at + _SLICE + _OVERLAP, end)) for at in range(start, end, _SLICE)
        )

    def spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        """(start, end) of all matches that do not overlap."""
        return (found.span() for found in self._compiled.finditer(text))
