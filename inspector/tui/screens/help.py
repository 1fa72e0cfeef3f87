from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from inspector.tui.commands import Command
from inspector.tui.draw.lines import Line
from inspector.tui.settings import settings_path
from inspector.tui.widgets.line_list import LineList


class HelpScreen(ModalScreen[None]):
    """Every key of the screen below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,question_mark,q,enter", "dismiss", "Close"),
        ("j,down", "scroll_by(1)", "Down"),
        ("k,up", "scroll_by(-1)", "Up"),
        ("space,pagedown", "scroll_by(20)", "Page down"),
        ("pageup", "scroll_by(-20)", "Page up"),
    ]

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = [
            *commands,
            Command("", "Palette: every command by name, themes", "ctrl+p"),
            Command("", "Quit", "q"),
        ]

    def compose(self) -> ComposeResult:
        lines: list[Line] = [
            [(f"{command.keys:>15}  ", "accent strong"), (command.description, "")] for command in self._commands
        ]
        other = f'other keys: "keys" in {settings_path().name}, in the inspector\'s state folder'
        lines += [[], [(" " * 17 + other, "dim")]]
        yield LineList("help", "keys", lines)

    def action_scroll_by(self, lines: int) -> None:
        self.query_one(LineList).move(lines)
