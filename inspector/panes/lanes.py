"""The lanes: each content block from its start to its stop on the time axis, with silence, pings and the cursor."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

from inspector.panes.content import Pane
from inspector.panes.drawing.lines import Line, append, fill
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise_start
from inspector.text.wording import duration
from inspector.timeline.message import Block, role_of
from inspector.timeline.text_window import block_at_event, place_of_block

LABEL: Final = 16
_ROLES: Final = {"text": "text", "thinking": "thinking", "tool": "tool", "other": "block"}


@dataclass(frozen=True)
class TimeAxis:
    """The columns of the lanes: `edges[c]` is how many frames had come before column c."""

    edges: list[int]
    end_ns: int
    width: int

    @classmethod
    def of(cls, stream: StreamModel, width: int) -> "TimeAxis":
        """The axis of a stream, so many cells wide; by frames instead of times where the source has none."""
        index, count = stream.exchange.index, stream.count
        times = index.t_ns
        end = times[count - 1] if count else 0
        over = index.end.get("t_ns") if index.end else None
        if isinstance(over, int):
            end = max(end, over)
        if end <= 0:
            # Without times every frame takes the same room.
            return cls([count * column // width for column in range(width)] + [count], 0, width)
        moments = (end * column // width for column in range(width))
        return cls([bisect_left(times, moment, 0, count) for moment in moments] + [count], end, width)

    def column_of(self, n: int) -> int:
        """Where frame n stands."""
        return min(self.width - 1, max(0, bisect_left(self.edges, n) - 1))

    def frame_at(self, column: int) -> int:
        """The last frame that had come when this column ended."""
        return max(1, self.edges[min(self.width, max(0, column) + 1)])


def lanes_lines(stream: StreamModel, width: int, height: int) -> list[Line]:
    """As many lanes as fit, around the one at the cursor, and the axis below."""
    axis = TimeAxis.of(stream, max(1, width - LABEL - 1))
    blocks = stream.exchange.index.blocks
    rows = height - 1
    first = 0
    if len(blocks) > rows:
        active = block_at_event(stream.exchange.index, stream.n)
        otherwise = len(blocks) - 1 if stream.at_end else 0
        at = place_of_block(stream.exchange.index, active) if active else otherwise
        first = min(max(0, at - rows // 2), len(blocks) - rows)
    pings = _pings(stream, axis)
    lines = [_lane(stream, block, axis, pings) for block in blocks[first : first + rows]]
    lines += [[] for _ in range(rows - len(lines))]
    hidden = len(blocks) - min(rows, len(blocks))
    return [*lines, _axis_line(stream, axis, pings, f"…+{hidden:,} blocks" if hidden else "")]


def _lane(stream: StreamModel, block: Block, axis: TimeAxis, pings: set[int]) -> Line:
    role = _ROLES[role_of(block)]
    label = sanitise_start(f"{block.index} {block.type}")
    start = axis.column_of(block.start_n)
    stop = axis.column_of(block.stop_n if block.stop_n else stream.count)
    cursor = axis.column_of(stream.n) if stream.cursor else -1
    line: Line = [(fill(label, LABEL - 1) + " ", "strong" if start <= cursor <= stop else "faint")]
    for column in range(axis.width):
        cell = " "
        if start <= column <= stop:
            came = _came(block, axis.edges[column], axis.edges[column + 1])
            cell = "█" if came else "┆" if column in pings else "░"
        if column == cursor:
            append(line, "┃" if cell == " " else cell if cell == "█" else "┃", "accent strong")
        else:
            append(line, cell, role if cursor < 0 or column < cursor else f"{role} dim" if cell != " " else "")
    return line


def _came(block: Block, before: int, until: int) -> bool:
    """Whether an event of the block is among the frames after `before` up to `until`."""
    if before < block.start_n <= until or (block.stop_n and before < block.stop_n <= until):
        return True
    return any(
        bisect_right(buffer.events, until) > bisect_right(buffer.events, before) for buffer in block.buffers.values()
    )


def _pings(stream: StreamModel, axis: TimeAxis) -> set[int]:
    """The columns in which a ping came."""
    index = stream.exchange.index
    codes = index.event_types.codes("ping")
    return {
        column
        for column in range(axis.width)
        for code in codes
        if index.code.find(code, axis.edges[column], axis.edges[column + 1]) >= 0
    }


def _axis_line(stream: StreamModel, axis: TimeAxis, pings: set[int], note: str) -> Line:
    end = f" {duration(axis.end_ns)}" if axis.end_ns else f" {stream.count:,} events"
    room = axis.width - len(end)
    cursor = axis.column_of(stream.n) if stream.cursor else -1
    line: Line = [(fill(note, LABEL - 1) + " ", "dim")]
    for column in range(room):
        sign = "┃" if column == cursor else "┆" if column in pings else "─"
        append(line, sign, "accent strong" if sign == "┃" else "faint" if sign == "┆" else "dim")
    line.append((end, "faint"))
    return line


def _printed(stream: StreamModel, width: int) -> list[Line]:
    blocks = sum(len(message.blocks) for message in stream.exchange.index.messages)
    return lanes_lines(stream, width, blocks + 1)


PANE = Pane(
    name="lanes",
    summary="each content block from its start to its stop on the time axis",
    order=20,
    printed=_printed,
    numbered=False,
)
