"""A curve in braille dots: two columns and four rows of dots to a cell."""

from collections.abc import Sequence

_LEFT = (0x40, 0x04, 0x02, 0x01)
_RIGHT = (0x80, 0x20, 0x10, 0x08)


def plot(values: Sequence[float], height: int) -> list[str]:
    """Values from 0 to 1, one for each column of dots, as a filled curve; the top row first."""
    dots = [round(max(0.0, min(1.0, value)) * height * 4) for value in values]
    dots += [0] * (len(dots) % 2)
    rows = []
    for row in range(height - 1, -1, -1):
        cells = []
        for at in range(0, len(dots), 2):
            code = 0x2800
            for column, bits in ((dots[at], _LEFT), (dots[at + 1], _RIGHT)):
                for dot in range(4):
                    if column > row * 4 + dot:
                        code |= bits[dot]
            cells.append(chr(code))
        rows.append("".join(cells))
    return rows
