from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from inspector.panes.registry import NAMES, SDK
from inspector.tui.screens.stream_base import StreamBase, key
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.split import Split
from inspector.tui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp


class Arranging(StreamBase):
    """Which pane is in sight, how much room it has, and how it draws."""

    GROUP: ClassVar[str] = "panes"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("tab", "next_pane(1)", "Next pane"),
        key("shift+tab", "next_pane(-1)", "Previous pane"),
        *(key(str(number), f"pane({number})", f"Pane {name}") for number, name in enumerate(NAMES, 1) if name != SDK),
        key("w", "sdk", "What the SDK would have yielded"),
        key("J,shift+down", "scroll_pane(1)", "Scroll the pane down"),
        key("K,shift+up", "scroll_pane(-1)", "Scroll the pane up"),
        key("enter", "enter_pane", "Into the pane and back"),
        key("z", "zoom", "Zoom the pane to the full screen and back"),
        key("Z", "zoom_list", "Hide the panes and back"),
        key("plus,equals_sign", "grow(1)", "Larger panes"),
        key("minus", "grow(-1)", "Smaller panes"),
        key("x", "hexadecimal", "Bytes of the event as text or as hex"),
        key("v", "markdown", "Message as Markdown or as plain text"),
    ]
    _shown = 0

    @property
    def pane(self) -> Pane:
        """The pane in sight."""
        return self._panes[self._shown]

    @property
    def zoomed(self) -> bool:
        return self.has_class("-zoom-pane") or self.has_class("-zoom-list")

    def show_panes(self) -> None:
        """Once the widgets are there: the first pane, beside the list."""
        self._panes = list(self.query(Pane))
        self._show(0)
        self._zoom("")

    def action_pane(self, number: int) -> None:
        if self.has_class("-zoom-list"):
            self._zoom("")
        self._show(number - 1)

    def action_next_pane(self, step: int) -> None:
        numbered = len(self._panes) - 1
        self.action_pane((min(self._shown, numbered - (step > 0)) + step) % numbered + 1)

    def action_sdk(self) -> None:
        if self._shown == len(self._panes) - 1:
            self._show(0)
        else:
            self.stream.ask_sdk(self.source.path, self.source.number)
            self.action_pane(len(self._panes))

    def action_hexadecimal(self) -> None:
        self.stream.hexadecimal = not self.stream.hexadecimal
        self.pane.update(force=True)

    def action_markdown(self) -> None:
        self.stream.markdown = not self.stream.markdown
        self.pane.update(force=True)

    def action_scroll_pane(self, lines: int) -> None:
        self.pane.scroll_lines(lines)

    def action_enter_pane(self) -> None:
        self.set_focus(self.timeline if self.focused_pane else self.pane)

    def action_zoom(self) -> None:
        self._zoom("" if self.has_class("-zoom-pane") else "-zoom-pane")

    def action_zoom_list(self) -> None:
        self._zoom("" if self.has_class("-zoom-list") else "-zoom-list")

    def action_grow(self, steps: int) -> None:
        if not self.zoomed:
            self.query_one(Split).grow(steps)

    def on_split_shared(self, message: Split.Shared) -> None:
        app = cast("InspectorApp", self.app)
        app.settings.panes_beside, app.settings.panes_below = message.shares
        app.keep()

    def leave_zoom(self) -> bool:
        """Back to list and panes; False where both are in sight."""
        if not self.zoomed:
            return False
        self._zoom("")
        return True

    def _show(self, pane: int) -> None:
        in_pane = self.focused_pane is not None
        self._shown = pane
        for at, widget in enumerate(self._panes):
            widget.set_class(at == pane, "-shown")
        self.query_one(Tabs).choose(pane)
        if in_pane:
            self.pane.focus()
        self.call_after_refresh(self.pane.update)

    def _zoom(self, name: str) -> None:
        self.remove_class("-zoom-pane", "-zoom-list")
        if name:
            self.add_class(name)
        self.set_focus(self.pane if name == "-zoom-pane" else self.timeline)
        # Words of our own: the markup makes them clickable.
        zoom, hide = ("back", "") if name == "-zoom-pane" else ("zoom", "  [@click=screen.zoom_list]hide [b]Z[/b][/]")
        self.query_one("#side").border_title = f"[@click=screen.zoom]{zoom} [b]z[/b][/]{hide}"
        panes = "  [@click=screen.zoom_list]show the panes [b]Z[/b][/]" if name == "-zoom-list" else ""
        self.timeline.border_title = f"timeline{panes}"
        self.query_one(Split).give_room()
