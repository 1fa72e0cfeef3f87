from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len
from textual import events

from inspector.panes.drawing.lines import Line, width_of
from inspector.tui.widgets.bar import Bar


class Button(NamedTuple):
    """A piece of a line; `action` is what a click runs, the screen's unless it names another namespace, "" for none."""

    line: Line
    action: str = ""


class Buttons(Bar):
    """One line of pieces, most of which do something when they are clicked."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._given: list[Button] = []
        self._buttons: list[Button] = []

    def on_resize(self) -> None:
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

    async def on_click(self, event: events.Click) -> None:
        if (button := self.button_at(event.x - self.gutter.left)) and button.action:
            event.stop()
            await self.screen.run_action(button.action)

    def button_at(self, x: int) -> Button | None:
        """The button at a column of the content."""
        edge = 0
        for button in self._buttons:
            edge += width_of(button.line)
            if x < edge:
                return button if x >= 0 else None
        return None


def _fitting(buttons: Iterable[Button], width: int) -> Iterator[Button]:
    for button in buttons:
        text = "".join(text for text, _ in button.line)
        # The blanks that keep it from the next one may hang over.
        if cell_len(text.rstrip()) > width:
            return
        yield button
        width -= cell_len(text)
