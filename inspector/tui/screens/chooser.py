"""A screen with a list to choose from."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple, overload

from textual.app import ComposeResult
from textual.binding import BindingType

from inspector.panes.drawing.lines import Line, wrap
from inspector.tui.commands import SCREEN, application_commands, commands_of, key
from inspector.tui.screens.help import HelpScreen
from inspector.tui.shell import ShellScreen
from inspector.tui.widgets.buttons import Buttons
from inspector.tui.widgets.line_list import LineList
from inspector.tui.widgets.painting import Bar
from inspector.tui.widgets.prompt import Prompt

_FAR: Final = 1 << 30


class Choice(NamedTuple):
    """A line of a list, drawn for a width when it is in sight.

    `take` is None for a heading, `note` is what is said of it below the list, `key` what it stands for: the choice
    stays with that when the list changes.
    """

    draw: Callable[[int], Line]
    take: Callable[[], object] | None = None
    note: str = ""
    key: object = None


def heading(*pieces: tuple[str, str]) -> Choice:
    """A line that cannot be chosen."""
    return Choice(lambda _: list(pieces))


class _Drawn(Sequence[Line]):
    """The choices as lines of a width."""

    def __init__(self, choices: Sequence[Choice], width: int) -> None:
        self._choices = choices
        self._width = width

    def __len__(self) -> int:
        return len(self._choices)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [choice.draw(self._width) for choice in self._choices[at]]
        return self._choices[at].draw(self._width)


class ChooserScreen(ShellScreen[None]):
    """A list to choose from, `lines`, with a line on what is chosen, and a `prompt` in the place of the footer."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012
    GROUP: ClassVar[str] = "moving"
    HEADING: ClassVar[str] = ""
    AUTO_FOCUS = "#choices"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "Down a row"),
        key("k,up", "move(-1)", "Up a row"),
        key("pagedown,ctrl+f", "page(1)", "Down a page"),
        key("pageup,ctrl+b", "page(-1)", "Up a page"),
        key("g,home", "first", "To the first one"),
        key("G,end", "last", "To the last one"),
        key("enter,l,right,space", "take", "Open"),
        key("escape,h,left", "back", "Back"),
        key("question_mark", "help", "Help", SCREEN),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines = LineList("choices", self.HEADING, choice=True)
        self.prompt = Prompt()
        self._title = Bar("title")
        self._note = Bar("note")
        self._footer = Buttons("footer")
        self._choices: list[Choice] = []
        self._moved = False

    def choices(self) -> list[Choice]:
        """What there is to choose from."""
        raise NotImplementedError

    def offers(self) -> Sequence[tuple[str, str, str]]:
        """(key, word, action) for the footer, besides those that every list has."""
        return ()

    def title_line(self) -> Line:
        """The line on top."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The widgets from top to bottom; the footer and the prompt have one place."""
        yield self._title
        yield self.lines
        yield self._note
        yield self._footer
        yield self.prompt

    def on_resize(self) -> None:
        """As much as there is room for."""
        self.show_footer()
        self.show_choices()

    def show_footer(self) -> None:
        """What can be done here, as far as there is room."""
        back = [("esc", "back", "back")] if self._has_way_back else []
        keys = [("enter", "open", "take"), *self.offers(), *back, ("?", "help", "help")]
        keys += [("q", "quit", "app.quit"), ("ctrl+p", "palette", "app.command_palette")]
        self._footer.show_keys(keys)

    def show_choices(self) -> None:
        """Draws the list again; the choice stays where it is, on what it stands for once the user has moved."""
        width = self.lines.scrollable_content_region.width - 2
        if width <= 0:
            return
        chosen = self.chosen
        self._choices = self.choices()
        self.show_title()
        self.lines.show(_Drawn(self._choices, width))
        if self._moved and chosen.key is not None and self.chosen.key != chosen.key:
            self._go_to(chosen.key)
        if self._choices and not self.chosen.take:
            self._step(1)
        self._show_note()

    def choose(self, wanted: object) -> None:
        """Moves the choice to what has this key; it stays where that is not in the list."""
        self._moved = True
        self._go_to(wanted)
        self._show_note()

    def show_title(self) -> None:
        """The line on top, as it is now."""
        self._title.show([self.title_line()])

    @property
    def chosen(self) -> Choice:
        """What the choice stands on; a heading that says nothing where there is nothing."""
        return self._choices[min(self.lines.at, len(self._choices) - 1)] if self._choices else heading()

    def action_move(self, lines: int) -> None:
        """Moves the choice by so many lines."""
        self._moved = True
        self._step(lines)

    def action_page(self, pages: int) -> None:
        """Moves the choice by so many pages."""
        self.action_move(pages * self.lines.page)

    def action_first(self) -> None:
        """To the first line."""
        self.action_move(-_FAR)

    def action_last(self) -> None:
        """To the last line."""
        self.action_move(_FAR)

    def action_take(self) -> None:
        """Takes what is chosen."""
        if take := self.chosen.take:
            take()

    def action_back(self) -> None:
        """Leaves the screen, unless it is the first one."""
        if self._has_way_back:
            self.dismiss()

    def action_help(self) -> None:
        """The keys of this screen."""
        self.cover(HelpScreen(commands_of(self) + application_commands(self)))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """A click takes a line."""
        self._moved = True
        if self.chosen.take:
            self._show_note()
            self.action_take()
        else:
            self._step(1)

    @property
    def _has_way_back(self) -> bool:
        # Below the first one is only what Textual begins with.
        return self in self.app.screen_stack[2:]

    def _go_to(self, wanted: object) -> None:
        self.lines.choose(next((at for at, one in enumerate(self._choices) if one.key == wanted), self.lines.at))

    def _step(self, lines: int) -> None:
        """Moves the choice; headings are stepped over."""
        if not self._choices:
            return
        self.lines.move(lines)
        step = 1 if lines > 0 else -1
        for direction in (step, -step):
            at = self.lines.at
            while 0 <= at < len(self._choices) and not self._choices[at].take:
                at += direction
            if 0 <= at < len(self._choices):
                self.lines.choose(at)
                break
        if not any(choice.take for choice in self._choices[: self.lines.at]):
            # What stands above the first one can be seen too.
            self.lines.jump(0)
        self._show_note()

    def _show_note(self) -> None:
        self._note.show(wrap(self.chosen.note, max(10, self._note.content_size.width), "faint")[:3])
