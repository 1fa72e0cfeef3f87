"""The list and the panes, and the border between them."""

from math import ceil
from typing import Final

from textual import events
from textual.containers import Container
from textual.widget import Widget

from inspector.tui.shell import shell_of
from inspector.tui.widgets.buttons import PANE_ALONE, Buttons

_LEAST: Final = 20
_MOST: Final = 80
_STEP: Final = 0.05
_GRIP: Final = 1


class Split(Container):
    """A list, and something beside or below it; the border between them can be dragged.

    The share of what stands beside or below is the settings', in percent; 0 leaves it to the style sheet.
    """

    def __init__(self, first: Widget, side: Widget) -> None:
        super().__init__(first, side, id="body")
        self._first = first
        self._side = side
        self._dragging = False

    @property
    def below(self) -> bool:
        """Whether one is below the other, for want of columns."""
        return self.screen.has_class("-narrow")

    def grow(self, steps: int) -> None:
        """Gives the side so many steps more, which is kept."""
        taken, size = self._side.outer_size, self.size
        now, whole = (taken.height, size.height) if self.below else (taken.width, size.width)
        self._share_out(now + steps * max(1, round(whole * _STEP)), whole)
        shell_of(self).keep()

    def give_room(self) -> None:
        """Gives the side its share, unless it has everything."""
        side = self._side.styles
        settings = shell_of(self).settings
        share = settings.panes_below if self.below else settings.panes_beside
        for name in ("width", "min_width", "max_width", "height"):
            side.clear_rule(name)
        if not share or self.screen.has_class(PANE_ALONE):
            return
        if self.below:
            side.height = f"{share}%"
        else:
            side.width = side.min_width = side.max_width = f"{share}%"

    def on_resize(self) -> None:
        """The side may be below now, or beside."""
        self.give_room()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes hold of the border."""
        if self._on_border(event):
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Moves the border along."""
        if self._dragging and event.button:
            if self.below:
                self._share_out(self.region.bottom - event.screen_y, self.size.height)
            else:
                self._share_out(self.region.right - event.screen_x, self.size.width)

    def on_mouse_up(self) -> None:
        """Lets go of the border; its place is kept."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            shell_of(self).keep()

    async def on_click(self, event: events.Click) -> None:
        """The names of the panes may be the border: who had the mouse hands the click on."""
        widget, region = self.screen.get_widget_at(event.screen_x, event.screen_y)
        if isinstance(widget, Buttons):
            event.stop()
            await widget.click(event.screen_x - region.x, event.chain)

    def _on_border(self, event: events.MouseDown) -> bool:
        if not self._side.display or not self._first.display:
            return False
        if self.below:
            return event.screen_y == self._side.region.y
        return self._side.region.x - _GRIP <= event.screen_x <= self._side.region.x

    def _share_out(self, cells: float, whole: int) -> None:
        # Rounded up: the style rounds down, and a step is to be seen.
        percent = min(max(_LEAST, ceil(100 * cells / whole)), _MOST)
        settings = shell_of(self).settings
        if self.below:
            settings.panes_below = percent
        else:
            settings.panes_beside = percent
        self.give_room()
