"""The tool input pane: the tree as far as it parses, and the raw fragments."""

from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import Final

from inspector.timeline.buffer import Buffer
from inspector.timeline.json_scan import JsonState
from inspector.timeline.message import Block
from inspector.timeline.passages import blocks_of, cut_off, decoded
from inspector.tui.content.blocks import heading, is_open
from inspector.tui.content.content import BlockSections, Content, joined, left_out
from inspector.tui.content.tool_json import scanned, state_lines, value_lines
from inspector.tui.draw.json_lines import json_lines
from inspector.tui.draw.lines import Line, Piece, width_of, wrap_line
from inspector.tui.model import Session
from inspector.visible import visible

_TREE: Final = 300
_RAW: Final = 60
_LEAST_RAW: Final = 400
_AT_ONCE: Final = 1 << 18
_BETWEEN: Final[Piece] = ("┊", "dim")
_NOT_WHOLE: Final[Piece] = ("▸", "accent strong")
_BROKEN: Final[Piece] = ("✗", "error strong reverse")
_LEGEND: Final = ((_BETWEEN, "between fragments"), (_NOT_WHOLE, "not whole from here on"), (_BROKEN, "broken here"))


def tool_input_content(session: Session, width: int, budget: int) -> Content:
    blocks = blocks_of(session.exchange.index, session.n, "tool")
    if not blocks:
        return Content([[("no tool is called in this stream" if session.over else "no tool is called yet", "dim")]])
    return joined(BlockSections(blocks, partial(_section, session, width)), budget, session.at_end, "tools")


def _section(session: Session, width: int, block: Block, budget: int) -> Content:
    n = session.n
    buffer = block.buffers.get("input_json_delta") or Buffer()
    size, going_on = buffer.end_at(n), is_open(block, n)
    lines = [heading(block, n, "tool")]
    if not size:
        if block.start.get("input"):
            lines += json_lines(block.start["input"], width, min(budget, _TREE))
        else:
            lines.append([("no input yet ▌" if going_on else "{}  no input was sent", "dim")])
        return Content(lines)
    state = None
    if size > _AT_ONCE and not session.resting:
        lines.append([(f"{size:,} bytes: parsed when the cursor rests", "dim")])
    else:
        text = bytes(buffer.text[:size])
        state = scanned(session, block, text, budget)
        if state is None:
            share = session.scans[block].checked(size) / size
            lines.append([(f"◌ {size:,} bytes are being looked through: {share:.0%}", "dim")])
        else:
            lines += value_lines(text, state, width, min(budget, _TREE))
            lines += state_lines(buffer, state, going_on, width)
    lines += [[], *_raw(buffer, n, state, going_on, width, max(_LEAST_RAW, min(budget, _RAW) * width))]
    start, end = buffer.piece(n)
    return Content(lines, focus=len(lines) - 1 if start < end else None)


def _raw(buffer: Buffer, n: int, state: JsonState | None, going_on: bool, width: int, limit: int) -> list[Line]:
    """The end of the fragments as they came, and where they broke if that is further up."""
    size = buffer.end_at(n)
    first = max(0, size - limit)
    broken = state.broken if state else None
    lines = _pieces(buffer, n, state, first, size, width)
    if going_on:
        lines[-1].append(("▌", "accent"))
    if first:
        lines.insert(0, [(left_out(first) + " before this", "dim")])
    if broken is not None and broken < first:
        start, stop = max(0, broken - width), min(first, broken + 2 * width)
        lines[:0] = [[(f"from byte {start:,} on", "dim")], *_pieces(buffer, n, state, start, stop, width)]
    fragments = bisect_right(buffer.events, n)
    head: list[Line] = [
        [("raw  ", "heading"), (f"{size:,} bytes in {fragments:,} fragment{'s' * (fragments > 1)}", "dim")]
    ]
    signs = {piece[0] for line in lines for piece in line}
    for sign, meaning in _LEGEND:
        if sign[0] in signs:
            entry = [sign, (f" {meaning}", "dim")]
            if width_of(head[-1]) + width_of(entry) + 3 > width:
                head.append(entry)
            else:
                head[-1] += [("   ", ""), *entry]
    return head + lines


def _pieces(buffer: Buffer, n: int, state: JsonState | None, first: int, last: int, width: int) -> list[Line]:
    """A stretch of the text, with signs between fragments, where it broke, and from where on it is not whole."""
    first += cut_off(bytes(buffer.text[first : first + 4])) if first else 0
    new, new_end = buffer.piece(n)
    broken = last if state is None or state.broken is None else state.broken
    pending = last if state is None or state.whole or state.broken is not None else state.complete
    signs = dict.fromkeys(buffer.ends[bisect_right(buffer.ends, first) : bisect_right(buffer.ends, last - 1)], _BETWEEN)
    marks = {pending: _NOT_WHOLE, broken: _BROKEN}
    places = {place for place in (*signs, *marks, new) if first < place < last}
    line: Line = []
    for start, stop in pairwise([first, *sorted(places), last]):
        line += [sign[start] for sign in (signs, marks) if start in sign and start < last]
        role = "error" if start >= broken else "warning" if start >= pending else "faint"
        text = visible(decoded(bytes(buffer.text[start:stop])), lines=True)
        line.append((text, f"{role} new" if new <= start < new_end else role))
    return wrap_line(line, width)
