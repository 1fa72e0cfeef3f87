"""What is looked for: a regular expression over bytes or over what a screen shows, whose matching can be given up.

Some expressions take a time for a text that doubles with each of its letters. Nobody sees that coming, so each look has
its time: when that is over, `TooSlowError` says so. While a look goes on other threads go on too.
"""

import re
import warnings
from collections.abc import Iterator
from time import monotonic
from typing import AnyStr, Final

import regex

_PATIENCE_S: Final = 2.0
# A screen is painted meanwhile.
_PATIENCE_WITH_LINE_S: Final = 0.02
_LEAST_S: Final = 0.001
# A brace that counts nothing stands for itself; to the other library it says how much a match may differ.
_FUZZY: Final = re.compile(r"(?<!\\)\{(?![0-9,])")
_FUZZY_BYTES: Final = re.compile(_FUZZY.pattern.encode())
_SPECIAL: Final = frozenset(b"\\.^$*+?{}[]|()")


class TooSlowError(Exception):
    """The expression takes too long for this text."""


def pattern_of(text: str) -> re.Pattern[bytes] | None:
    """A regular expression over UTF-8, as less takes it: without a capital letter, case does not matter.

    What is no regular expression is taken literally. None for an empty text.
    """
    if not text:
        return None
    flags = 0 if text != text.lower() else re.IGNORECASE
    encoded = text.encode("utf-8", "replace")
    try:
        pattern = _compiled(encoded, flags)
        if not pattern.search(b""):
            return pattern
    except (re.error, OverflowError, RecursionError):
        pass
    return re.compile(re.escape(encoded), flags)


def is_expression(text: str) -> bool:
    """Whether a text is searched for as the regular expression that it is."""
    pattern = pattern_of(text)
    return pattern is None or pattern.pattern == text.encode("utf-8", "replace")


class Finder:
    """A pattern, the fast way: a plain word whose case does not matter is looked for in lower case.

    `plain`: it is a word, which takes no longer than reading does.
    """

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.plain = _SPECIAL.isdisjoint(pattern.pattern)
        self._lower = self.plain and bool(pattern.flags & re.IGNORECASE)
        self._pattern = re.compile(pattern.pattern.lower()) if self._lower else pattern
        self._slow = None if self.plain else _abandonable(pattern)
        self._until = 0.0

    def look_in(self, data: bytes) -> bytes:
        """Begins with another text, for which it now has its time; gives what `search` is to be called with."""
        self._until = monotonic() + _PATIENCE_S
        return data.lower() if self._lower else data

    def search(self, text: bytes, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Where (start, end) the pattern is first. Raises TooSlowError."""
        end = len(text) if end is None else end
        if self._slow is None:
            found = self._pattern.search(text, start, end)
            return found.span() if found else None
        try:
            hit = self._slow.search(text, start, end, timeout=max(_LEAST_S, self._until - monotonic()))
        except TimeoutError:
            raise TooSlowError from None
        return hit.span() if hit else None

    def places(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where (start, end) the pattern is, all of them. Raises TooSlowError."""
        text = self.look_in(data)
        at = 0
        while found := self.search(text, at):
            yield found
            # A pattern that may be empty is taken literally, but one that looks ahead may be empty here and there.
            at = max(found[1], found[0] + 1)


class Highlight:
    """The same over text, for marking what a screen shows; nothing is marked any more once that has taken too long."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        text = pattern.pattern.decode("utf-8", "replace")
        flags = pattern.flags & re.IGNORECASE
        self._pattern: regex.Pattern[str] | None = _abandonable(_compiled(text, flags))

    @classmethod
    def of(cls, text: str) -> "Highlight | None":
        """What to mark where this text is searched for; None for an empty one."""
        pattern = pattern_of(text)
        return cls(pattern) if pattern else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where (start, end) it is in a line."""
        if self._pattern is None:
            return []
        try:
            return [found.span() for found in self._pattern.finditer(text, timeout=_PATIENCE_WITH_LINE_S)]
        except TimeoutError:
            self._pattern = None
            return []


def _compiled(pattern: AnyStr, flags: int) -> re.Pattern[AnyStr]:
    with warnings.catch_warnings():
        # Of what may mean something else some day: it would be printed over the screen.
        warnings.simplefilter("ignore")
        return re.compile(pattern, flags)


def _abandonable(pattern: re.Pattern[AnyStr]) -> "regex.Pattern[AnyStr]":
    """The same for the library that can stop, without that library's further syntax."""
    flags = regex.VERSION0 | (regex.IGNORECASE if pattern.flags & re.IGNORECASE else 0)
    given = pattern.pattern
    text: AnyStr = _FUZZY.sub(r"\{", given) if isinstance(given, str) else _FUZZY_BYTES.sub(rb"\{", given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return regex.compile(text, flags)
        except (regex.error, OverflowError, RecursionError):
            return regex.compile(regex.escape(given), flags)
