"""The messages that a stream builds: which event started, filled and stopped what."""

from array import array
from bisect import bisect_right
from collections.abc import Hashable, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final

from inspector.protocol import BLOCKS, DELTAS, Role, deltas_for, fits
from inspector.timeline.partial_json import ToolInput


class Buffer:
    """Text that came in pieces: all of it, as UTF-8, and for each event that brought a piece the offset of its end.

    'As of event n' is a slice. Lone surrogates are kept.
    """

    __slots__ = ("_decoded", "ends", "events", "text")

    def __init__(self) -> None:
        self.text = bytearray()
        self.events = array("I")
        self.ends = array("Q")
        self._decoded = 0, ""

    def append(self, n: int, piece: str) -> int:
        """Event n brought a piece; its size in bytes."""
        encoded = piece.encode("utf-8", "surrogatepass")
        self.text += encoded
        self.ends.append(len(self.text))
        self.events.append(n)
        return len(encoded)

    def extend(self, n: int, pieces: Sequence[str]) -> "array[int]":
        """`append` for consecutive events from n on; where in the text each piece ends."""
        encoded = [piece.encode("utf-8", "surrogatepass") for piece in pieces]
        lengths = accumulate(map(len, encoded), initial=len(self.text))
        next(lengths)
        ends = array("Q", lengths)
        self.text += b"".join(encoded)
        self.ends.extend(ends)
        self.events.extend(range(n, n + len(encoded)))
        return ends

    def end_at(self, n: int) -> int:
        """How many bytes of the text had come with event n."""
        pieces = bisect_right(self.events, n)
        return self.ends[pieces - 1] if pieces else 0

    def at(self, n: int) -> bytes:
        """The text as of event n, UTF-8 (with surrogates passed)."""
        return bytes(self.text[: self.end_at(n)])

    def text_at(self, n: int) -> str:
        """The text as of event n. The whole text is decoded once: most blocks of a moment are finished."""
        if not self.events or n < self.events[-1]:
            return decode(self.text[: self.end_at(n)])
        size = len(self.text)
        if self._decoded[0] != size:
            self._decoded = size, decode(self.text[:size])
        return self._decoded[1]

    def event_at(self, offset: int) -> int:
        """The event that brought the byte at an offset."""
        return self.events[bisect_right(self.ends, offset)]

    def piece(self, n: int) -> tuple[int, int]:
        """The (start, end) of what event n brought; empty where it brought nothing."""
        pieces = bisect_right(self.events, n)
        if not pieces or self.events[pieces - 1] != n:
            end = self.ends[pieces - 1] if pieces else 0
            return end, end
        return (self.ends[pieces - 2] if pieces > 1 else 0), self.ends[pieces - 1]


# What a delta tells of a block whose type is unknown: the first of them counts.
_TELLING: Final[tuple[Role, ...]] = ("tool", "text", "thinking")


def decode(text: bytes | bytearray) -> str:
    """What `Buffer` holds, as a string."""
    return text.decode("utf-8", "surrogatepass")


class Block:
    """A content block: its `content_block_start` (exact value) and what the deltas brought, by event.

    `index` is the index on the wire, whatever its type. `buffers` hold appended text by delta type, `assigned` the
    (event, fields) of deltas whose values replace, `collected` the (event, field, item) of what deltas add to lists,
    and `unapplied` the events whose deltas fit nothing that is known. `whole_input` is a whole tool input,
    (text, value), once parsed.
    """

    __slots__ = (
        "assigned", "buffers", "collected", "implied", "index",
        "start", "start_n", "stop_n", "unapplied", "whole_input",
    )  # fmt: skip

    def __init__(self, index: Any, start_n: int, start: dict[str, Any], implied: bool = False) -> None:
        self.index = index
        self.start_n = start_n
        self.stop_n: int | None = None
        self.start = start
        self.implied = implied
        self.buffers: dict[str, Buffer] = {}
        self.assigned: list[tuple[int, dict[str, Any]]] = []
        self.collected: list[tuple[int, str, Any]] = []
        self.unapplied: list[tuple[int, Any]] = []
        self.whole_input: tuple[bytes, ToolInput] | None = None

    @property
    def type(self) -> str:
        """The block type on the wire, "?" where it has none."""
        kind = self.start.get("type")
        return kind if isinstance(kind, str) else "?"

    @property
    def citations(self) -> list[tuple[int, Any]]:
        """The (event, citation) that came."""
        return [(n, item) for n, field, item in self.collected if field == "citations"]

    @property
    def input_text(self) -> Buffer | None:
        """The fragments of a tool's input, None where none came."""
        return next((buffer for kind, buffer in self.buffers.items() if DELTAS[kind].brings == "json"), None)

    def buffer_for(self, delta_type: str) -> Buffer | None:
        """Where the text of such deltas is appended; None where they are not text or do not fit the block."""
        entry = DELTAS.get(delta_type)
        if entry is None or entry.brings not in ("text", "json") or fits(delta_type, self.type) is False:
            return None
        return self.buffers.setdefault(delta_type, Buffer())

    def apply(self, n: int, delta: Any) -> int:
        """One delta of any kind; what fits nothing is kept in `unapplied`. How many bytes of text it appended."""
        kind = delta.get("type") if isinstance(delta, dict) else None
        entry = DELTAS.get(kind) if isinstance(kind, str) else None
        if entry is None or entry.field not in delta or fits(entry.name, self.type) is False:
            self.unapplied.append((n, delta))
            return 0
        value = delta[entry.field]
        if entry.brings == "item":
            self.collected.append((n, entry.into, value))
        elif entry.brings == "value":
            others = {key: other for key, other in delta.items() if key not in ("type", entry.field)}
            self.assigned.append((n, {**dict.fromkeys(entry.also), **others, entry.into: value}))
        elif isinstance(value, str) and (buffer := self.buffer_for(entry.name)) is not None:
            return buffer.append(n, value)
        else:
            self.unapplied.append((n, delta))
        return 0


