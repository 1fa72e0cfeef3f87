"""The index over a recording's lines: plain arrays with an entry for each frame, built block by block."""

import binascii
from array import array
from bisect import bisect_right
from operator import lt
from typing import Any, Final, TypeGuard

from inspector.recording import LineBlock as Lines
from inspector.recording.delta_lines import read_run, stretches
from inspector.recording.lines import (
    FIRST_LINE,
    HIGHEST_READ,
    LONGEST_TIME,
    Spilled,
    event_data,
    read_frame,
    read_tail,
    read_values,
)
from inspector.sse import Frame
from inspector.text.json_text import loads_or
from inspector.text.wording import counted
from inspector.timeline.assembler import NO_BLOCK, NOT_DISPATCHED, Assembler
from inspector.timeline.message import Roles

_MOST_NOTES: Final = 20


class Notes:
    """What about a file was odd but did not stop it from being read, and what its recorder had to say."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._damaged: list[int] = []
        self._unknown: dict[str, int] = {}

    def damaged(self, line: int) -> None:
        """A line (from 1) that cannot be read."""
        self._damaged.append(line)

    def said(self, text: str) -> None:
        """A note that stands in the recording."""
        if len(self._said) < _MOST_NOTES:
            self._said.append(text)

    def unknown(self, kind: str) -> None:
        """A line of a kind that this version does not know."""
        self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def texts(self) -> list[str]:
        """One clause for each oddity."""
        texts = self._said[:]
        if count := len(self._damaged):
            which = ", ".join(map(str, self._damaged[:5])) + (", …" if count > 5 else "")
            texts.append(f"{counted(count, 'damaged line')} left out ({which})")
        for kind, count in self._unknown.items():
            texts.append(f"{counted(count, 'line')} of unknown kind {kind!r} left out")
        return texts


class Arrivals:
    """When each network read came (`t_ns`), and the first frame that it completed or went into (`brought`).

    `split` are the frames inside which a read ended.
    """

    def __init__(self) -> None:
        self.t_ns = array("q")
        self.brought = array("I")
        self.split = array("I")
        self.numbered = False
        self._last = 0

    def add(self, line: dict[str, Any], n: int) -> None:
        """Takes the reads of frame n (or of the tail after frame n - 1) from its line's `t_ns`, `read` and `splits`."""
        t_ns, read, splits = line.get("t_ns"), line.get("read"), line.get("splits")
        if not _is_time(t_ns):
            return
        if isinstance(read, int):
            self.numbered = True
        elif self.t_ns and self.t_ns[-1] == t_ns:
            return
        else:
            read = self._last + 1
        if read <= self._last:
            return
        if isinstance(splits, list) and splits:
            self.split.append(n)
            for number, split in enumerate(splits, read - len(splits)):
                came = split[1] if isinstance(split, list) and len(split) == 2 else None
                if number > self._last and _is_time(came):
                    self.t_ns.append(came)
                    self.brought.append(n)
        self.t_ns.append(t_ns)
        self.brought.append(n)
        self._last = read

    def extend(self, n: int, t_ns: "array[int]", read: "array[int]") -> None:
        """`add` for consecutive frames from n on, each in one read."""
        self.numbered = True
        if read[0] > self._last and all(map(lt, read, read[1:])):
            self.t_ns.extend(t_ns)
            self.brought.extend(range(n, n + len(read)))
            self._last = read[-1]
            return
        for at, (came, number) in enumerate(zip(t_ns, read, strict=True), n):
            if number > self._last:
                self.t_ns.append(came)
                self.brought.append(at)
                self._last = number

    def count_at(self, n: int) -> int:
        """How many reads had come when frame n was whole."""
        return bisect_right(self.brought, n)


