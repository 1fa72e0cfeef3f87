from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from inspector.tui.commands import commands_of
from inspector.tui.draw.lines import Line, wrap
from inspector.tui.screens.help import HelpScreen
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.line_list import LineList


class Choice(NamedTuple):
    """A line of a list; `take` is None for a heading, `note` is what is said of it below the list."""

    line: Line
    take: Callable[[], None] | None = None
    note: str = ""


class ChooserScreen(Screen[None]):
    """A list to choose from, with a line on what is chosen."""

    HEADING: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "move(20)", "Page down", show=False),
        Binding("pageup,ctrl+b", "move(-20)", "Page up", show=False),
        Binding("g,home", "move(-1000000)", "First", show=False),
        Binding("G,end", "move(1000000)", "Last", show=False),
        Binding("enter,l,right,space", "take", "Open", show=False),
        Binding("escape,h,left", "back", "Back", show=False),
        Binding("question_mark", "help", "Help", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._choices: list[Choice] = []

    def choices(self, width: int) -> list[Choice]:
        """What there is to choose from, drawn for a width."""
        raise NotImplementedError

    def title_line(self) -> Line:
        """The line on top."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Bar("title")
        yield LineList("choices", self.HEADING, choice=True)
        yield Bar("note")
        yield Bar("footer")

    def on_mount(self) -> None:
        self._list = self.query_one(LineList)
        self._list.focus()
        footer: Line = []
        for key, word in (("enter", "open"), ("esc", "back"), ("?", "help"), ("ctrl+p", "palette"), ("q", "quit")):
            footer += [(key, "accent"), (f" {word}   ", "dim")]
        self.query_one("#footer", Bar).show([footer])

    def on_resize(self) -> None:
        self.show_choices()

    def show_choices(self) -> None:
        """Draws the list again; the choice stays where it is."""
        width = self._list.scrollable_content_region.width - 2
        if width <= 0:
            return
        self._choices = self.choices(width)
        self.query_one("#title", Bar).show([self.title_line()])
        self._list.show([choice.line for choice in self._choices])
        if self._choices and not self._choices[min(self._list.at, len(self._choices) - 1)].take:
            self.action_move(1)
        self._show_note()

    def action_move(self, lines: int) -> None:
        if not self._choices:
            return
        self._list.move(lines)
        # Headings are stepped over.
        step = 1 if lines > 0 else -1
        for direction in (step, -step):
            at = self._list.at
            while 0 <= at < len(self._choices) and not self._choices[at].take:
                at += direction
            if 0 <= at < len(self._choices):
                self._list.move(at - self._list.at)
                break
        self._show_note()

    def action_take(self) -> None:
        at = self._list.at
        if at < len(self._choices) and (take := self._choices[at].take):
            take()

    def action_back(self) -> None:
        if len(self.app.screen_stack) > 2:
            self.dismiss()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(commands_of(self)))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        self._show_note()
        self.action_take()

    def _show_note(self) -> None:
        note = self.query_one("#note", Bar)
        at = self._list.at
        text = self._choices[at].note if at < len(self._choices) else ""
        note.show(wrap(text, max(10, note.content_size.width), "faint")[:3])
