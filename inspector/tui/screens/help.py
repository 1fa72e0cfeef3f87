from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from inspector.tui.draw.lines import Line
from inspector.tui.widgets.line_list import LineList

_NAMES = {
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
    "down": "↓",
    "up": "↑",
    "right": "→",
    "left": "←",
    "apostrophe": "'",
    "quotation_mark": '"',
    "minus": "-",
    "full_stop": ".",
    "comma": ",",
}


class HelpScreen(ModalScreen[None]):
    """Every key of the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,question_mark,q", "dismiss", "Close")]

    def __init__(self, bindings: Sequence[BindingType]) -> None:
        super().__init__()
        self._keys = [binding for binding in bindings if isinstance(binding, Binding)]

    def compose(self) -> ComposeResult:
        yield LineList("help", "keys", self._lines())

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        for binding in [*self._keys, Binding("ctrl+p", "", "Palette: every command by name"), Binding("q", "", "Quit")]:
            keys = " ".join(_key(key) for key in binding.key.split(","))
            lines.append([(f"{keys:>14}  ", "accent strong"), (binding.description, "")])
        return lines


def _key(key: str) -> str:
    return "+".join(_NAMES.get(part, part) for part in key.split("+"))
