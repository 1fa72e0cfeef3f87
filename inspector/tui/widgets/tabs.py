from textual import events

from inspector.panes.drawing.lines import Line, width_of
from inspector.tui.widgets.buttons import Button, Buttons


class Tabs(Buttons):
    """The names of the panes on one line; where they do not all fit, the others' numbers. A double click zooms."""

    def __init__(self, names: list[str], unnumbered: str) -> None:
        super().__init__("tabs")
        self._names = names
        self._unnumbered = unnumbered
        self._active = 0
        self._notes: dict[int, str] = {}

    def choose(self, active: int) -> None:
        """Marks a pane (from 0) as the one shown."""
        self._active = active
        self._draw()

    def note(self, pane: int, note: str) -> None:
        """A word behind a pane's name, such as a count."""
        if self._notes.get(pane, "") == note:
            return
        self._notes[pane] = note
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    async def on_click(self, event: events.Click) -> None:
        # A single click is for the handler of `Buttons`, which the toolkit calls by itself.
        if event.chain == 2:
            event.prevent_default()
            await self.screen.run_action("zoom")

    def _draw(self) -> None:
        shown = [at for at, name in enumerate(self._names) if at == self._active or name != self._unnumbered]
        lines = [self._tab(pane, short=False) for pane in shown]
        if sum(map(width_of, lines)) - 1 > self.size.width:
            lines = [self._tab(pane, short=pane != self._active) for pane in shown]
        actions = ["sdk" if self._names[pane] == self._unnumbered else f"pane({pane + 1})" for pane in shown]
        self.show_buttons(map(Button, lines, actions))

    def _tab(self, pane: int, short: bool) -> Line:
        number = "w" if self._names[pane] == self._unnumbered else str(pane + 1)
        name = number if short else f"{number} {self._names[pane]}{self._notes.get(pane, '')}"
        return [(name, "reverse strong" if pane == self._active else "faint"), (" ", "")]
