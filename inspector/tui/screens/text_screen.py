"""Screens with something to read: a content of a stream's, what a command prints."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from inspector.panes.content import Content
from inspector.panes.drawing.lines import cut
from inspector.panes.model import StreamModel
from inspector.tui.commands import SCREEN, application_commands, commands_of, key
from inspector.tui.recorder_process import CommandOutput
from inspector.tui.screens.help import HelpScreen
from inspector.tui.shell import ShellScreen
from inspector.tui.widgets.buttons import Buttons
from inspector.tui.widgets.line_list import LineList
from inspector.tui.widgets.painting import Bar
from inspector.tui.widgets.pane import PaneView

_FAR: Final = 1 << 30
_LOOK_S: Final = 0.1
_FOOTER: Final = (
    ("esc", "back", "back"), ("j k", "scroll", ""), ("g", "first", "first"), ("G", "last", "last"),
    ("?", "help", "help"), ("q", "quit", "app.quit"), ("ctrl+p", "palette", "app.command_palette"),
)  # fmt: skip


class TextScreen(ShellScreen[None]):
    """Something to read on the whole screen; `text` is the widget with it."""

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

    def __init__(self, title: str, text: Widget) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._footer = Buttons("footer")

    def move(self, lines: int) -> None:
        """Scrolls by so many lines."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """A title, the text, the keys."""
        title = Bar("title")
        title.show([[("inspector  ", "dim"), (self._title, "strong")]])
        yield title
        yield self._text
        yield self._footer

    def on_mount(self) -> None:
        """The text has the keys."""
        self._text.focus()

    def on_resize(self) -> None:
        """As many keys as there is room for."""
        self._footer.show_keys(_FOOTER)

    def action_move(self, lines: int) -> None:
        """Scrolls by so many lines."""
        self.move(lines)

    def action_page(self, pages: int) -> None:
        """Scrolls by so many pages."""
        self.move(pages * max(1, self._text.size.height - 1))

    def action_first(self) -> None:
        """To the first line."""
        self.move(-_FAR)

    def action_last(self) -> None:
        """To the last line."""
        self.move(_FAR)

    def action_back(self) -> None:
        """Leaves the screen."""
        self.dismiss()

    def action_help(self) -> None:
        """The keys of this screen."""
        self.cover(HelpScreen(commands_of(self) + application_commands(self)))


class ContentScreen(TextScreen):
    """One content of a stream, as a pane shows it; r, which opens the request, closes it too."""

    BINDINGS: ClassVar[list[BindingType]] = [key("r", "back", "Back")]

    def __init__(self, title: str, stream: StreamModel, content: Callable[[StreamModel, int, int], Content]) -> None:
        self._pane = PaneView(stream, title, content)
        self._pane.add_class("-shown")
        super().__init__(title, self._pane)

    def move(self, lines: int) -> None:
        """Scrolls the pane."""
        self._pane.scroll_lines(lines)


class OutputScreen(TextScreen):
    """What the command whose streams are recorded prints; it follows the end until the user moves up."""

    BINDINGS: ClassVar[list[BindingType]] = [key("o", "back", "Back")]

    def __init__(self, output: CommandOutput) -> None:
        self._lines = LineList("output", "output")
        super().__init__("what the command prints", self._lines)
        self._output = output
        self._following = True

    def on_mount(self) -> None:
        """Looks for more from now on."""
        self.set_interval(_LOOK_S, self._look)

    def on_resize(self) -> None:
        """Cuts the lines for another width."""
        self._show()

    def move(self, lines: int) -> None:
        """Scrolls the lines; at the end it follows."""
        self._following = lines == _FAR
        self._lines.move(lines)

    def _look(self) -> None:
        if self._output.update():
            self._show()

    def _show(self) -> None:
        width = self._lines.scrollable_content_region.width
        self._lines.show([[(cut(line, width), "")] for line in self._output.lines])
        if self._following:
            self._lines.move(_FAR)
