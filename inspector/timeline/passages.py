"""What a screen shows of the blocks: which block an event went to, and stretches of their text as of an event."""

from bisect import bisect_right
from operator import attrgetter
from typing import Literal, NamedTuple

from inspector.protocol import TOOL_INPUT_BLOCKS
from inspector.timeline.assembler import NO_BLOCK
from inspector.timeline.buffer import Buffer
from inspector.timeline.index import Index
from inspector.timeline.message import APPENDED, Block, Message

Role = Literal["text", "thinking", "tool", "other"]


class Passage(NamedTuple):
    """A stretch of a text as of an event. `new` is where in it that event's own piece starts.

    `before` and `after` count the bytes of the text that are left out on either side; `total` is its size as of then.
    """

    text: str
    new: int
    before: int
    after: int
    total: int


def role_of(block: Block) -> Role:
    """What a block is to its reader."""
    if block.type in ("thinking", "redacted_thinking"):
        return "thinking"
    if block.type in TOOL_INPUT_BLOCKS or "input_json_delta" in block.buffers:
        return "tool"
    return "text" if block.type == "text" or "text_delta" in block.buffers else "other"


def message_at_event(index: Index, n: int) -> Message | None:
    """The message that event n belongs to."""
    at = bisect_right(index.messages, n, key=attrgetter("start_n"))
    return index.messages[at - 1] if at else None


def blocks_at(message: Message, n: int) -> int:
    """How many of a message's blocks had started with event n."""
    return bisect_right(message.blocks, n, key=attrgetter("start_n"))


def blocks_of(index: Index, n: int, role: Role) -> list[Block]:
    """The blocks with this role that had started with event n, of every message."""
    return [
        block
        for message in index.messages
        for block in message.blocks[: blocks_at(message, n)]
        if role_of(block) == role
    ]


def block_at_event(index: Index, n: int) -> Block | None:
    """The content block that event n opened, filled or closed."""
    if not 0 < n <= index.count or (wanted := index.block[n - 1]) == NO_BLOCK:
        return None
    message = message_at_event(index, n)
    if message is None:
        return None
    if message.restarted:
        return message.target(wanted)
    blocks = message.blocks
    return next((blocks[at] for at in range(blocks_at(message, n) - 1, -1, -1) if blocks[at].index == wanted), None)


def passage(block: Block, delta_type: str, n: int, limit: int, at_end: bool) -> Passage:
    """At most about `limit` bytes of a block's text as of event n: its end, or its beginning."""
    start = block.start.get(APPENDED[delta_type])
    opening = start.encode("utf-8", "surrogatepass") if isinstance(start, str) else b""
    buffer = block.buffers.get(delta_type) or Buffer()
    end = buffer.end_at(n)
    total = len(opening) + end
    first, last = (max(0, total - limit), total) if at_end else (0, min(total, limit))
    text = opening[first:last] + bytes(buffer.text[max(0, first - len(opening)) : max(0, last - len(opening))])
    # A character is not to be cut in two.
    skipped = next((at for at, byte in enumerate(text[:4]) if byte & 0xC0 != 0x80), 0) if first else 0
    piece_start, piece_end = buffer.piece(n)
    new = total if piece_start == piece_end else len(opening) + piece_start
    new = min(max(new - first, skipped), len(text))
    head, tail = _decoded(text[skipped:new]), _decoded(text[new:])
    return Passage(head + tail, len(head), first + skipped, total - last, total)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return text.decode("utf-8", "replace")
