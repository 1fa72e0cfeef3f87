"""Finding text in a recording: in the events as they stand on the wire, and in the text that they add up to."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from inspector.recording.lines import wire_start
from inspector.timeline.exchange import Exchange
from inspector.timeline.message import Block, Buffer
from inspector.timeline.pattern import Finder, TooSlowError
from inspector.timeline.text_window import block_at_event

_CHUNK: Final = 1 << 19


def frames_with(finder: Finder, exchange: Exchange, at: int, until: int) -> list[int]:
    """The numbers of the frames at these places (from 0, `until` not included) whose lines hold a pattern.

    What the recording added to a frame does not count. Raises TooSlowError.
    """
    index, reader = exchange.index, exchange.reader
    offset = index.offset
    start = offset[at]
    end = offset[until] if until < index.count else reader.position
    if until + 1 in index.spills:
        end = index.spills[until + 1][0][0]
    elif until == index.count and index.spilling_at is not None:
        end = index.spilling_at
    data = reader.line(start, end)
    text = finder.look_in(data)
    numbers: list[int] = []
    position = 0
    while found := finder.search(text, position):
        place = bisect_right(offset, start + found[0], at, until) - 1
        line_start = offset[place] - start
        position = line_end = data.find(b"\n", found[0]) + 1 or len(data)
        if data.rfind(b"\n", line_start, found[0]) >= 0:
            # Between two frames, and behind the last one, there are lines of other kinds.
            continue
        begin = max(found[0], wire_start(data, line_start))
        whole = begin == found[0] and found[1] <= line_end
        if whole or finder.search(text, begin, line_end):
            numbers.append(place + 1)
    # Their lines in the file hold only the end of them.
    spilled = [n for n in index.spills if at < n <= until and n not in numbers]
    return numbers + [n for n in spilled if _is_in(finder, exchange.line(n))]


def _is_in(finder: Finder, line: bytes) -> bool:
    return finder.search(finder.look_in(line), wire_start(line)) is not None


def chunk_end(exchange: Exchange, at: int, until: int) -> int:
    """The place up to which frames from place `at` on are read at once: about half a megabyte, at least one frame."""
    offset = exchange.index.offset
    return min(until, max(at + 1, bisect_right(offset, offset[at] + _CHUNK, at, until)))


# So far back a match may begin before what is new.
_LOOK_BACK: Final = 256


class _Pass:
    """One way through the frames from one place to another: their lines, and the text that they bring.

    `place` is how far it has come; `found` has been told by then of all frames before it that hold a match.
    """

    def __init__(self, exchange: Exchange, finder: Finder, start: int, found: Callable[[list[int]], None]) -> None:
        self.place = start
        self._found = found
        self._exchange = exchange
        self._finder = finder
        self._from = start
        self._blocks = 0
        self._open: list[Block] = []
        self._done: dict[int, int] = {}

    def step(self, until: int) -> None:
        """Goes on, at most to place `until`. Raises TooSlowError."""
        end = chunk_end(self._exchange, self.place, until)
        numbers = frames_with(self._finder, self._exchange, self.place, end)
        self._found(sorted([*numbers, *self._assembled(end)]))
        # At last: others look at it from other threads.
        self.place = end

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
    brought its beginning. `step()` does some milliseconds' work. `given_up`: the pattern takes too long; what has been
    found until then stays.
    """

    def __init__(self, exchange: Exchange, pattern: re.Pattern[bytes], start: int = 1) -> None:
        self.pattern = pattern
        self.given_up = False
        self.matches = array("I")
        self._exchange = exchange
        self._start = min(max(0, start - 1), exchange.index.count)
        finder = Finder(pattern)
        self._tail = _Pass(exchange, finder, self._start, self._add)
        self._head = _Pass(exchange, finder, 0, self._add)

    @property
    def done(self) -> bool:
        """Whether all that has come so far has been looked through, or the rest is not going to be."""
        whole = self._tail.place >= self._exchange.index.count and self._head.place >= self._start
        return self.given_up or whole

    @property
    def progress(self) -> float:
        """How much has been looked through, 0 to 1."""
        looked = self._tail.place - self._start + self._head.place
        return min(1.0, looked / max(1, self._exchange.index.count))

    def step(self) -> bool:
        """Looks through some more; False where there is nothing more for now."""
        count = self._exchange.index.count
        if self.given_up:
            return False
        try:
            if self._tail.place < count:
                self._tail.step(count)
            elif self._head.place < self._start:
                self._head.step(self._start)
            else:
                return False
        except TooSlowError:
            self.given_up = True
        return not self.given_up

    def count(self) -> int:
        """How many matches have been found so far."""
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

    def _add(self, found: list[int]) -> None:
        if found:
            matches = self.matches
            start, end = bisect_left(matches, found[0]), bisect_right(matches, found[-1])
            matches[start:end] = array("I", sorted({*matches[start:end], *found}))


_BEFORE: Final = 80
_AFTER: Final = 240
_LONGEST: Final = 400


class Match(NamedTuple):
    """What was found, with what stands before and after it. As it came: not yet harmless to a terminal."""

    before: str
    text: str
    after: str


def match_at(exchange: Exchange, finder: Finder, n: int) -> Match:
    """The match that makes frame n one of a search's: in the text to which it brought a piece, else in the frame.

    Nothing where finding it again takes too long.
    """
    try:
        return next(_matches(exchange, finder, n), Match("", "", ""))
    except TooSlowError:
        return Match("", "", "")


def _matches(exchange: Exchange, finder: Finder, n: int) -> Iterator[Match]:
    block = block_at_event(exchange.index, n)
    for buffer in block.buffers.values() if block else ():
        start, end = buffer.piece(n)
        base = max(0, start - _BEFORE)
        text = bytes(buffer.text[base : end + _LONGEST + _AFTER])
        for found in finder.places(text):
            if start <= base + found[0] < end:
                yield _match(text, found)
    frame = exchange.frame(n)
    for text in (frame.data.encode("utf-8", "surrogatepass"), frame.raw, exchange.line(n)):
        if whole := finder.search(finder.look_in(text)):
            yield _match(text, whole)


def _match(text: bytes, found: tuple[int, int]) -> Match:
    start, end = found
    # A character that the cut falls into is left out.
    before = text[max(0, start - _BEFORE) : start].lstrip(bytes(range(0x80, 0xC0)))
    after = text[end : end + _AFTER]
    return Match(_decoded(before), _decoded(text[start : min(end, start + _LONGEST)]), _decoded(after))


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "ignore")
