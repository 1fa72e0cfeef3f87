"""Bytes to frames, piece by piece."""

import re
from typing import Final

from inspector.sse.frame import Frame

BOM: Final = b"\xef\xbb\xbf"

# Atomic, so that the LF of a CR LF is never taken for a second, blank line.
_LINE_END = re.compile(rb"(?>\r\n|\r|\n)")
_FRAME_END = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_CANONICAL = re.compile(rb"event: ([^\r\n\0]+)\ndata: ([^\r\n]*)\n\n")

# int() refuses longer digit strings unless the process lifts the limit.
_LONGEST_RETRY: Final = 4300


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
        self._reads = 0
        self._pending_cr = False
        self._after_cr = False
        self._maybe_bom = True

    @property
    def reads(self) -> int:
        """How many non-empty chunks were fed."""
        return self._reads

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished frame are held."""
        return len(self._pending)

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
        if not chunk:
            return []
        self._reads += 1
        with_cr = self._pending_cr or b"\r" in chunk
        buffer: bytes | bytearray = chunk
        searched = 0
        if self._pending:
            # The first byte of a CR LF CR LF may have come with an earlier chunk.
            searched = max(0, len(self._pending) - 2)
            self._pending += chunk
            buffer = self._pending
        frames: list[Frame] = []
        start = 0
        size = len(buffer)
        while start < size:
            # Over held bytes the pattern would read a frame that comes byte by byte again at each byte.
            canonical = None if self._splits or self._after_cr or self._maybe_bom else _CANONICAL.match(buffer, start)
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
                frame = self._parse(bytes(buffer[start:end]))
                if self._splits:
                    frame.splits = tuple(self._splits)
                    self._splits = []
            frame.t_ns = t_ns
            frame.read = self._reads
            frames.append(frame)
            start = searched = end
        if buffer is self._pending:
            del self._pending[:start]
        else:
            self._pending += buffer[start:]
        self._pending_cr = with_cr and b"\r" in self._pending
        if self._pending:
            self._splits.append((len(self._pending), t_ns))
        return frames

    def close(self) -> bytes:
        """What is left of an unfinished frame. The standard never dispatches it."""
        return bytes(self._pending)

    def _head(self, buffer: bytes | bytearray, start: int) -> int:
        """How many bytes at the head of a frame are no part of its first line: a BOM, or the LF of a split CR LF."""
        if self._after_cr and buffer[start : start + 1] == b"\n":
            return 1
        if self._maybe_bom and buffer[start : start + 3] == BOM:
            return 3
        return 0

    def _frame_end(self, buffer: bytes | bytearray, start: int, searched: int, with_cr: bool) -> int | None:
        first = start + self._head(buffer, start)
        if blank := _LINE_END.match(buffer, first):
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
