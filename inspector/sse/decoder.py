"""Bytes to frames, piece by piece."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.sse.frame import Frame

BOM: Final = b"\xef\xbb\xbf"
MOST_SPLITS: Final = 1024
"""So many ends of reads are kept of a frame, or a spilled piece of it; of more, of every second read, or fourth."""

# Atomic, so that the LF of a CR LF is never taken for a second, blank line.
_LINE_END = re.compile(rb"(?>\r\n|\r|\n)")
_FRAME_END = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_CANONICAL = re.compile(rb"event: ([^\r\n\0]+)\ndata: ([^\r\n]*)\n\n")

# int() refuses longer digit strings unless the process lifts the limit.
_LONGEST_RETRY: Final = 4300
# What has been handed over is kept as long as it is short, so that the frame can still be parsed.
_LONGEST_KEPT: Final = 64 << 10
_LONGEST_NAME: Final = 1 << 10
# A line end of which more may come with the next byte, and the last of the line before it.
_CONTEXT: Final = 2
_LAST_CHARACTER = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")


class Decoder:
    """Decodes an event stream that arrives in arbitrary pieces.

    All frames' `raw` and what `close` returns, joined, are the bytes that were fed. However the bytes are cut into
    chunks, the frames are the same, with one exception: a frame that ends with CR is whole at once, and where a chunk
    ends there, the LF that may follow stands at the head of the next frame.
    """

    def __init__(self, last_event_id: str = "") -> None:
        self._last_event_id = last_event_id
        self._pending = bytearray()
        self._splits: list[tuple[int, int | None]] = []
        # The last entry is that of the latest read; of those before it each so many-th has one.
        self._stride = 1
        self._ended = 0
        self._reads = 0
        self._pending_cr = False
        self._after_cr = False
        self._maybe_bom = True
        # Of the unfinished frame: how many pieces were handed over, how many bytes of `_pending` these are, how many
        # bytes there were before those, and what these said.
        self._spilled = 0
        self._handed = 0
        self._gone = 0
        self._long: _LongFrame | None = None

    @property
    def reads(self) -> int:
        """How many non-empty chunks were fed."""
        return self._reads

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held and not handed over yet."""
        return len(self._pending) - self._handed

    @property
    def spilled(self) -> int:
        """How many pieces of the unfinished frame were handed over."""
        return self._spilled

    @property
    def splits(self) -> tuple[tuple[int, int | None], ...]:
        """Where in the unfinished frame reads ended, with their times. The last one is the latest read."""
        return tuple(self._splits)

    @property
    def at_frame_start(self) -> bool:
        """Whether a frame starts with the next byte, whatever it is: neither a BOM nor the LF of a CR LF may come."""
        return not (self._pending or self._after_cr or self._maybe_bom)

    def skip(self) -> int:
        """Counts a read that the caller knows to be whole canonical frames; its number. Only `at_frame_start`."""
        self._reads += 1
        return self._reads

    def feed(self, chunk: bytes, t_ns: int | None = None) -> list[Frame]:
        """Every frame that is now whole, also those that the standard does not dispatch.

        An empty chunk is no read and changes nothing.
        """
        return list(self.frames(chunk, t_ns))

    def frames(self, chunk: bytes, t_ns: int | None = None, goes_on: bool = False) -> Iterator[Frame]:
        """`feed` frame by frame, to be taken to the end. `goes_on`: the chunk belongs to the read before it."""
        if not chunk:
            return
        self._reads += not goes_on
        if goes_on and self._splits:
            # That read did not end there.
            self._splits.pop()
            self._ended -= 1
        with_cr = self._pending_cr or b"\r" in chunk
        buffer: bytes | bytearray = chunk
        searched = 0
        if self._pending:
            # The first byte of a CR LF CR LF may have come with an earlier chunk.
            searched = max(0, len(self._pending) - _CONTEXT)
            self._pending += chunk
            buffer = self._pending
        start = 0
        size = len(buffer)
        while start < size:
            # Over held bytes the pattern would read a frame that comes byte by byte again at each byte.
            held = start == 0 and buffer is self._pending
            canonical = None if held or self._after_cr or self._maybe_bom else _CANONICAL.match(buffer, start)
            if canonical:
                end = canonical.end()
                name, data = canonical.groups()
                event = name.decode("utf-8", "replace")
                frame = Frame(event, data.decode("utf-8", "replace"), self._last_event_id, event)
                frame.raw = canonical[0]
            else:
                found = self._frame_end(buffer, start, searched, with_cr)
                if found is None:
                    break
                end = found
                frame = self._finish(bytes(buffer[start:end])) if held else self._parse(bytes(buffer[start:end]))
            frame.t_ns = t_ns
            frame.read = self._reads
            yield frame
            start = searched = end
        if buffer is self._pending:
            del self._pending[:start]
        else:
            self._pending += buffer[start:]
        self._pending_cr = with_cr and b"\r" in self._pending
        if self._pending:
            self._read_ended(self._gone + len(self._pending), t_ns)

    def spill(self) -> tuple[bytes, tuple[tuple[int, int | None], ...]]:
        """Hands over what is held of the unfinished frame, and where earlier reads ended in it, with their times.

        A character at the end that is not whole yet stays; b"" where nothing is to be handed over. The frame's `raw`,
        or what `close` returns, is what follows. Of a frame that has become long no more is known than `dispatched` and
        `name`: it has no data, no comments, and its id does not count.
        """
        end = len(self._pending)
        if cut := _LAST_CHARACTER.search(self._pending, max(self._handed, end - 3)):
            end = cut.start()
        piece = bytes(self._pending[self._handed : end])
        if not piece:
            return b"", ()
        *splits, last = self._splits
        # The end of the latest read may yet be inside the frame.
        self._begin_splits([last])
        self._spilled += 1
        self._handed = end
        if self._long or len(self._pending) > _LONGEST_KEPT:
            self._forget()
        return piece, tuple(splits)

    def close(self) -> bytes:
        """What is left of an unfinished frame. The standard never dispatches it."""
        return bytes(self._pending[self._handed :])

    def _begin_splits(self, splits: list[tuple[int, int | None]]) -> None:
        self._splits, self._stride, self._ended = splits, 1, len(splits)

    def _read_ended(self, offset: int, t_ns: int | None) -> None:
        if len(self._splits) == MOST_SPLITS:
            del self._splits[1::2]
            self._stride *= 2
        if self._splits and (self._ended - 1) % self._stride:
            self._splits[-1] = offset, t_ns
        else:
            self._splits.append((offset, t_ns))
        self._ended += 1

    def _forget(self) -> None:
        """Lets go of what was handed over, but for what is needed to find the frame's end."""
        start, count = 0, self._handed - _CONTEXT
        if self._long is None:
            self._long = _LongFrame()
            start = self._head(self._pending, 0)
            self._after_cr = self._maybe_bom = False
        self._long.feed(bytes(self._pending[start:count]))
        del self._pending[:count]
        self._handed -= count
        self._gone += count

    def _finish(self, raw: bytes) -> Frame:
        """The frame that was held, now that it is whole."""
        if self._long:
            self._long.feed(raw)
            frame = self._long.frame(self._last_event_id)
            self._after_cr = raw.endswith(b"\r")
        else:
            frame = self._parse(raw)
        frame.raw = raw[self._handed :]
        frame.splits = tuple(self._splits)
        frame.spilled = self._spilled
        self._begin_splits([])
        self._spilled = self._handed = self._gone = 0
        self._long = None
        return frame

    def _head(self, buffer: bytes | bytearray, start: int) -> int:
        """How many bytes at the head of a frame are no part of its first line: a BOM, or the LF of a split CR LF."""
        if self._after_cr and buffer[start : start + 1] == b"\n":
            return 1
        if self._maybe_bom and buffer[start : start + 3] == BOM:
            return 3
        return 0

    def _frame_end(self, buffer: bytes | bytearray, start: int, searched: int, with_cr: bool) -> int | None:
        first = start + self._head(buffer, start)
        # In the middle of a long frame a line end is not the first thing of it.
        if not (self._long and start == 0) and (blank := _LINE_END.match(buffer, first)):
            return blank.end()
        if not with_cr:
            end = buffer.find(b"\n\n", max(first, searched))
            return None if end < 0 else end + 2
        if found := _FRAME_END.search(buffer, max(first, searched)):
            return found.end()
        return None

    def _parse(self, raw: bytes) -> Frame:
        body = raw[self._head(raw, 0) :]
        lines = _LINE_END.split(body) if b"\r" in body else body.split(b"\n")
        self._after_cr = raw.endswith(b"\r")
        self._maybe_bom = False
        name: str | None = None
        data: list[str] = []
        retry: int | None = None
        comments: list[str] = []
        for line in lines:
            if not line:
                continue
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                data.append(value.decode("utf-8", "replace"))
            elif field == b"event":
                name = value.decode("utf-8", "replace")
            elif field == b"id":
                if b"\0" not in value:
                    self._last_event_id = value.decode("utf-8", "replace")
            elif field == b"retry":
                if value.isdigit() and len(value) <= _LONGEST_RETRY:
                    retry = int(value)
            elif not field:
                comments.append(value.decode("utf-8", "replace"))
        return Frame(
            event=name or "message",
            data="\n".join(data),
            id=self._last_event_id,
            name=name,
            dispatched=bool(data),
            retry=retry,
            comments=tuple(comments),
            raw=raw,
        )


