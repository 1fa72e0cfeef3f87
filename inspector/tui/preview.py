"""The first rows of a recording, painted while the toolkit is still being imported.

Textual takes most of the time until something is on the screen. So the rows go to the alternate screen with plain
escape sequences first, where the list will paint them again.
"""

import os
import shutil
import sys
import termios
import tty
from typing import Final, Self

from inspector.panes.drawing.lines import Line, cut_line
from inspector.panes.drawing.palette import COLORS, PALETTES, QUIET
from inspector.panes.timeline_row import row_line
from inspector.text.sanitise import sanitise
from inspector.timeline import Exchange
from inspector.timeline.rows import row

_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[?25h\x1b[?1049l"
_WIDE: Final = 100
# Two lines of status and a border stand above the list.
_TOP: Final = 3


def possible() -> bool:
    """Whether there is a terminal that a preview makes sense on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Preview:
    """Takes the terminal over for as long as the context lasts, and gives it back as it was.

    Keys that are typed meanwhile are neither echoed nor lost. `taken_over`: the toolkit has the screen and leaves it.
    """

    def __init__(self, exchange: Exchange, name: str, theme: str) -> None:
        self._exchange = exchange
        self._name = name
        self._palette = PALETTES.get(theme, {})
        self._colored = not os.environ.get("NO_COLOR") and os.environ.get("COLORTERM") in ("truecolor", "24bit")
        self._before = termios.tcgetattr(sys.stdin)
        self.taken_over = False

    def __enter__(self) -> Self:
        tty.setcbreak(sys.stdin)
        self._exchange.load_block()
        sys.stdout.write(_ENTER + self._painted())
        sys.stdout.flush()
        return self

    def __exit__(self, *_: object) -> None:
        if not self.taken_over:
            sys.stdout.write(_LEAVE)
            sys.stdout.flush()
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def _painted(self) -> str:
        columns, rows = shutil.get_terminal_size()
        wide = columns >= _WIDE
        width = columns - 2 - max(round(columns * 0.52), min(65, round(columns * 0.56))) if wide else columns - 1
        index = self._exchange.index
        last_t_ns = max(0, index.t_ns[index.count - 1]) if index.count else 0
        lines: list[Line] = [[(" inspector  ", "dim"), (sanitise(self._name), "strong")], []]
        lines.append(
            [("╭─ timeline " + "─" * (width - 11) + "╮" if wide else "─ timeline " + "─" * (width - 10), "dim")]
        )
        for n in range(1, min(index.count, rows - _TOP - 4) + 1):
            line = row_line(row(self._exchange, n), width, index.count, last_t_ns)
            lines.append([("│" if wide else "", "dim"), *cut_line(line, width)])
        background = self._color("background", 48)
        return (
            "".join(f"\x1b[{y};1H{background}\x1b[K{self._line(line)}" for y, line in enumerate(lines, 1)) + "\x1b[0m"
        )

    def _line(self, line: Line) -> str:
        if not self._colored:
            return "".join(text for text, _ in line)
        return "".join(f"{self._color(role)}{text}" for text, role in line)

    def _color(self, role: str, layer: int = 38) -> str:
        if not self._colored or not self._palette:
            return ""
        red, green, blue = _rgb(self._palette[COLORS.get(role, role if role in self._palette else "foreground")])
        share = QUIET.get(role, 0.0)
        behind = _rgb(self._palette["background"])
        mixed = (round(c + (b - c) * share) for c, b in zip((red, green, blue), behind, strict=True))
        return f"\x1b[{layer};2;" + ";".join(map(str, mixed)) + "m"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
