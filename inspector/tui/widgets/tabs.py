from textual import events
from textual.message import Message

from inspector.tui.draw.lines import Line, width_of
from inspector.tui.widgets.bar import Bar


class Tabs(Bar):
    """The names of the panes on one line; where they do not all fit, the others' numbers."""

    class Chosen(Message):
        """The user pointed at a pane."""

        def __init__(self, pane: int) -> None:
            super().__init__()
            self.pane = pane

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

    def on_click(self, event: events.Click) -> None:
        at = 0
        for pane, piece in enumerate(self._pieces()):
            at += width_of(piece)
            if event.x < at:
                self.post_message(self.Chosen(pane))
                return

    def _draw(self) -> None:
        self.show([[piece for name in self._pieces() for piece in name][:-1]])

    def _pieces(self) -> list[Line]:
        pieces = [
            self._piece(pane, short=name == self._unnumbered and pane != self._active)
            for pane, name in enumerate(self._names)
        ]
        if sum(map(width_of, pieces)) - 1 > self.size.width:
            pieces = [self._piece(pane, short=pane != self._active) for pane in range(len(self._names))]
        return pieces

    def _piece(self, pane: int, short: bool) -> Line:
        number = "w" if self._names[pane] == self._unnumbered else str(pane + 1)
        name = number if short else f"{number} {self._names[pane]}{self._notes.get(pane, '')}"
        if self._names[pane] == self._unnumbered and pane != self._active:
            return []
        role = "reverse strong" if pane == self._active else "faint"
        return [(name, role), (" ", "")]
