"""What the prompt cache did in a session: each prompt as a strip, turn under turn, and why it missed."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.cells import cell_len

from inspector.panes.drawing.lines import Line, append, cut, cut_line, fill, width_of, wrap
from inspector.session.caching import Verdict
from inspector.session.history import CachedTurn
from inspector.session.threads import Kind
from inspector.text.sanitise import sanitise
from inspector.text.wording import duration

_READ, _WRITTEN, _NEW, _CHANGED, _MARK = "▓", "█", "░", "×", "¦"
_ROLES: Final = {_READ: "good", _WRITTEN: "accent", _NEW: "warning", _CHANGED: "error strong", _MARK: "strong"}
_LEGEND: Final = {
    _READ: "read from the cache",
    _WRITTEN: "written to it",
    _NEW: "neither",
    _CHANGED: "differs from the turn before",
    _MARK: "cache_control",
}
_NARROWEST: Final = 10
_FIGURES: Final = 44
_SIGNS: Final[dict[Verdict, tuple[str, str]]] = {
    "read": ("● read", "good"),
    "first": ("○ first", "faint"),
    "off": ("– off", "faint"),
    "unknown": ("? unknown", "faint"),
    "changed": ("▲ missed: changed", "warning strong"),
    "expired": ("▲ missed: expired", "warning strong"),
    "too far": ("▲ missed: too far", "warning strong"),
    "too early": ("▲ missed: too early", "warning strong"),
    "too short": ("– too short", "faint"),
    "unexplained": ("? unexplained", "warning"),
}
_KINDS: Final[dict[Kind, str]] = {"main": "thread", "branch": "branch", "subagent": "subagent", "side": "side call"}


def cache_lines(turns: Sequence[CachedTurn], width: int) -> Iterator[Line]:
    """Lines for all turns of a session, for a width in cells."""
    if not turns:
        yield [("no request with messages, and a time, is among these", "faint")]
        return
    legend = [[(sign, _ROLES[sign]), (f" {meaning}  ", "faint")] for sign, meaning in _LEGEND.items()]
    yield cut_line([piece for pieces in legend for piece in pieces], width)
    largest: dict[str, int] = {}
    for one in turns:
        label = one.turn.thread.label
        largest[label] = max(largest.get(label, 1), one.size)
    thread = ""
    for one in turns:
        if one.turn.thread.label != thread:
            thread = one.turn.thread.label
            kind = _KINDS[one.turn.thread.kind]
            yield []
            yield [(f"{kind} {thread}", "heading strong"), (f"  {sanitise(one.request.model)}", "faint")]
        for line in _turn_lines(one, width, largest[thread]):
            yield cut_line(line, width)


def _turn_lines(one: CachedTurn, width: int, largest: int) -> Iterator[Line]:
    tokens, step = one.request.tokens, one.step
    sign, role = _SIGNS[step.verdict]
    yield [
        (f"  {one.turn.number:>3}  ", "strong"), (cut(sanitise(one.source.name), 28), "faint"), ("  ", ""),
        (cut(one.name, max(10, width - 40)), ""),
    ]  # fmt: skip
    room = max(_NARROWEST, width - _FIGURES - 8)
    strip = _strip(one, room, largest)
    figures = f"  in {tokens.total:,}  read {tokens.cache_read:,}  written {tokens.cache_creation:,}" if tokens else ""
    yield [("       ", ""), *strip, (fill(figures, _FIGURES), "")]
    after = "" if step.idle_s is None else f", {duration(int(step.idle_s * 1e9))} after the turn before"
    count = one.missed_tokens
    missed = f"about {count:,} tokens were not read that could have been" if count else ""
    clauses = "; ".join(filter(None, (sanitise(step.why), missed)))
    verdict: Line = [("       ", ""), (sign, role), (after, "faint")]
    quiet = "" if role.startswith("warning") else "faint"
    if width_of(verdict) + cell_len(clauses) + 2 <= width:
        yield [*verdict, (f"  {clauses}", quiet)]
        return
    yield verdict
    for line in wrap(clauses, max(20, width - 9), quiet):
        yield [("         ", ""), *line]


def _strip(one: CachedTurn, room: int, largest: int) -> Line:
    """The prompt, in proportion to the largest one of its thread."""
    size = one.size
    cells = max(1, round(room * size / largest)) if size else 0
    tokens = one.request.tokens
    total = tokens.total if tokens else 0
    read = round(cells * tokens.cache_read / total) if tokens and total else 0
    written = round(cells * tokens.cache_creation / total) if tokens and total else 0
    signs = [_READ] * read + [_WRITTEN] * written
    signs = (signs + [_NEW] * cells)[:cells]
    at = 0
    for segment in one.request.segments:
        at += segment.size
        if segment.mark and size:
            signs[min(cells - 1, cells * at // size)] = _MARK
    if one.step.change and size and one.step.same < len(one.request.segments):
        before = sum(segment.size for segment in one.request.segments[: one.step.same])
        signs[min(cells - 1, cells * before // size)] = _CHANGED
    line: Line = []
    for sign in signs:
        append(line, sign, _ROLES[sign])
    return [*line, (" " * (room - cells), "")]
