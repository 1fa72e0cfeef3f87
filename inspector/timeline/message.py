"""The messages that a stream builds: which event started, filled and stopped what."""

from collections.abc import Hashable
from typing import Any

from inspector.protocol import DELTA_TEXT_FIELD, fits
from inspector.timeline.buffer import Buffer
from inspector.timeline.partial_json import ToolInput

_IMPLIED_BLOCK: dict[str, dict[str, Any]] = {
    "text_delta": {"type": "text"},
    "citations_delta": {"type": "text"},
    "thinking_delta": {"type": "thinking"},
    "signature_delta": {"type": "thinking"},
    "input_json_delta": {"type": "tool_use", "input": {}},
    "compaction_delta": {"type": "compaction"},
}
# The SDK assigns a signature, it does not append: the last one counts.
APPENDED = {kind: field for kind, field in DELTA_TEXT_FIELD.items() if kind != "signature_delta"}


class Block:
    """A content block: its `content_block_start` (exact value) and what the deltas brought, by event.

    `index` is the index on the wire, whatever its type. `buffers` hold appended text by delta type, `assigned` the
    (event, fields) of deltas whose values replace, `citations` the (event, citation) that came, and `unapplied` the
    events whose deltas fit nothing that is known. `whole_input` is a whole tool input, (text, value), once parsed.
    """

    __slots__ = (
        "assigned", "buffers", "citations", "implied", "index",
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
        self.citations: list[tuple[int, Any]] = []
        self.unapplied: list[tuple[int, Any]] = []
        self.whole_input: tuple[bytes, ToolInput] | None = None

    @property
    def type(self) -> str:
        """The block type on the wire, "?" where it has none."""
        kind = self.start.get("type")
        return kind if isinstance(kind, str) else "?"

    def buffer_for(self, delta_type: str) -> Buffer | None:
        """Where the text of such deltas is appended; None where they are not text or do not fit the block."""
        if delta_type not in APPENDED or fits(delta_type, self.type) is False:
            return None
        return self.buffers.setdefault(delta_type, Buffer())

    def apply(self, n: int, delta: Any) -> int:
        """One delta of any kind; what fits nothing is kept in `unapplied`. How many bytes of text it appended."""
        kind = delta.get("type") if isinstance(delta, dict) else None
        if isinstance(kind, str) and fits(kind, self.type) is not False:
            piece = delta.get(APPENDED.get(kind, ""))
            if isinstance(piece, str) and (buffer := self.buffer_for(kind)):
                return buffer.append(n, piece)
            if kind == "citations_delta" and "citation" in delta:
                self.citations.append((n, delta["citation"]))
                return 0
            if kind in ("signature_delta", "compaction_delta"):
                self.assigned.append((n, {key: value for key, value in delta.items() if key != "type"}))
                return 0
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
        return self.open(n, index, dict(_IMPLIED_BLOCK.get(str(kind), {"type": "?"})), implied=True)

    def _take_content(self, n: int, start: dict[str, Any]) -> None:
        content = start.get("content")
        if isinstance(content, list):
            for index, value in enumerate(content):
                self.open(n, index, value).stop_n = n


def _key(index: Any) -> Hashable:
    return index if isinstance(index, Hashable) and not isinstance(index, tuple) else repr(index)
