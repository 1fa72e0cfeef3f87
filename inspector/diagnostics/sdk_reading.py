"""What messages.stream() of the Python SDK makes of the order of a stream's events: what it never sees, where it stops.

It was tried on anthropic-python 2.12.0 (tests/diagnostics/test_sdk_claims.py): the SDK passes over events without a
name, or that are named ping; until message_start comes it builds nothing; after that it appends a block at each
content_block_start, whatever its index, and takes the index of a delta or stop for the place in that list.
"""

import re
from typing import Final, Literal

from inspector.diagnostics.stream import Raw, Stream
from inspector.diagnostics.tool_json import refused_at

Follows = Literal["lost", "misplaced", "late"]
"""What a problem does to the SDK: it never sees the event · it looks for its block in another place · the event comes
before message_start.
"""

END: Final = 1 << 61
"""A place behind every event: the end of the body."""
NEVER: Final = 1 << 62
"""A place behind that: what get_final_message() does."""
_MOST_RENAMED: Final = 2000
_BLOCK_EVENTS: Final = ("content_block_delta", "content_block_stop")
_INDEX_ERROR: Final = "messages.stream() raises IndexError: list index out of range at event {:,}"
_NO_MESSAGE: Final = "get_final_message() raises AssertionError: for the SDK no message began."
_BY_ORDER: Final = (
    "No exception: it finds blocks by the order in which they began, so what comes for this one goes to another, or "
    "nowhere."
)


class SdkReading:
    """The stream as the SDK reads it, as far as it has come. `skip` is told of what it passes over."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._skipped: set[int] = set()
        self._renamed = 0
        self._at = 0
        self._kinds = 0
        self._structure = re.compile(b"(?!)")
        self._begun: int | None = None
        self.index_error: int | None = None

    def skip(self, raw: Raw) -> None:
        """Takes a frame that is no plain event."""
        frame = raw.frame
        if frame.dispatched and (not frame.name or frame.name == "ping" or not frame.data):
            self._skipped.add(raw.n)

    def consequence(self, follows: Follows, n: int) -> tuple[str, int | None]:
        """What comes of a problem at event n: the sentence, and the event at which the SDK raises, None where not."""
        self._walk()
        if self._begun is None:
            head = "No exception while it streams, and nothing of a message: " if follows != "misplaced" else ""
            return head + _NO_MESSAGE, NEVER
        if self.index_error is not None and self.index_error >= n:
            raises = _INDEX_ERROR.format(self.index_error)
            where = "; create(stream=True) passes it on." if follows == "misplaced" else "."
            head = {"lost": "It never sees the event, so ", "late": "It leaves the event out, so "}.get(follows, "")
            return head + raises + where, self.index_error
        if follows == "misplaced":
            return _BY_ORDER, None
        if refused := self._refused(n):
            what = "messages.stream() raises ValueError: the rest of the tool's input is no JSON."
            return f"It never sees the event: {what}", refused
        return "No exception: the event, and what it brings, is left out of the message.", None

    def _refused(self, n: int) -> int | None:
        """Where the SDK gives up a tool's input of which it did not get event n."""
        message = self._stream.message_at(n)
        unseen = self._skipped | set(self._stream.index.assembler.untyped[:_MOST_RENAMED])
        for block in message.blocks if message else ():
            buffer = block.buffers.get("input_json_delta")
            if buffer and n in unseen and buffer.piece(n)[0] != buffer.piece(n)[1]:
                return refused_at(buffer, self._stream.exchange.partial_mode, unseen)
        return None

    def _walk(self) -> None:
        stream, index = self._stream, self._stream.index
        self._take_renamed()
        if self._kinds != len(index.event_types.known):
            self._kinds = len(index.event_types.known)
            wanted = ("message_start", "content_block_start")
            codes = [code for code, kind in enumerate(index.event_types.known) if code and kind.event in wanted]
            escaped = b"".join(re.escape(bytes([code])) for code in codes)
            self._structure = re.compile(b"[" + escaped + b"]" if escaped else b"(?!)", re.S)
        upto = index.count
        codes_now = bytes(index.code[self._at : upto])
        first = self._at
        for match in [*self._structure.finditer(codes_now), None]:
            n = first + match.end() if match else upto + 1
            self._blocks(self._at, n - 1)
            self._at = min(n, upto)
            if match is None or n in self._skipped or stream.is_untyped(n):
                continue
            if index.event_types[index.code[n - 1]].event == "content_block_start":
                if self._begun is not None:
                    self._begun += 1
            elif self._begun is None:
                message = stream.message_at(n)
                content = message.start.get("content") if message else None
                self._begun = len(content) if isinstance(content, list) else 0

    def _blocks(self, start: int, end: int) -> None:
        """Looks at events start + 1 to end: no block begins between them."""
        if self._begun is None or self.index_error is not None or start >= end:
            return
        stream, index = self._stream, self._stream.index
        blocks = index.block[start:end]
        if max(blocks) < self._begun:
            return
        for n, block in enumerate(blocks, start + 1):
            seen = block >= self._begun and n not in self._skipped and not stream.is_untyped(n)
            if seen and index.event_types[index.code[n - 1]].event in _BLOCK_EVENTS:
                self.index_error = n
                return

    def _take_renamed(self) -> None:
        index = self._stream.index
        renamed = index.assembler.renamed
        while self._renamed < min(len(renamed), _MOST_RENAMED) and renamed[self._renamed] <= index.count:
            n = renamed[self._renamed]
            self._renamed += 1
            if self._stream.exchange.frame(n).name == "ping":
                self._skipped.add(n)
