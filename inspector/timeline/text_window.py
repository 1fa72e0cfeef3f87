"""What a screen shows of the blocks: which block an event went to, and stretches of their text as of an event."""

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import NamedTuple

from inspector.protocol import DELTAS, Role
from inspector.timeline.assembler import NO_BLOCK
from inspector.timeline.index import Index
from inspector.timeline.message import Block, Buffer, Message


class TextWindow(NamedTuple):
    """A stretch of a text as of an event. `new` is where in it that event's own piece starts.

    `before` and `after` count the bytes of the text that are left out on either side; `total` is its size as of then.
    """

    text: str
    new: int
    before: int
    after: int
    total: int


def message_at_event(index: Index, n: int) -> Message | None:
    """The message that event n belongs to."""
    at = messages_at(index, n)
    return index.messages[at - 1] if at else None


def blocks_at(message: Message, n: int) -> int:
    """How many of a message's blocks had started with event n."""
    return bisect_right(message.blocks, n, key=attrgetter("start_n"))


def blocks_of(index: Index, n: int, role: Role) -> list[Block]:
    """The blocks with this role that had started with event n, of every message."""
    return index.roles.blocks_at(role, n)


def messages_at(index: Index, n: int) -> int:
    """How many messages had started with event n."""
    return bisect_right(index.messages, n, key=attrgetter("start_n"))


def all_blocks_at(index: Index, n: int) -> int:
    """How many blocks of all messages had started with event n."""
    return bisect_right(index.blocks, n, key=attrgetter("start_n"))


def place_of_block(index: Index, block: Block) -> int:
    """Where a block stands among those of the whole stream."""
    at = bisect_left(index.blocks, block.start_n, key=attrgetter("start_n"))
    return index.blocks.index(block, at)


def block_at_event(index: Index, n: int) -> Block | None:
    """The content block that event n opened, filled or closed."""
    if not 0 < n <= index.count or (wanted := index.block[n - 1]) == NO_BLOCK:
        return None
    opened = bisect_left(index.blocks, n, key=attrgetter("start_n"))
    if opened < len(index.blocks) and index.blocks[opened].start_n == n:
        return index.blocks[opened]
    message = message_at_event(index, n)
    if message is None:
        return None
    if message.restarted:
        return message.target(wanted)
    blocks = message.blocks
    return next((blocks[at] for at in range(blocks_at(message, n) - 1, -1, -1) if blocks[at].index == wanted), None)


class BlockText:
    """A block's text of one delta type as of event n, what its start brought included; places in it are in bytes.

    `new` is where the event's own piece starts, `total` the size.
    """

    def __init__(self, block: Block, delta_type: str, n: int) -> None:
        start = block.start.get(DELTAS[delta_type].into)
        self.opening = start.encode("utf-8", "surrogatepass") if isinstance(start, str) else b""
        self.buffer = block.buffers.get(delta_type) or Buffer()
        self.total = len(self.opening) + self.buffer.end_at(n)
        piece_start, piece_end = self.buffer.piece(n)
        self.new = self.total if piece_start == piece_end else len(self.opening) + piece_start

    def part(self, first: int, last: int) -> bytes:
        """The bytes from `first` up to before `last`."""
        known = len(self.opening)
        return self.opening[first:last] + bytes(self.buffer.text[max(0, first - known) : max(0, last - known)])

    def whole_character(self, at: int) -> int:
        """This place, or the end of the character that it would cut in two."""
        return at + cut_off(self.part(at, at + 4))


def text_window(block: Block, delta_type: str, n: int, limit: int, at_end: bool) -> TextWindow:
    """At most about `limit` bytes of a block's text as of event n: its end, or its beginning."""
    whole = BlockText(block, delta_type, n)
    total = whole.total
    first, last = (max(0, total - limit), total) if at_end else (0, min(total, limit))
    first = whole.whole_character(first) if first else 0
    new = min(max(whole.new, first), last)
    head, tail = decoded(whole.part(first, new)), decoded(whole.part(new, last))
    return TextWindow(head + tail, len(head), first, total - last, total)


def cut_off(text: bytes) -> int:
    """How many bytes at the start of a stretch are the rest of a character that it cuts in two."""
    return next((at for at, byte in enumerate(text[:4]) if byte & 0xC0 != 0x80), len(text[:4]))


def decoded(text: bytes) -> str:
    """A stretch of what a `Buffer` holds; where it was cut within a character, a sign stands for that."""
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return text.decode("utf-8", "replace")
