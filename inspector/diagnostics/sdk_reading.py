"""What messages.stream() of the SDKs makes of the order of a stream's events: what it never sees, where it stops.

It was tried on anthropic-python 2.12.0 (tests/diagnostics/test_sdk_claims.py) and @anthropic-ai/sdk 1.14.0
(tools/sdk_behaviour): both pass over events without a name, or that are named ping; until message_start comes they
build nothing; after that they append a block at each content_block_start, whatever its index, and take the index of a
delta or stop for the place in that list. Python raises where nothing is there, TypeScript where no block is at all.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from inspector.diagnostics.stream import Raw, Stream
from inspector.diagnostics.tool_json import is_broken, refused_at
from inspector.protocol import DELTAS
from inspector.timeline.message import Buffer

Follows = Literal["lost", "misplaced", "late", "unheard", "unplaced"]
"""What a problem does to the SDK: it never sees the event · it looks for its block in another place · the event comes
before message_start · it does not hear of the error, so the stream just ends · no place is named at all, at which
Python raises on the spot.
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
_NO_TYPE: Final = (
    "messages.stream() throws AnthropicError: Cannot read properties of undefined (reading 'type'), at event {:,}."
)
_NO_CHUNKS: Final = 'AnthropicError "request ended without sending any chunks": no message began.'
_NO_END: Final = (
    'Iteration ends silently; finalMessage() rejects with AnthropicError "stream ended without producing a Message".'
)
_NOT_PARSED: Final = "messages.stream() throws AnthropicError when the input is asked for: the rest of it is no JSON."


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
        self.no_block: int | None = None

    def skip(self, raw: Raw) -> None:
        """Takes a frame that is no plain event."""
        frame = raw.frame
        if frame.dispatched and (not frame.name or frame.name == "ping" or not frame.data):
            self._skipped.add(raw.n)

    def python(self, follows: Follows, n: int) -> tuple[str, int | None]:
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

    def typescript(self, follows: Follows, n: int) -> tuple[str, int | None]:
        """The same for TypeScript's SDK."""
        self._walk()
        if self._begun is None:
            return _NO_CHUNKS, NEVER
        if follows != "unheard" and self.no_block is not None and self.no_block >= n:
            return _NO_TYPE.format(self.no_block), self.no_block
        if follows in ("misplaced", "unplaced"):
            return _BY_ORDER, None
        stops = self._stream.index.assembler.stops
        if not any(stop not in self._skipped and not self._stream.is_untyped(stop) for stop in stops):
            return _NO_END, NEVER
        if follows == "lost" and self._left_broken(n):
            return _NOT_PARSED, NEVER
        silent = "Nothing, silently: nobody hears of the error." if follows == "unheard" else ""
        return silent or "No exception: the event, and what it brings, is left out of the message.", None

    def _left_broken(self, n: int) -> bool:
        """Whether a tool's input without event n is not even a beginning of JSON."""
        for buffer, unseen in self._pieces(n):
            starts = [0, *buffer.ends[:-1]]
            pieces = zip(buffer.events, starts, buffer.ends, strict=True)
            text = b"".join(bytes(buffer.text[start:end]) for at, start, end in pieces if at not in unseen)
            return is_broken(text)
        return False

    def _refused(self, n: int) -> int | None:
        """Where the SDK gives up a tool's input of which it did not get event n."""
        for buffer, unseen in self._pieces(n):
            return refused_at(buffer, self._stream.exchange.partial_mode, unseen)
        return None

    def _pieces(self, n: int) -> Iterator[tuple[Buffer, set[int]]]:
        """The tool input that event n brought a piece of which is not seen, and all events that are not."""
        message = self._stream.message_at(n)
        unseen = self._skipped | set(self._stream.index.assembler.untyped[:_MOST_RENAMED])
        for block in message.blocks if message else ():
            buffer = block.buffers.get("input_json_delta")
            if buffer and n in unseen and buffer.piece(n)[0] != buffer.piece(n)[1]:
                yield buffer, unseen

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
        if self._begun == 0 and self.no_block is None:
            self.no_block = self._first_delta(start, end)
        stream, index = self._stream, self._stream.index
        blocks = index.block[start:end]
        if max(blocks) < self._begun:
            return
        for n, block in enumerate(blocks, start + 1):
            seen = block >= self._begun and n not in self._skipped and not stream.is_untyped(n)
            if seen and index.event_types[index.code[n - 1]].event in _BLOCK_EVENTS:
                self.index_error = n
                return

    def _first_delta(self, start: int, end: int) -> int | None:
        """The first delta that is seen among events start + 1 to end."""
        index = self._stream.index
        for n in range(start + 1, end + 1):
            kind = index.event_types[index.code[n - 1]]
            told = kind.event == "content_block_delta" and kind.part in DELTAS
            if told and n not in self._skipped and not self._stream.is_untyped(n):
                return n
        return None

    def _take_renamed(self) -> None:
        index = self._stream.index
        renamed = index.assembler.renamed
        while self._renamed < min(len(renamed), _MOST_RENAMED) and renamed[self._renamed] <= index.count:
            n = renamed[self._renamed]
            self._renamed += 1
            if self._stream.exchange.frame(n).name == "ping":
                self._skipped.add(n)
