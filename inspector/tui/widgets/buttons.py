"""Lines that are clicked: of a footer, of a list's headings, the names of the panes."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from rich.cells import cell_len
from textual import events

from inspector.panes.drawing.lines import Line, width_of
from inspector.tui.widgets.painting import Bar

PANE_ALONE: Final = "-zoom-pane"
"""The class of a screen whose pane has all of it."""


class Button(NamedTuple):
    """A piece of a line; `action` is what a click runs, the screen's unless it names another namespace, "" for none."""

    line: Line
    action: str = ""


class Buttons(Bar):
    """One line of pieces, most of which do something when they are clicked."""

    SELECTABLE = False

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._given: list[Button] = []
        self._buttons: list[Button] = []

    def on_resize(self) -> None:
        """Others may fit now."""
        # It has no size while something else is in its place.
        self.show_buttons(self._given)

    def show_buttons(self, buttons: Iterable[Button]) -> None:
        """Those that fit, the first ones first."""
        self._given = list(buttons)
        self._buttons = list(_fitting(self._given, self.content_size.width))
        line = [piece for button in self._buttons for piece in button.line]
        if line:
            text, role = line[-1]
            line[-1] = (text.rstrip(), role)
        self.show([line])

    def show_keys(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """A footer: (key, word, action) of what can be done here."""
        self.show_buttons(Button([(name, "accent"), (f" {word}   ", "dim")], action) for name, word, action in keys)

    async def on_click(self, event: events.Click) -> None:
        """Runs the action of what was clicked."""
        event.stop()
        await self.click(event.x, event.chain)

    async def click(self, x: int, chain: int) -> None:
        """The same for a column of the widget; `chain` is 2 for a double click."""
        if (button := self.button_at(x - self.gutter.left)) and button.action:
            await self.screen.run_action(button.action)

    def button_at(self, x: int) -> Button | None:
        """The button at a column of the content."""
        edge = 0
        for button in self._buttons:
            edge += width_of(button.line)
            if x < edge:
                return button if x >= 0 else None
        return None


class Tabs(Buttons):
    """The names of the panes on one line, where they do not all fit the others' beginnings. A double click zooms.

    Where the panes are below the list this line is the border between them, and says what keys give them room.
    """

    def __init__(self, names: list[str], unnumbered: str) -> None:
        """The pane that is called `unnumbered` has the key w, and its name is there only while the pane is."""
        super().__init__("tabs")
        self._names = names
        self._unnumbered = unnumbered
        self._active = 0
        self._notes: dict[int, str] = {}

    def choose(self, active: int) -> None:
        """Marks a pane (from 0) as the one shown."""
        self._active = active
        self.draw()

    def note(self, pane: int, note: str) -> None:
        """A word behind a pane's name, such as a count."""
        if self._notes.get(pane, "") == note:
            return
        self._notes[pane] = note
        self.draw()

    def on_resize(self) -> None:
        """Whole names or their beginnings, as there is room."""
        self.draw()

    async def click(self, x: int, chain: int) -> None:
        """A double click zooms the pane."""
        if chain == 2:
            await self.screen.run_action("zoom")
        else:
            await super().click(x, chain)

    def draw(self) -> None:
        """Draws them as the screen is now."""
        shown = [at for at, name in enumerate(self._names) if at == self._active or name != self._unnumbered]
        letters = max(map(len, self._names))
        lines = [self._tab(pane, letters) for pane in shown]
        while letters and sum(map(width_of, lines)) - 1 > self.size.width:
            letters -= 1
            lines = [self._tab(pane, letters) for pane in shown]
        actions = ["sdk" if self._names[pane] == self._unnumbered else f"pane({pane + 1})" for pane in shown]
        buttons = [*map(Button, lines, actions)]
        if self.screen.has_class("-narrow"):
            alone = self.screen.has_class(PANE_ALONE)
            buttons.append(Button([(" back " if alone else " zoom ", "dim"), ("z ", "accent")], "zoom"))
            buttons += [] if alone else [Button([("hide ", "dim"), ("Z", "accent")], "zoom_list")]
        self.show_buttons(buttons)

    def _tab(self, pane: int, letters: int) -> Line:
        """A name, of which all but the one in sight has at most so many letters."""
        number = "w" if self._names[pane] == self._unnumbered else str(pane + 1)
        name, note = self._names[pane], self._notes.get(pane, "")
        if pane != self._active and len(name) > letters:
            name, note = name[:letters].rstrip(), ""
        name = f"{number} {name}{note}".rstrip()
        return [(name, "reverse strong" if pane == self._active else "faint"), (" ", "")]


def _fitting(buttons: Iterable[Button], width: int) -> Iterator[Button]:
    for button in buttons:
        text = "".join(text for text, _ in button.line)
        # The blanks that keep it from the next one may hang over.
        if cell_len(text.rstrip()) > width:
            return
        yield button
        width -= cell_len(text)
