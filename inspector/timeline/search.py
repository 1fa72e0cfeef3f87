"""Finding text in a recording: in the events as they stand on the wire, and in the text that they add up to."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

from inspector.timeline.buffer import Buffer
from inspector.timeline.exchange import Exchange
from inspector.timeline.message import Block
from inspector.timeline.scan import Finder, chunk_end

# So far back a match may begin before what is new.
_LOOK_BACK: Final = 256


def pattern_of(text: str) -> re.Pattern[bytes] | None:
    """A regular expression over UTF-8, as less takes it: without a capital letter, case does not matter.

    What is no regular expression is taken literally. None for an empty text.
    """
    if not text:
        return None
    flags = 0 if text != text.lower() else re.IGNORECASE
    try:
        pattern = re.compile(text.encode("utf-8", "replace"), flags)
        if not pattern.search(b""):
            return pattern
    except (re.error, OverflowError, RecursionError):
        pass
    return re.compile(re.escape(text.encode("utf-8", "replace")), flags)


def is_expression(text: str) -> bool:
    """Whether a text is searched for as the regular expression that it is."""
    pattern = pattern_of(text)
    return pattern is None or pattern.pattern == text.encode("utf-8", "replace")


def shown_pattern_of(text: str) -> re.Pattern[str] | None:
    """The same over text, for marking what a screen shows."""
    pattern = pattern_of(text)
    if pattern is None:
        return None
    return re.compile(pattern.pattern.decode("utf-8", "replace"), pattern.flags & re.IGNORECASE)


class _Pass:
    """One way through the frames from one place to another: their lines, and the text that they bring.

    `place` is how far it has come.
    """

    def __init__(self, exchange: Exchange, finder: Finder, start: int) -> None:
        self.place = start
        self._exchange = exchange
        self._finder = finder
        self._from = start
        self._blocks = 0
        self._open: list[Block] = []
        self._done: dict[int, int] = {}

    def step(self, until: int) -> Iterable[int]:
        """Goes on, at most to place `until`; the frames that hold a match, in no order."""
        end = chunk_end(self._exchange, self.place, until)
        numbers = self._finder.frames(self._exchange, self.place, end)
        self.place = end
        return [*numbers, *self._assembled(end)]

    def _assembled(self, n: int) -> Iterator[int]:
        """The frames that brought the beginning of a match in a block's text, as of frame n."""
        blocks = self._exchange.index.blocks
        while self._blocks < len(blocks) and blocks[self._blocks].start_n <= n:
            self._open.append(blocks[self._blocks])
            self._blocks += 1
        for block in self._open:
            for buffer in list(block.buffers.values()):
                yield from self._in_buffer(buffer, n)
        self._open = [block for block in self._open if block.stop_n is None or block.stop_n > n]

    def _in_buffer(self, buffer: Buffer, n: int) -> Iterator[int]:
        end = buffer.end_at(n)
        done = self._done.get(id(buffer))
        if done is None:
            done = buffer.end_at(self._from)
        if end <= done:
            return
        self._done[id(buffer)] = end
        base = max(0, done - _LOOK_BACK)
        for start, stop in self._finder.places(bytes(buffer.text[base:end])):
            if base + stop > done:
                yield buffer.event_at(base + start)


class Search:
    """The frames that hold a pattern, found a chunk at a time from a place on, round to it again.

    `matches` are frame numbers in order; where the pattern is in text that came in several pieces, the frame that
    brought its beginning. `step()` does some milliseconds' work.
    """

    def __init__(self, exchange: Exchange, pattern: re.Pattern[bytes], start: int = 1) -> None:
        self.pattern = pattern
        self.matches = array("I")
        self._exchange = exchange
        self._start = min(max(0, start - 1), exchange.index.count)
        finder = Finder(pattern)
        self._tail = _Pass(exchange, finder, self._start)
        self._head = _Pass(exchange, finder, 0)

    @property
    def done(self) -> bool:
        """Whether all that has come so far has been looked through."""
        return self._tail.place >= self._exchange.index.count and self._head.place >= self._start

    @property
    def progress(self) -> float:
        """How much has been looked through, 0 to 1."""
        looked = self._tail.place - self._start + self._head.place
        return min(1.0, looked / max(1, self._exchange.index.count))

    def step(self) -> bool:
        """Looks through some more; False where there is nothing more for now."""
        count = self._exchange.index.count
        if self._tail.place < count:
            self._add(self._tail.step(count))
        elif self._head.place < self._start:
            self._add(self._head.step(self._start))
        else:
            return False
        return True

    def count(self) -> int:
        return len(self.matches)

    def place(self, n: int) -> int:
        """How many matches stand at frame n or before it."""
        return bisect_right(self.matches, n)

    def next(self, n: int, backward: bool = False) -> int | None:
        """The next match after (before) frame n, round the end; None where there is none at all."""
        matches = self.matches
        if not matches:
            return None
        if backward:
            return matches[bisect_left(matches, n) - 1]
        at = bisect_right(matches, n)
        return matches[at if at < len(matches) else 0]

    def _add(self, numbers: Iterable[int]) -> None:
        found = sorted(numbers)
        if found:
            matches = self.matches
            start, end = bisect_left(matches, found[0]), bisect_right(matches, found[-1])
            matches[start:end] = array("I", sorted({*matches[start:end], *found}))
