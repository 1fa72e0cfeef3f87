"""A block's text as Markdown: as much of it as is wanted, in parts that mean what the whole means."""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Final

from inspector.timeline.message import Block
from inspector.timeline.passages import BlockText, decoded
from inspector.tui.content.blocks import heading, is_open
from inspector.tui.content.content import Content, left_out
from inspector.tui.draw.cuts import Cuts
from inspector.tui.draw.lines import Line, Piece
from inspector.tui.draw.markdown import markdown_lines
from inspector.tui.model import Session

# So many bytes for each line while the cursor moves: the parser takes its time.
_MOVING: Final = 10


def markdown_section(session: Session, block: Block, delta_type: str, width: int, budget: int, role: str) -> Content:
    """A block with its text as of the session's moment, what its event brought marked."""
    part = _Part(session, block, delta_type, width, role)
    limit = budget * (width if session.resting else _MOVING)
    first, last = part.end_of(limit) if session.at_end else part.beginning_of(limit)
    lines = part.lines(first, last)
    marked = session.at_end and part.text.new < last
    if marked:
        start = max(first, part.cuts.before(part.text.new))
        changed = part.lines(start, last)
        lines[len(lines) - len(changed) :] = _marked(changed, part.lines(start, part.text.new))
    if is_open(block, session.n) and last == part.text.total:
        lines[-1:] = [[*(lines[-1] if lines else []), ("▌", "accent")]]
    head: list[Line] = [[*heading(block, session.n, role), ("  Markdown, v: plain text", "dim")]]
    if first:
        head.append([(left_out(first) + " before this", "dim")])
    lines = head + lines
    return Content(lines, below=left_out(part.text.total - last), focus=len(lines) - 1 if marked else None)


class _Part:
    """Stretches of a block's text as lines; what is known of where they can be cut is kept in the session."""

    def __init__(self, session: Session, block: Block, delta_type: str, width: int, role: str) -> None:
        self.text = BlockText(block, delta_type, session.n)
        self.cuts = session.cuts.setdefault(block, Cuts())
        self._width, self._role = width, role
        if self.cuts.looked < self.text.total:
            self.cuts.extend(self.text.part(self.cuts.looked, self.text.total))

    def beginning_of(self, limit: int) -> tuple[int, int]:
        """About so many bytes from the start on."""
        total = self.text.total
        return 0, total if total <= limit else self.cuts.before(limit) or limit

    def end_of(self, limit: int) -> tuple[int, int]:
        """About so many bytes up to the end: whole parts, unless that would be less than half of them."""
        total = self.text.total
        if total <= limit:
            return 0, total
        first = total - limit
        following = self.cuts.between(first - 1, total - limit // 2)
        if following:
            return following[0], total
        line_end = self.text.part(first, total).find(b"\n") + 1
        return self.text.whole_character(first + line_end), total

    def lines(self, first: int, last: int) -> list[Line]:
        """The text between two places."""
        parts: list[Sequence[Line]] = []
        for start, stop in pairwise([first, *self.cuts.between(first, last), max(first, last)]):
            shown = markdown_lines(decoded(self._opening(start) + self.text.part(start, stop)), self._width, self._role)
            parts += [[[]], shown] if parts and shown else [shown]
        return list(chain.from_iterable(parts))

    def _opening(self, start: int) -> bytes:
        """What a stretch has to begin with if it starts within a block of code."""
        part = self.cuts.before(start + 1)
        fence = self.cuts.fence(part)
        return fence + b"\n" if fence and part < start else b""


def _marked(lines: list[Line], old: list[Line]) -> list[Line]:
    """The lines with whatever differs from the old ones, and all behind it, marked as new."""
    pairs = enumerate(zip(lines, old, strict=False))
    same = next((at for at, (line, was) in pairs if line != was), min(len(lines), len(old)))
    left = _common(lines[same], old[same]) if same < min(len(lines), len(old)) else 0
    marked = lines[:same]
    for line in lines[same:]:
        found: Line = []
        for text, role in line:
            found += [piece for piece in ((text[:left], role), (text[left:], f"{role} new")) if piece[0]]
            left = max(0, left - len(text))
        marked.append(found)
        left = 0
    return marked


def _common(line: Line, old: Line) -> int:
    """How many characters two lines have in common, looks included, before they differ."""
    pairs = enumerate(zip(_characters(line), _characters(old), strict=False))
    shorter = min(sum(len(text) for text, _ in line), sum(len(text) for text, _ in old))
    return next((at for at, (mine, other) in pairs if mine != other), shorter)


def _characters(line: Line) -> Iterator[Piece]:
    return ((character, role) for text, role in line for character in text)
