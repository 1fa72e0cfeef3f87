"""A few choices in a window of their own."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from inspector.panes.drawing.lines import Line
from inspector.tui.widgets.line_list import LineList


class MenuScreen(ModalScreen[str | None]):
    """A few choices, each with a key; the result is the key, None where nothing was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss(None)", "Close"),
        ("j,down", "move(1)", "Down"),
        ("k,up", "move(-1)", "Up"),
        ("enter", "take", "Take"),
    ]

    def __init__(self, title: str, choices: dict[str, str]) -> None:
        super().__init__()
        self._title = title
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The choices with their keys."""
        lines: list[Line] = [[(f"{name}  ", "accent strong"), (what, "")] for name, what in self._choices.items()]
        menu = LineList("menu", self._title, lines, choice=True)
        menu.styles.height = len(lines) + 2
        yield menu

    def action_move(self, lines: int) -> None:
        """Moves the choice."""
        self.query_one(LineList).move(lines)

    def action_take(self) -> None:
        """Takes what is chosen."""
        self.dismiss(list(self._choices)[self.query_one(LineList).at])

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
