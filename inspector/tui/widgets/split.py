from math import ceil
from typing import Final

from textual import events
from textual.containers import Container
from textual.message import Message

from inspector.tui.widgets.timeline_list import TimelineList

_LEAST: Final = 20
_MOST: Final = 80
_STEP: Final = 0.05
_GRIP: Final = 1


class Split(Container):
    """The timeline and the panes, beside or below it; the border between them can be dragged.

    `shares` are the panes' parts in percent, (beside, below); 0 leaves it to the style sheet.
    """

    class Shared(Message):
        """The user has given the panes another share."""

        def __init__(self, shares: tuple[int, int]) -> None:
            super().__init__()
            self.shares = shares

    def __init__(self, shares: tuple[int, int]) -> None:
        super().__init__(id="body")
        self._shares = shares
        self._dragging = False

    @property
    def below(self) -> bool:
        """Whether the panes are below the timeline."""
        return self.screen.has_class("-narrow")

    def grow(self, steps: int) -> None:
        """Gives the panes so many steps more."""
        side, size = self.query_one("#side").outer_size, self.size
        now, whole = (side.height, size.height) if self.below else (side.width, size.width)
        self._share(now + steps * max(1, round(whole * _STEP)), whole)
        self.post_message(self.Shared(self._shares))

    def on_resize(self) -> None:
        self.give_room()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self._on_border(event):
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging and event.button:
            if self.below:
                self._share(self.region.bottom - event.screen_y, self.size.height)
            else:
                self._share(self.region.right - event.screen_x, self.size.width)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            self.post_message(self.Shared(self._shares))

    def _on_border(self, event: events.MouseDown) -> bool:
        side = self.query_one("#side")
        if not side.display or not self.query_one(TimelineList).display:
            return False
        if self.below:
            return event.screen_y == side.region.y
        return side.region.x - _GRIP <= event.screen_x <= side.region.x

    def _share(self, cells: float, whole: int) -> None:
        # Rounded up: the style rounds down, and a step is to be seen.
        percent = min(max(_LEAST, ceil(100 * cells / whole)), _MOST)
        beside, below = self._shares
        self._shares = (beside, percent) if self.below else (percent, below)
        self.give_room()

    def give_room(self) -> None:
        """Gives the panes their share, unless they have everything."""
        side = self.query_one("#side").styles
        zoomed = self.screen.has_class("-zoom-pane")
        share = 0 if zoomed else self._shares[self.below]
        for name in ("width", "min_width", "max_width", "height"):
            side.clear_rule(name)
        if not share:
            return
        if self.below:
            side.height = f"{share}%"
        else:
            side.width = side.min_width = side.max_width = f"{share}%"
