"""Bars and times in a few cells."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_FULL_NS: Final = 2_000_000_000


def bar(share: float, width: int) -> str:
    """A bar of so much of `width` cells, to an eighth of a cell; anything above nothing shows."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def gap_bar(gap_ns: int | None, width: int) -> str:
    """A gap as a bar; the root of the time, so that 20 ms and 2 s both show. From two seconds on it is full."""
    return bar(sqrt(max(0, gap_ns) / _FULL_NS), width) if gap_ns else " " * width


_RISING = " ▁▂▃▄▅▆▇█"


def plot(values: Sequence[float], height: int) -> list[str]:
    """Values from 0 to 1, one for each column; the top row first. What is above nothing shows."""
    levels = [max(int(value > 0), round(min(1.0, max(0.0, value)) * height * 8)) for value in values]
    return ["".join(_RISING[min(8, max(0, level - row * 8))] for level in levels) for row in range(height - 1, -1, -1)]
