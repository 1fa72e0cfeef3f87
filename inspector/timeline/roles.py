from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, Literal

from inspector.protocol import TOOL_INPUT_BLOCKS
from inspector.timeline.message import Block

Role = Literal["text", "thinking", "tool", "other"]
_BY_TYPE: Final[dict[str, Role]] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    **dict.fromkeys(TOOL_INPUT_BLOCKS, "tool"),
}


def role_of(block: Block) -> Role:
    """What a block is to its reader: by its type, that of an unknown type by what its deltas brought."""
    if known := _BY_TYPE.get(block.type):
        return known
    if "input_json_delta" in block.buffers:
        return "tool"
    return "text" if "text_delta" in block.buffers else "other"


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
            known = _BY_TYPE.get(block.type)
            (self._known[known] if known else self._unknown).append(block)
            self._seen += 1
        found = self._known[role]
        if turned_out := [block for block in self._unknown if role_of(block) == role]:
            found = sorted([*found, *turned_out], key=attrgetter("start_n"))
        return found[: bisect_right(found, n, key=attrgetter("start_n"))]