class Message:
    """One message of a stream. `start` is the exact `message` of its message_start; `implied` where none has come.

    After a second message_start before message_stop (`restarted`) deltas go where the SDK puts them: to the block at
    that position. Otherwise to the block that was started last with that index. Its blocks also go into `all_blocks`,
    those of every message.
    """

    def __init__(
        self, start_n: int, start: dict[str, Any], implied: bool = False, all_blocks: list[Block] | None = None
    ) -> None:
        self.start_n = start_n
        self.start = start
        self.implied = implied
        self.restarted = False
        self.stop_n: int | None = None
        self.blocks: list[Block] = []
        self._all_blocks = [] if all_blocks is None else all_blocks
        self.updates: list[tuple[int, dict[str, Any]]] = []
        self._by_index: dict[Hashable, Block] = {}
        self._take_content(start_n, start)

    def started(self, n: int, start: dict[str, Any]) -> None:
        """A further message_start: it fills an implied message, and is otherwise ignored as the SDK does."""
        if self.implied:
            self.start, self.implied = start, False
            self._take_content(n, start)
        else:
            self.restarted = True

    def open(self, n: int, index: Any, start: Any, implied: bool = False) -> Block:
        """A content_block_start."""
        block = Block(index, n, start if isinstance(start, dict) else {"type": start}, implied)
        self.blocks.append(block)
        self._all_blocks.append(block)
        self._by_index[_key(index)] = block
        return block

    def target(self, index: Any) -> Block | None:
        """The block that a delta or stop with this index means, None where it was never started."""
        if self.restarted:
            return self.blocks[index] if isinstance(index, int) and 0 <= index < len(self.blocks) else None
        return self._by_index.get(_key(index))

    def target_of_delta(self, n: int, index: Any, delta: Any) -> Block:
        """`target`, or a block that the delta implies."""
        if block := self.target(index):
            return block
        kind = delta.get("type") if isinstance(delta, dict) else None
        entry = DELTAS.get(kind) if isinstance(kind, str) else None
        return self.open(n, index, entry.implied_block if entry else {"type": "?"}, implied=True)

    def _take_content(self, n: int, start: dict[str, Any]) -> None:
        content = start.get("content")
        if isinstance(content, list):
            for index, value in enumerate(content):
                self.open(n, index, value).stop_n = n


def _key(index: Any) -> Hashable:
    return index if isinstance(index, Hashable) and not isinstance(index, tuple) else repr(index)


def role_of(block: Block) -> Role:
    """What a block is to its reader: by its type, that of an unknown type by what its deltas brought."""
    if known := BLOCKS.get(block.type):
        return known.role
    brought = {DELTAS[delta_type].role for delta_type in block.buffers}
    return next((role for role in _TELLING if role in brought), "other")


def text_delta_of(block: Block) -> str:
    """The type of the deltas that bring a block's text: by its type, that of an unknown type by what came."""
    role = role_of(block)
    candidates = deltas_for(block.type) or block.buffers
    found = (name for name in candidates if DELTAS[name].brings == "text" and DELTAS[name].role == role)
    return next(found, "text_delta")


class Roles:
    """The blocks of each role in the order in which they started, also while more are started."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._seen = 0
        self._known: dict[Role, list[Block]] = {"text": [], "thinking": [], "tool": [], "other": []}
        # What a block of an unknown type is may turn out with any delta.
        self._unknown: list[Block] = []

    def blocks_at(self, role: Role, n: int) -> list[Block]:
        """Those that had started with event n."""
        for block in self._blocks[self._seen :]:
            known = BLOCKS.get(block.type)
            (self._known[known.role] if known else self._unknown).append(block)
            self._seen += 1
        found = self._known[role]
        if turned_out := [block for block in self._unknown if role_of(block) == role]:
            found = sorted([*found, *turned_out], key=attrgetter("start_n"))
        return found[: bisect_right(found, n, key=attrgetter("start_n"))]
