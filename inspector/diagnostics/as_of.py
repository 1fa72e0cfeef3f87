"""Blocks and messages as they were when they were over: what a broken stream adds later is not theirs."""

from bisect import bisect_right

from inspector.timeline.buffer import Buffer
from inspector.timeline.message import Block, Message


def block_as_of(block: Block, n: int) -> Block:
    """The block with nothing that came after event n; the block itself where nothing did."""
    entries = (block.assigned, block.citations, block.unapplied)
    stopped_later = block.stop_n is not None and block.stop_n > n
    grew = any(buffer.events and buffer.events[-1] > n for buffer in block.buffers.values())
    if not (stopped_later or grew or any(entry and entry[-1][0] > n for entry in entries)):
        return block
    copy = Block(block.index, block.start_n, block.start, block.implied)
    copy.stop_n = None if stopped_later else block.stop_n
    copy.buffers = {kind: _buffer_as_of(buffer, n) for kind, buffer in block.buffers.items() if buffer.end_at(n)}
    copy.assigned = [entry for entry in block.assigned if entry[0] <= n]
    copy.citations = [entry for entry in block.citations if entry[0] <= n]
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