class _LongFrame:
    """What a frame says that is too long to be held: whether it has data, and its name (cut after a kilobyte)."""

    def __init__(self) -> None:
        self._dispatched = False
        self._name: str | None = None
        # The unfinished line, behind the line end before it.
        self._line = b"\n"

    def feed(self, piece: bytes) -> None:
        """Further bytes of the frame. Work is done on all lines at once: a hostile frame has millions of them."""
        text = self._line + piece
        if b"\r" in text:
            # What is left of a CR LF that a piece split is a blank line, and says nothing.
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        last = text.rfind(b"\n")
        self._line = text[last : last + _LONGEST_NAME]
        end = last + 1
        self._dispatched = self._dispatched or text.find(b"\ndata:", 0, end) >= 0 or text.find(b"\ndata\n", 0, end) >= 0
        at = max(text.rfind(b"\nevent:", 0, end), text.rfind(b"\nevent\n", 0, end))
        if at >= 0:
            value = text[at + len(b"\nevent") : text.find(b"\n", at + 1)][1 : 2 + _LONGEST_NAME]
            self._name = value.removeprefix(b" ").decode("utf-8", "replace")

    def frame(self, last_event_id: str) -> Frame:
        """The frame, once all of it has been fed."""
        return Frame(self._name or "message", "", last_event_id, self._name, self._dispatched)
