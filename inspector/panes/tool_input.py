"""The tool input pane: the tree as far as it parses, and the raw fragments."""

from bisect import bisect_right
from functools import partial
from itertools import pairwise
from typing import Any, Final

from inspector.panes.blocks import heading, is_open
from inspector.panes.content import BlockSections, Content, Pane, joined, left_out
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import Line, Piece, width_of, wrap, wrap_line
from inspector.panes.model import StreamModel
from inspector.text.json_text import loads_exact
from inspector.text.sanitise import sanitise
from inspector.timeline.message import Block, Buffer
from inspector.timeline.partial_json import JsonScan, JsonState, parse_beginning, parse_tool_input
from inspector.timeline.text_window import blocks_of, cut_off, decoded

# So many bytes are looked through for each line that is wanted; the rest at the next drawing.
_SCANNED: Final = {False: 1 << 6, True: 1 << 8}
_BRACKETS_SHOWN: Final = 12
_BEGINNING: Final = 1 << 19


def scanned(stream: StreamModel, block: Block, text: bytes, budget: int) -> JsonState | None:
    """How the block's input stands as JSON; None where more of it is left to look through than can be done at once."""
    state = stream.scans.setdefault(block, JsonScan()).at(text, budget * _SCANNED[stream.resting])
    if state is None:
        stream.scanned += 1
    return state


def value_lines(text: bytes, state: JsonState, width: int, budget: int) -> list[Line]:
    """The value as far as it has come, with a caret where more is to come, or up to where it broke."""
    holds = state.size if state.broken is None else state.broken
    if holds > _BEGINNING:
        begun = parse_beginning(text[:_BEGINNING], "trailing-strings")
        lines = json_lines(begun.value, width, budget)
        if begun.problem is None and len(lines) > budget:
            # No more of it is shown, so no more of it needs to be parsed.
            return lines if state.whole or state.broken is not None else _with_caret(lines)
    value = None
    try:
        value = _value(text, state)
    except ValueError as error:
        return wrap(f"no tree: {sanitise(str(error))}", width, "dim")
    if value is None and not state.whole:
        return []
    lines = json_lines(value, width, budget)
    return lines if state.whole or state.broken is not None else _with_caret(lines)


def state_lines(buffer: Buffer, state: JsonState, is_open: bool, width: int) -> list[Line]:
    """What is wrong with the text, at which byte, and what brought that; else what is still open in it."""
    if state.broken is not None:
        found = sanitise(decoded(bytes(buffer.text[state.broken : state.broken + 4]))[:1])
        fragment = bisect_right(buffer.ends, state.broken) + 1
        where = f"fragment {fragment:,}, event {buffer.events[fragment - 1]:,}"
        text = f"✗ byte {state.broken:,}: {found} cannot stand here: {state.problem} ({where})"
        return wrap(text, width, "error strong")
    if state.whole:
        return [[("● whole", "good")]]
    brackets = state.open.decode()
    more = len(brackets) - _BRACKETS_SHOWN
    words = [f"{len(brackets):,} brackets, at last"] if more > 0 else []
    words += [*brackets[-_BRACKETS_SHOWN:], *([f"a {state.pending}"] if state.pending else [])]
    what = " ".join(words) or "all"
    if is_open:
        return wrap(f"◌ open: {what}", width, "dim")
    return wrap(f"✗ it ends before it is whole; open: {what}", width, "error strong")


def _value(text: bytes, state: JsonState) -> Any:
    if state.broken is None:
        parsed = parse_tool_input(text) if state.whole else parse_beginning(text, "trailing-strings")
        if parsed.problem is None:
            return parsed.value
    # What breaks the rules, or is nested too deeply for the SDK's parser, has a part that holds.
    closed = state.closed(text)
    return loads_exact(closed) if closed else None


def _with_caret(lines: list[Line]) -> list[Line]:
    """A caret where more is to come: what closes behind it has not come yet."""
    at = len(lines) - 1
    while at and lines[at] and lines[at][-1][0] in ("}", "]"):
        at -= 1
    return [
        *lines[:at],
        [*lines[at], ("▌", "accent")],
        *([(text, "faint dim") for text, _ in line] for line in lines[at + 1 :]),
    ]


_TREE: Final = 300
_RAW: Final = 60
_LEAST_RAW: Final = 400
_AT_ONCE: Final = 1 << 18
_BETWEEN: Final[Piece] = ("┊", "dim")
_NOT_WHOLE: Final[Piece] = ("▸", "accent strong")
_BROKEN: Final[Piece] = ("✗", "error strong reverse")
_LEGEND: Final = ((_BETWEEN, "between fragments"), (_NOT_WHOLE, "not whole from here on"), (_BROKEN, "broken here"))


def tool_input_content(stream: StreamModel, width: int, budget: int) -> Content:
    """A section for each tool that was called by then."""
    blocks = blocks_of(stream.exchange.index, stream.n, "tool")
    if not blocks:
        return Content([[("no tool is called in this stream" if stream.over else "no tool is called yet", "dim")]])
    return joined(BlockSections(blocks, partial(_section, stream, width)), budget, stream.at_end, "tools")


def _section(stream: StreamModel, width: int, block: Block, budget: int) -> Content:
    n = stream.n
    buffer = block.input_text or Buffer()
    size, going_on = buffer.end_at(n), is_open(block, n)
    lines = [heading(block, n, "tool")]
    if not size:
        if block.start.get("input"):
            lines += json_lines(block.start["input"], width, min(budget, _TREE))
        else:
            lines.append([("no input yet ▌" if going_on else "{}  no input was sent", "dim")])
        return Content(lines)
    state = None
    if size > _AT_ONCE and not stream.resting:
        lines.append([(f"{size:,} bytes: parsed when the cursor rests", "dim")])
    else:
        text = bytes(buffer.text[:size])
        state = scanned(stream, block, text, budget)
        if state is None:
            share = stream.scans[block].checked(size) / size
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
        text = sanitise(decoded(bytes(buffer.text[start:stop])), lines=True)
        line.append((text, f"{role} new" if new <= start < new_end else role))
    return wrap_line(line, width)


PANE = Pane(
    name="tool input",
    summary="a tool's input as a tree, and its JSON as it came in pieces",
    order=50,
    draw=tool_input_content,
)
