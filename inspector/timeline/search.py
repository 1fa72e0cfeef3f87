"""Finding text in a recording: in the events as they stand on the wire, and in the text that they add up to."""

import re
from array import array
from bisect import bisect_left, bisect_right, insort
from typing import Final

from inspector.timeline.buffer import Buffer
from inspector.timeline.exchange import Exchange

_CHUNK: Final = 1 << 19
# What stands before the event itself in a line of a recording: kind, time, read, splits.
_ENVELOPE = re.compile(
    rb'\{"kind":"(?:event|frame)",(?:"t_ns":-?\d+,)?(?:"read":\d+,)?(?:"splits":[\[\],\d]+,)?'
    rb'"(?:event|raw|raw_b64)":'
)


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


def shown_pattern_of(text: str) -> re.Pattern[str] | None:
    """The same over text, for marking what a screen shows."""
    pattern = pattern_of(text)
    if pattern is None:
        return None
    return re.compile(pattern.pattern.decode("utf-8", "replace"), pattern.flags & re.IGNORECASE)


def matches_line(pattern: re.Pattern[bytes], line: bytes) -> bool:
    """Whether a frame's line holds the pattern, beside what the recording added."""
    envelope = _ENVELOPE.match(line)
    return pattern.search(line, envelope.end() if envelope else 0) is not None


class Search:
    """The frames that hold a pattern, found a chunk at a time from a place on, round to it again.

    `matches` are frame numbers in order; where the pattern is in text that came in several pieces, the frame that
    brought its beginning. `step()` does some milliseconds' work.
    """

    def __init__(self, exchange: Exchange, pattern: re.Pattern[bytes], start: int = 1) -> None:
        self.pattern = pattern
        self.matches = array("I")
        self._exchange = exchange
        self._buffers_done: dict[int, int] = {}
        self._start = self._next = min(max(0, start - 1), exchange.index.count)
        self._head = 0
        self._assembled()

    @property
    def done(self) -> bool:
        """Whether all that has come so far has been looked through."""
        return self._next >= self._exchange.index.count and self._head >= self._start

    @property
    def progress(self) -> float:
        """How much has been looked through, 0 to 1."""
        return min(1.0, (self._next - self._start + self._head) / max(1, self._exchange.index.count))

    def step(self) -> bool:
        """Looks through some more; False where there is nothing more for now."""
        count = self._exchange.index.count
        if self._next < count:
            self._next = self._look(self._next, count)
            if self._next >= count:
                self._assembled()
        elif self._head < self._start:
            self._head = self._look(self._head, self._start)
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

    def _look(self, at: int, until: int) -> int:
        """Looks through the lines of some frames from place `at` on; the place after the last of them."""
        index, reader = self._exchange.index, self._exchange.reader
        offset = index.offset
        start = offset[at]
        last = min(until, max(at + 1, bisect_right(offset, start + _CHUNK, at, until)))
        end = offset[last] if last < index.count else reader.position
        data = reader.line(start, end)
        position = 0
        while found := self.pattern.search(data, position):
            place = bisect_right(offset, start + found.start(), at, last) - 1
            line_start = offset[place] - start
            line_end = data.find(b"\n", found.start()) + 1 or len(data)
            if data.rfind(b"\n", 0, found.start()) >= line_start:
                # Between two frames, and behind the last one, there are lines of other kinds.
                position = line_end
                continue
            envelope = _ENVELOPE.match(data, line_start)
            if envelope and found.start() < envelope.end():
                position = envelope.end()
                if not self.pattern.search(data, position, line_end):
                    position = line_end
                    continue
            self._add(place + 1)
            position = max(line_end, found.end())
        return last

    def _assembled(self) -> None:
        """Looks through the text of every block, from where it was looked through before."""
        for message in self._exchange.index.messages:
            for block in message.blocks:
                for buffer in list(block.buffers.values()):
                    self._in_buffer(buffer)

    def _in_buffer(self, buffer: Buffer) -> None:
        done = self._buffers_done.get(id(buffer), 0)
        # A match may lie over what was the end.
        text = bytes(buffer.text[max(0, done - 256) :])
        base = max(0, done - 256)
        for found in self.pattern.finditer(text):
            if base + found.end() <= (buffer.ends[-1] if buffer.ends else 0):
                self._add(buffer.event_at(base + found.start()))
        self._buffers_done[id(buffer)] = base + len(text)

    def _add(self, n: int) -> None:
        matches = self.matches
        if not matches or matches[-1] < n:
            matches.append(n)
            return
        at = bisect_left(matches, n)
        if matches[at] != n:
            insort(matches, n)
