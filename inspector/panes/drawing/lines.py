"""Lines of text that fit a width, measured in terminal cells."""

import re
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TypeAlias

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from inspector.text.sanitise import sanitise

Piece: TypeAlias = tuple[str, str]
Line: TypeAlias = list[Piece]
"""Pieces of text, each with its role; see draw/styles.py."""

MORE = "…"


def apart(text: str) -> str:
    """A piece without what would change the size of its neighbours: joiners at its edges, selectors at its start."""
    return text if text.isascii() else text.lstrip("\u200d\ufe0f").rstrip("\u200d")


def width_of(line: Iterable[Piece]) -> int:
    """How many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def append(line: Line, text: str, role: str) -> None:
    """Puts a piece behind a line, joined with the last one where that has the same role."""
    if line and line[-1][1] == role:
        line[-1] = (line[-1][0] + text, role)
    else:
        line.append((text, role))


def cut(text: str, width: int) -> str:
    """The text where it fits, else its beginning and an ellipsis."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + MORE if width > 0 else ""


def fill(text: str, width: int) -> str:
    """Exactly `width` cells: cut with an ellipsis or padded."""
    return set_cell_size(cut(text, width), width)


def cut_line(line: Line, width: int) -> Line:
    """The pieces that fit; an ellipsis says where there was more."""
    if width_of(line) <= width:
        return line
    kept: Line = []
    left = width - 1
    for text, role in line:
        size = cell_len(text)
        if size > left:
            kept.append((set_cell_size(text, left).rstrip() + MORE, role))
            break
        kept.append((text, role))
        left -= size
    return kept


def marked(line: Line, find: Callable[[str], Sequence[tuple[int, int]]], role: str = "found") -> Line:
    """The line with all places (start, end) that are found in its text standing out, also over several pieces."""
    spans = find("".join(text for text, _ in line))
    if not spans:
        return line
    pieces: Line = []
    start = 0
    for text, own in line:
        cuts = {0, len(text), *(min(max(0, edge - start), len(text)) for span in spans for edge in span)}
        places = sorted(cuts)
        for begin, end in pairwise(places):
            inside = any(first <= start + begin < last for first, last in spans)
            pieces.append((text[begin:end], f"{own} {role}" if inside else own))
        start += len(text)
    return pieces


def right_aligned(left: Line, right: Line, width: int) -> Line:
    """Two lines on one; the left one gives way."""
    room = width - width_of(right) - 1
    if room < 8:
        return cut_line([*left, (" ", ""), *right], width)
    left = cut_line(left, room)
    return [*left, (" " * (width - width_of(left) - width_of(right)), ""), *right]


def breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """The (start, end) of each line of a text, wrapped between words where that is possible."""
    width = max(1, width)
    start = 0
    for hard in text.split("\n"):
        if not hard:
            yield start, start
        elif hard.isascii():
            for match in _ascii_lines(width).finditer(hard):
                yield start + match.start(), start + min(match.end(), match.start() + width)
        else:
            for begin, end in _wide_breaks(hard, width):
                yield start + begin, start + end
        start += len(hard) + 1


def wrap(text: str, width: int, role: str = "") -> list[Line]:
    """A text as lines."""
    return [[(text[start:end], role)] for start, end in breaks(text, width)]


def wrap_line(line: Line, width: int) -> list[Line]:
    """A line of several pieces, and of any length, as lines."""
    text = "".join(piece for piece, _ in line)
    ends = list(accumulate(len(piece) for piece, _ in line))
    lines: list[Line] = []
    for start, end in breaks(text, width):
        found: Line = []
        at = bisect_right(ends, start)
        while start < end:
            stop = min(end, ends[at])
            found.append((text[start:stop], line[at][1]))
            start, at = stop, at + 1
        lines.append(found)
    return lines


@lru_cache(maxsize=32)
def _ascii_lines(width: int) -> re.Pattern[str]:
    # Up to a space, which may hang over the edge; a longer word is broken.
    return re.compile(rf"[^\n]{{1,{width}}}(?:(?=$)|(?<= )| )|[^\n]{{1,{width}}}")


def _wide_breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    start = column = 0
    after_space = 0
    for at, character in enumerate(text):
        cells = get_character_cell_size(character)
        column += cells
        if character == " ":
            # It may hang over the edge, where it is not shown.
            after_space = at + 1
        elif column > width and at > start:
            end = after_space if after_space > start else at
            carried = sum(map(get_character_cell_size, text[end : at + 1]))
            yield start, end - max(0, column - carried - width)
            start, column = end, carried
            if column > width:
                # What was carried over is a word without a space, which this character does not fit behind.
                yield start, at
                start, column = at, cells
    yield start, len(text) - (max(0, column - width) if text.endswith(" ") else 0)


_FRAMES = 3


def attempt(draw: Callable[[], list[Line]], width: int) -> list[Line]:
    """What `draw` gives, or lines that say how it failed."""
    try:
        return draw()
    # Whatever it is, it must not end the screen.
    except Exception as error:  # noqa: BLE001
        return failure(error, width)


def failure(error: Exception, width: int) -> list[Line]:
    """What failed and where, for a report; it is never the stream's fault."""
    what = f"{type(error).__name__}: {error}"
    lines = wrap(f"✗ this cannot be drawn: {sanitise(what[:500])}", width, "error strong")
    for frame in reversed(traceback.extract_tb(error.__traceback__)[-_FRAMES:]):
        lines += wrap(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}", width, "dim")
    return [*lines, *wrap("A fault of the inspector, not of the stream. Everything else goes on.", width, "faint")]