NO_TIME: Final = -1
# Line separators of str.splitlines() that may stand raw in JSON: U+2028, U+2029, U+0085.
_SEPARATORS: Final = (b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xc2\x85")


class Index:
    """The index over one recording: plain arrays with an entry for each frame, and what else the lines say.

    Frames are numbered from 1; frame n stands at n - 1. Columns: `offset` of the line in the file, `size` of the
    frame in bytes, `t_ns` (NO_TIME where the source has none), `read` (0 where unknown), `code` (of `kinds`;
    NOT_DISPATCHED for a comment and the like), `block`: the index on the wire (NO_BLOCK where there is none).
    `count` is raised last, so a screen may read while a thread extends.

    What is rare stands in lists: `odd` the frames that are no plain event, `separated` the offsets of lines that hold
    a raw line separator other than LF, `sent_t_ns` and `sent_read` what the proxy's client had taken, and when.
    `spills` gives for each frame that was spilled where in the file (start, end) its spill lines stand, `spilling_at`
    where those of the unfinished one begin.
    """

    def __init__(self) -> None:
        self.offset = array("Q")
        self.size = array("Q")
        self.t_ns = array("q")
        self.read = array("I")
        self.code = bytearray()
        self.block = array("i")
        self.count = 0
        self.odd = array("I")
        self.separated = array("Q")
        self.sent_t_ns = array("q")
        self.sent_read = array("I")
        self.arrivals = Arrivals()
        self.assembler = Assembler()
        self.event_types = self.assembler.event_types
        self.messages = self.assembler.messages
        self.blocks = self.assembler.blocks
        self.roles = Roles(self.blocks)
        self.reported = self.assembler.reported
        self.header: dict[str, Any] | None = None
        self.request_line: bytes | None = None
        self.response: dict[str, Any] | None = None
        self.spills: dict[int, list[tuple[int, int]]] = {}
        self.spilling_at: int | None = None
        self.end: dict[str, Any] | None = None
        self.notes = Notes()
        self._lines = 0
        # What spill lines hold that no frame's line has followed yet, and where they stand.
        self._spilled: Spilled | None = None
        self._spilled_at: list[tuple[int, int]] = []
        self._unfinished: Frame | None = None

    @property
    def since_first_line(self) -> bool:
        """Whether times are counted from a log's first line, as nothing says when the request was sent."""
        source = (self.header or {}).get("source")
        return isinstance(source, dict) and source.get("since") == FIRST_LINE

    @property
    def unfinished(self) -> Frame | None:
        """What came after the last whole frame; while the recording grows, what of it was spilled."""
        if self._unfinished is None and self._spilled:
            self._unfinished = self._spilled.unfinished()
        return self._unfinished

    @property
    def tail(self) -> bytes:
        """The bytes of what is unfinished."""
        return self.unfinished.raw if self.unfinished else b""

    def extend(self, block: Lines) -> None:
        """Takes in the next whole lines of the file."""
        objects = read_values(block.lines)
        joined = b"".join(block.lines)
        self._separators(block, joined)
        running = self.assembler.running
        if running is None:
            self._each(block.starts, block.lines, objects)
            return
        for start, end, uniform in stretches(block.lines, joined, *running):
            lines = block.lines[start:end]
            if not (uniform and self._run(running, block.starts[start:end], lines, objects[start:end])):
                self._each(block.starts[start:end], lines, objects[start:end])

    def _run(self, running: tuple[int, str], starts: list[int], lines: list[bytes], objects: list[Any]) -> bool:
        target = self.assembler.target(running)
        run = target and read_run(lines, objects, *running, target.field)
        if not target or not run:
            return False
        n = self.count + 1
        self.assembler.take_run(n, target, run.pieces)
        self.offset.extend(starts)
        self.size.extend(run.sizes)
        self.t_ns.extend(run.t_ns)
        self.read.extend(run.read)
        self.code.extend(bytes([target.code]) * len(lines))
        self.block.extend([target.shown] * len(lines))
        self.arrivals.extend(n, run.t_ns, run.read)
        self._lines += len(lines)
        self.count += len(lines)
        return True

    def _each(self, starts: list[int], lines: list[bytes], objects: list[Any]) -> None:
        for start, line, values in zip(starts, lines, objects, strict=True):
            self._lines += 1
            kind = values.get("kind") if isinstance(values, dict) else None
            try:
                if kind == "event" or kind == "frame":
                    self._frame(start, line, values)
                elif isinstance(kind, str):
                    self._other(start, kind, line, values)
                elif line.strip():
                    self.notes.damaged(self._lines)
            except (ValueError, TypeError, binascii.Error):
                self.notes.damaged(self._lines)

    def dispatched_at(self, n: int) -> int:
        """How many of the first n frames were dispatched as events."""
        return n - self.code.count(NOT_DISPATCHED, 0, n)

    def _other(self, start: int, kind: str, line: bytes, values: dict[str, Any]) -> None:
        if kind == "recording":
            if self.header is None:
                self.header = values
        elif kind == "request":
            self.request_line = line
        elif kind == "response":
            self.response = values
        elif kind == "tail":
            spilled, _ = self._take_spilled(values)
            self._unfinished = read_tail(line, spilled)
            self.arrivals.add(values, self.count + 1)
        elif kind == "spill":
            spilled = self._spilled or Spilled()
            spilled.add(line)
            self._spilled = spilled
            if self.spilling_at is None:
                self.spilling_at = start
            self._spilled_at.append((start, start + len(line)))
            self._unfinished = None
            self.arrivals.add(values, self.count + 1)
        elif kind == "note":
            if isinstance(text := values.get("text"), str):
                self.notes.said(text)
        elif kind == "end":
            self.end = values
        elif kind == "sent":
            self._sent(values)
        else:
            self.notes.unknown(kind)

    def _take_spilled(self, values: dict[str, Any]) -> tuple[Spilled | None, list[tuple[int, int]]]:
        """The spilled beginning of what stands in a line, and where that is."""
        found = self._spilled, self._spilled_at
        if values.get("spilled", 0) != (self._spilled.count if self._spilled else 0):
            self.notes.damaged(self._lines)
        if self._spilled:
            self._spilled, self._spilled_at, self._unfinished = None, [], None
        return found

    def _sent(self, values: dict[str, Any]) -> None:
        t_ns, read = values.get("t_ns"), values.get("read")
        if _is_time(t_ns) and isinstance(read, int) and 0 < read < HIGHEST_READ:
            self.sent_t_ns.append(t_ns)
            self.sent_read.append(read)

    def _separators(self, block: Lines, joined: bytes) -> None:
        # A search for one byte is far faster, and finds none of them in most blocks.
        if not any(separator[-1:] in joined and separator in joined for separator in _SEPARATORS):
            return
        for start, line in zip(block.starts, block.lines, strict=True):
            if any(separator in line for separator in _SEPARATORS):
                self.separated.append(start)

    def _frame(self, start: int, line: bytes, values: dict[str, Any]) -> None:
        n = self.count + 1
        spilled, spilled_at = self._take_spilled(values)
        if spilled:
            self.spills[n], self.spilling_at = spilled_at, None
        if not spilled and (plain := event_data(line, values)):
            data, size = plain
            code, index = self.assembler.take(n, values["event"], values["data"], data)
        else:
            frame = read_frame(line, n == 1, spilled)
            self.odd.append(n)
            size = len(frame.raw)
            code, index = NOT_DISPATCHED, NO_BLOCK
            if frame.dispatched:
                code, index = self.assembler.take(n, frame.name or "", loads_or(frame.data))
        t_ns = values.get("t_ns", NO_TIME)
        read = values.get("read", 0)
        timed = _is_time(t_ns)
        self.offset.append(start)
        self.size.append(size)
        self.t_ns.append(t_ns if timed else NO_TIME)
        self.read.append(read if isinstance(read, int) and 0 < read < HIGHEST_READ else 0)
        self.code.append(code)
        self.block.append(index)
        if timed:
            self.arrivals.add(values, n)
        self.count = n


def _is_time(value: Any) -> TypeGuard[int]:
    """Whether it is a number of nanoseconds that a column can hold."""
    return isinstance(value, int) and 0 <= value < LONGEST_TIME
