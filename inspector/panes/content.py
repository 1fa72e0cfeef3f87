"""What a pane is, and the lines that it has for a moment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from inspector.panes.drawing.lines import Line, breaks
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise
from inspector.timeline.message import Block
from inspector.timeline.text_window import TextWindow


@dataclass
class Content:
    """The lines of a pane. `above` and `below` say what is left out there, "" where nothing is.

    `focus` is the line that should be in sight, with those up to `focus_end`; None: the first one, or the last one if
    `at_end`. `stays`: whatever is in sight stays there, wherever the cursor goes.
    """

    lines: list[Line] = field(default_factory=list)
    above: str = ""
    below: str = ""
    focus: int | None = None
    focus_end: int | None = None
    at_end: bool = False
    stays: bool = False


Draw = Callable[[StreamModel, int, int], Content]
"""The content of a pane as of the stream's moment, for so many cells of width and about so many lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A view of a stream: one file of this folder with its `PANE`.

    `name` is what its tab says, `summary` half a line for the help, `order` its place among all of them. A `numbered`
    one is a tab of the stream's screen, whose key is its number; any other has its place there by other means, and
    perhaps a `key` of its own. `printed` gives the lines of `inspector show --pane`, for so many cells of width, where
    they are others than those of `draw`. `on_screen_only`: `show` has an option of its own for it.
    """

    name: str
    summary: str
    order: int
    draw: Draw | None = None
    printed: Callable[[StreamModel, int], Iterable[Line]] | None = None
    numbered: bool = True
    key: str = ""
    on_screen_only: bool = False

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return self.name.lower().replace(" ", "-")


Section = Callable[[int], Content]
"""Draws one part of a pane within a budget of lines."""


class Sections(Protocol):
    """The parts of a pane, made as they are used: there may be 100,000, of which a pane draws some."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Section]: ...

    def __reversed__(self) -> Iterator[Section]: ...


@dataclass
class BlockSections:
    """A section for each block."""

    blocks: Sequence[Block]
    draw: Callable[[Block, int], Content]

    def __len__(self) -> int:
        return len(self.blocks)

    def __iter__(self) -> Iterator[Section]:
        return (partial(self.draw, block) for block in self.blocks)

    def __reversed__(self) -> Iterator[Section]:
        return (partial(self.draw, block) for block in reversed(self.blocks))


def joined(sections: Sections, budget: int, at_end: bool, what: str) -> Content:
    """As many sections as the budget allows, from the first one on or up to the last one."""
    drawn: list[Content] = []
    left = budget
    for section in reversed(sections) if at_end else sections:
        if left <= 0:
            break
        part = section(left)
        drawn.append(part)
        left -= len(part.lines) + 1
    missing = len(sections) - len(drawn)
    if at_end:
        drawn.reverse()
    content = Content(at_end=at_end)
    for part in drawn:
        if content.lines:
            content.lines.append([])
        if part.above:
            content.lines.append([(part.above, "dim")])
        if part.focus is not None:
            content.focus = len(content.lines) + part.focus
        content.lines += part.lines
        if part.below:
            content.lines.append([(part.below, "dim")])
    if missing:
        sign = f"… {missing:,} {what} "
        content.above, content.below = (sign + "before", "") if at_end else ("", sign + "after")
    elif drawn and drawn[0].above and at_end:
        content.above = "…"
    elif drawn and drawn[-1].below and not at_end:
        content.below = "…"
    return content


def text_lines(passage: TextWindow, width: int, role: str, caret: bool = False) -> list[Line]:
    """A passage wrapped, with what its event brought marked, and a caret where more may follow."""
    head = sanitise(passage.text[: passage.new], lines=True)
    text = head + sanitise(passage.text[passage.new :], lines=True)
    lines: list[Line] = []
    for start, end in breaks(text, width):
        middle = min(max(start, len(head)), end)
        line: Line = []
        if middle > start:
            line.append((text[start:middle], role))
        if end > middle:
            line.append((text[middle:end], f"{role} new"))
        lines.append(line)
    if caret:
        lines[-1].append(("▌", "accent"))
    return lines


def left_out(size: int) -> str:
    """A sign for text that is not shown, "" for none."""
    return f"… {size:,} bytes" if size else ""
