"""The keys of a screen, to read."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from inspector.panes.drawing.lines import Line, breaks, cut, width_of
from inspector.tui.commands import SCREEN, Command
from inspector.tui.paths import written
from inspector.tui.settings import settings_path
from inspector.tui.shell import ShellScreen
from inspector.tui.widgets.line_list import LineList

_KEYS: Final = 15
# Where there is little room for what a key does one key is enough.
_ROOM_FOR_ALL: Final = 54
_KEYS_ALONE: Final = 6
_TWO_COLUMNS: Final = 96
_BETWEEN: Final = 3
_FAR: Final = 1 << 30


class HelpScreen(ModalScreen[None], ShellScreen[None]):
    """Every key of the screen below, under headings; in two columns where there is room."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]  # noqa: RUF012
    GROUP: ClassVar[str] = "help"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,question_mark,q,enter", "dismiss", "Close"),
        ("j,down", "move(1)", "Down"),
        ("k,up", "move(-1)", "Up"),
        ("space,pagedown,ctrl+f", "page(1)", "Page down"),
        ("b,pageup,ctrl+b", "page(-1)", "Page up"),
        ("g,home", f"move(-{_FAR})", "First line"),
        ("G,end", f"move({_FAR})", "Last line"),
    ]

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = list(commands)
        self._keys = LineList("help", "keys")
        self._keys.border_subtitle = "j k scroll · esc closes"

    def compose(self) -> ComposeResult:
        """The keys, which are drawn when there is a width."""
        yield self._keys

    def on_mount(self) -> None:
        """Has the keys."""
        self._keys.focus()

    def on_resize(self) -> None:
        """In one column or two."""
        # The list has its new size after this.
        self.call_after_refresh(self._draw)

    def action_move(self, lines: int) -> None:
        """Scrolls by so many lines."""
        self._keys.move(lines)

    def action_page(self, pages: int) -> None:
        """Scrolls by so many pages."""
        found = self._keys
        found.move(pages * found.page)

    def _draw(self) -> None:
        found = self._keys
        width = found.scrollable_content_region.width
        lines = help_lines(self._commands, width)
        found.styles.height = len(lines) + 2
        found.show(lines)


def help_lines(commands: Iterable[Command], width: int) -> list[Line]:
    """The commands under the headings of their groups, and how to change their keys."""
    columns = 2 if width >= _TWO_COLUMNS else 1
    one = (width - _BETWEEN * (columns - 1)) // columns
    by_name: dict[str, list[Command]] = {}
    for command in commands:
        by_name.setdefault(command.group, []).append(command)
    # What belongs to no part of the screen comes last.
    names = sorted(by_name, key=lambda name: name == SCREEN)
    groups = [_group(name, by_name[name], one) for name in names]
    first, second = _shared(groups) if columns == 2 else ([line for group in groups for line in group], [])
    lines: list[Line] = []
    for at in range(max(len(first), len(second))):
        left = first[at] if at < len(first) else []
        right = second[at] if at < len(second) else []
        gap = " " * (one + _BETWEEN - width_of(left))
        lines.append([*left, (gap, ""), *right] if right else left)
    where = f'other keys: "keys" in {written(settings_path())}, such as {{"help": "h"}}; the palette says the names'
    return lines + [[(where[start:end], "dim")] for start, end in breaks(where, width)]


def _group(name: str, commands: Sequence[Command], width: int) -> list[Line]:
    """A group's lines; what differs only in its direction or number stands together."""
    lines: list[Line] = [[(name, "heading strong")]]
    for _, found in groupby(commands, key=lambda command: command.action.partition("(")[0]):
        alike = list(found)
        roomy = width >= _ROOM_FOR_ALL
        each = (command.keys if roomy else command.keys.partition(" ")[0] for command in alike)
        keys = cut("  ".join(each), width // 2)
        first, *others = (command.description for command in alike)
        text = " · ".join([first, *(other[:1].lower() + other[1:] for other in others)])
        key_width = max(_KEYS if roomy else _KEYS_ALONE, len(keys))
        for at, (start, end) in enumerate(breaks(text, width - key_width - 2)):
            shown = keys if at == 0 else ""
            lines.append([(f"{shown:>{key_width}}  ", "accent strong"), (text[start:end], "")])
    return [*lines, []]


def _shared(groups: Sequence[list[Line]]) -> tuple[list[Line], list[Line]]:
    """The groups in two columns, as equal in height as can be."""
    heights = [len(group) for group in groups]
    at = min(range(len(groups) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    return [line for group in groups[:at] for line in group], [line for group in groups[at:] for line in group]
