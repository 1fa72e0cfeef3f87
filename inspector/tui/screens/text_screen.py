from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget

from inspector.tui.commands import SCREEN, commands_of
from inspector.tui.screens.help import HelpScreen
from inspector.tui.screens.stream_base import key
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.buttons import Button, Buttons

FAR: Final = 1 << 30
_FOOTER: Final = (
    ("esc", "back", "back"), ("j k", "scroll", ""), ("g", "first", "first"), ("G", "last", "last"),
    ("?", "help", "help"), ("q", "quit", "app.quit"), ("ctrl+p", "palette", "app.command_palette"),
)  # fmt: skip


class TextScreen(Screen[None]):
    """Something to read on the whole screen."""

    GROUP: ClassVar[str] = "moving"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "Down a line"),
        key("k,up", "move(-1)", "Up a line"),
        key("space,pagedown,ctrl+f", "page(1)", "Down a page"),
        key("b,pageup,ctrl+b", "page(-1)", "Up a page"),
        key("g,home", "first", "To the first line"),
        key("G,end", "last", "To the last line"),
        key("escape,h,left", "back", "Back"),
        key("question_mark", "help", "Help", SCREEN),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def text(self) -> Widget:
        """The widget with the text."""
        raise NotImplementedError

    def move(self, lines: int) -> None:
        """Scrolls by so many lines."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Bar("title")
        self._text = self.text()
        yield self._text
        yield Buttons("footer")

    def on_mount(self) -> None:
        self.query_one("#title", Bar).show([[("inspector  ", "dim"), (self._title, "strong")]])
        self._text.focus()

    def on_resize(self) -> None:
        buttons = [Button([(name, "accent"), (f" {word}   ", "dim")], action) for name, word, action in _FOOTER]
        self.query_one("#footer", Buttons).show_buttons(buttons)

    def action_move(self, lines: int) -> None:
        self.move(lines)

    def action_page(self, pages: int) -> None:
        self.move(pages * max(1, self._text.size.height - 1))

    def action_first(self) -> None:
        self.move(-FAR)

    def action_last(self) -> None:
        self.move(FAR)

    def action_back(self) -> None:
        self.dismiss()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(commands_of(self)))
