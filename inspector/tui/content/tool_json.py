"""Tool input as JSON that is still being written: its value as far as it has come, and where it does not hold."""

from bisect import bisect_right
from typing import Any, Final

from inspector.recording.json_text import loads_exact
from inspector.timeline.buffer import Buffer
from inspector.timeline.json_scan import JsonScan, JsonState
from inspector.timeline.message import Block
from inspector.timeline.partial_json import parse_beginning, parse_tool_input
from inspector.timeline.passages import decoded
from inspector.tui.draw.json_lines import json_lines
from inspector.tui.draw.lines import Line, wrap
from inspector.tui.model import Session
from inspector.visible import visible

# So many bytes are looked through for each line that is wanted; the rest at the next drawing.
_SCANNED: Final = {False: 1 << 6, True: 1 << 8}
_BRACKETS_SHOWN: Final = 12
_BEGINNING: Final = 1 << 19


def scanned(session: Session, block: Block, text: bytes, budget: int) -> JsonState | None:
    """How the block's input stands as JSON; None where more of it is left to look through than can be done at once."""
    state = session.scans.setdefault(block, JsonScan()).at(text, budget * _SCANNED[session.resting])
    if state is None:
        session.scanned += 1
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
        return wrap(f"no tree: {visible(str(error))}", width, "dim")
    if value is None and not state.whole:
        return []
    lines = json_lines(value, width, budget)
    return lines if state.whole or state.broken is not None else _with_caret(lines)


def state_lines(buffer: Buffer, state: JsonState, is_open: bool, width: int) -> list[Line]:
    """What is wrong with the text, at which byte, and what brought that; else what is still open in it."""
    if state.broken is not None:
        found = visible(decoded(bytes(buffer.text[state.broken : state.broken + 4]))[:1])
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
