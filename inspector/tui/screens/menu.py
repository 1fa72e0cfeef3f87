"""A few choices in a window of their own."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from inspector.panes.drawing.lines import Line
from inspector.tui.shell import ShellScreen
from inspector.tui.widgets.line_list import LineList


class MenuScreen(ModalScreen[str | None], ShellScreen[str | None]):
    """A few choices, each with a key; the result is the key, None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss(None)", "Close"),
        ("j,down", "move(1)", "Down"),
        ("k,up", "move(-1)", "Up"),
        ("enter", "take", "Take"),
    ]

    def __init__(self, title: str, choices: dict[str, str]) -> None:
        super().__init__()
        self._choices = choices
        lines: list[Line] = [[(f"{name}  ", "accent strong"), (what, "")] for name, what in choices.items()]
        self._menu = LineList("menu", title, lines, choice=True)
        self._menu.styles.height = len(lines) + 2

    def compose(self) -> ComposeResult:
        """The choices with their keys."""
        yield self._menu

    def action_move(self, lines: int) -> None:
        """Moves the choice."""
        self._menu.move(lines)

    def action_take(self) -> None:
        """Takes what is chosen."""
        self.dismiss(list(self._choices)[self._menu.at])

    def on_line_list_chosen(self) -> None:
        """A click takes a line."""
        self.action_take()

    def on_key(self, event: events.Key) -> None:
        """A choice by its key."""
        if self.took(event.character):
            event.stop()

    def took(self, character: str | None) -> bool:
        """Takes the choice that has this key; False where none has."""
        if character not in self._choices:
            return False
        self.dismiss(character)
        return True
