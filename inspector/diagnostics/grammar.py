"""Where the protocol's grammar stands in a stream, and what a block or a message is as of its own end."""

from bisect import bisect_right
from typing import NamedTuple

from inspector.protocol import EVENTS
from inspector.timeline.message import Block, Buffer, Message


class StructuralEvent(NamedTuple):
    """Event n with its type and the number of its block (NO_BLOCK where it has none)."""

    n: int
    event: str
    block: int


class Grammar:
    """Where the protocol's grammar stands before an event: `open` blocks by the order in which they began.

    `first_n` is the first event of all, `late_n` the first after message_stop; `start_n`, `updated_n` and `stop_n` are
    the current message's message_start, last message_delta and message_stop, None where there is none; `started` are
    the indexes that were used in it, `expected` is the next one that is due.
    """

    def __init__(self) -> None:
        self.first_n: int | None = None
        self.start_n: int | None = None
        self.stop_n: int | None = None
        self.updated_n: int | None = None
        self.open: list[Block] = []
        self.started: set[int] = set()
        self.expected = 0
        self.late_n: int | None = None

    @property
    def watches_deltas(self) -> bool:
        """Whether a content delta would be out of place now: before everything, or the first one after the end."""
        return self.first_n is None or (self.stop_n is not None and self.late_n is None)

    def take(self, step: StructuralEvent, block: Block | None) -> None:
        """Makes the event count; `block` is the one that a content_block_start began."""
        if self.first_n is None and step.event in EVENTS and step.event != "error":
            self.first_n = step.n
        if step.event == "message_start":
            self._start(step.n)
        elif step.event == "content_block_start":
            self.started.add(step.block)
            self.expected = step.block + 1
            if block:
                self.open.append(block)
        elif step.event == "content_block_stop":
            for at in range(len(self.open) - 1, -1, -1):
                if self.open[at].index == step.block:
                    del self.open[at]
                    break
        elif step.event == "message_delta":
            self.updated_n = step.n
        elif step.event == "message_stop" and self.stop_n is None:
            self.stop_n = step.n
            self.open = []
        if self.stop_n is not None and step.n > self.stop_n:
            self.late_n = step.n

    def _start(self, n: int) -> None:
        self.start_n, self.stop_n, self.late_n = n, None, None
        self.updated_n, self.expected = None, 0
        self.open, self.started = [], set()


def block_as_of(block: Block, n: int) -> Block:
    """The block with nothing that came after event n; the block itself where nothing did."""
    entries = (block.assigned, block.collected, block.unapplied)
    stopped_later = block.stop_n is not None and block.stop_n > n
    grew = any(buffer.events and buffer.events[-1] > n for buffer in block.buffers.values())
    if not (stopped_later or grew or any(entry and entry[-1][0] > n for entry in entries)):
        return block
    copy = Block(block.index, block.start_n, block.start, block.implied)
    copy.stop_n = None if stopped_later else block.stop_n
    copy.buffers = {kind: _buffer_as_of(buffer, n) for kind, buffer in block.buffers.items() if buffer.end_at(n)}
    copy.assigned = [entry for entry in block.assigned if entry[0] <= n]
    copy.collected = [entry for entry in block.collected if entry[0] <= n]
    copy.unapplied = [entry for entry in block.unapplied if entry[0] <= n]
    return copy


def message_as_of(message: Message, restart_n: int | None) -> Message:
    """The message as of its message_stop, its blocks as of their ends; without those after a second message_start."""
    last = message.stop_n or 1 << 62
    blocks = [block for block in message.blocks if block.start_n < (restart_n or last)]
    kept = [block_as_of(block, end_of(block, message, restart_n) or last) for block in blocks]
    updates = [update for update in message.updates if update[0] <= last]
    if kept == message.blocks and len(updates) == len(message.updates):
        return message
    copy = Message(message.start_n, {**message.start, "content": []}, message.implied)
    copy.start, copy.restarted, copy.stop_n = message.start, message.restarted, message.stop_n
    copy.blocks, copy.updates = kept, updates
    return copy


def end_of(block: Block, message: Message, restart_n: int | None) -> int | None:
    """The event with which a block was over: its stop, the message's, or what came before a second message_start."""
    ends = (block.stop_n, message.stop_n, restart_n and restart_n - 1)
    return min((n for n in ends if n is not None and n >= block.start_n), default=None)


def _buffer_as_of(buffer: Buffer, n: int) -> Buffer:
    pieces = bisect_right(buffer.events, n)
    copy = Buffer()
    copy.events, copy.ends = buffer.events[:pieces], buffer.ends[:pieces]
    copy.text = bytearray(buffer.at(n))
    return copy
