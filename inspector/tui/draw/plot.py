"""A curve as an area of blocks, an eighth of a cell fine."""

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def plot(values: Sequence[float], height: int) -> list[str]:
    """Values from 0 to 1, one for each column; the top row first. What is above nothing shows."""
    levels = [max(int(value > 0), round(min(1.0, max(0.0, value)) * height * 8)) for value in values]
    return ["".join(_EIGHTHS[min(8, max(0, level - row * 8))] for level in levels) for row in range(height - 1, -1, -1)]
