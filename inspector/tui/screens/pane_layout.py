"""The panes of a stream's screen and the room that they have."""

from typing import Any, ClassVar, Final

from textual.binding import Binding
from textual.containers import Container
from textual.screen import Screen

from inspector.panes.model import StreamModel
from inspector.panes.registry import CONTENTS, NAMES, SDK
from inspector.session.sources import Source
from inspector.tui.commands import Part, key
from inspector.tui.widgets.buttons import PANE_ALONE, Tabs
from inspector.tui.widgets.pane import PaneView
from inspector.tui.widgets.split import Split
from inspector.tui.widgets.timeline_list import TimelineList

_LIST_ALONE: Final = "-zoom-list"


class PaneLayout(Part):
    """Which pane is in sight, how much room it has beside the list, and how it draws.

    What is zoomed is a class of the screen, for the style sheet. `widget` is all of it, the list too.
    """

    GROUP: ClassVar[str] = "panes"
    BINDINGS: ClassVar[list[Binding]] = [
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
        key("X", "fold", "Fold the bytes of the event, or show them"),
        key("v", "markdown", "Message as Markdown or as plain text"),
    ]

    def __init__(self, screen: Screen[Any], stream: StreamModel, source: Source, timeline: TimelineList) -> None:
        super().__init__(screen)
        self.stream = stream
        self._source = source
        self._timeline = timeline
        self._panes = [PaneView(stream, name, content) for name, content in CONTENTS.items()]
        self._tabs = Tabs(NAMES, SDK)
        self._side = Container(self._tabs, *self._panes, id="side")
        self._shown = 0
        self.widget = Split(timeline, self._side)

    @property
    def pane(self) -> PaneView:
        """The pane in sight."""
        return self._panes[self._shown]

    @property
    def focused(self) -> PaneView | None:
        """The pane that has the keys, None where the list has them."""
        focused = self.screen.focused
        return focused if isinstance(focused, PaneView) else None

    def arrange(self) -> None:
        """Once the widgets are there: the pane beside the list, which has the keys."""
        self._show(self._shown)
        self._zoom("")

    def show_findings(self) -> None:
        """The pane with the findings."""
        self.action_pane(NAMES.index("findings") + 1)

    def note_findings(self) -> None:
        """How many findings there are, behind the pane's name."""
        self._tabs.note(NAMES.index("findings"), self.stream.findings_note)

    def leave(self) -> None:
        """Gives the keys to the list."""
        if self.focused:
            self.screen.set_focus(self._timeline)

    def leave_zoom(self) -> bool:
        """Back to list and panes; False where both are in sight."""
        if not self._zoomed:
            return False
        self._zoom("")
        return True

    def action_pane(self, number: int) -> None:
        """Shows a pane by its number, from 1."""
        if self.screen.has_class(_LIST_ALONE):
            self._zoom("")
        self._show(number - 1)

    def action_next_pane(self, step: int) -> None:
        """The next pane that has a number, or the one before."""
        numbered = len(self._panes) - 1
        self.action_pane((min(self._shown, numbered - (step > 0)) + step) % numbered + 1)

    def action_sdk(self) -> None:
        """What the SDK makes of the stream, and back."""
        if self._shown == len(self._panes) - 1:
            self._show(0)
        else:
            self.stream.ask_sdk(self._source.path, self._source.number)
            self.action_pane(len(self._panes))

    def action_hexadecimal(self) -> None:
        """The event's bytes as text or as hex."""
        self.stream.hexadecimal = not self.stream.hexadecimal
        self.pane.update(force=True)

    def action_fold(self) -> None:
        """The event without its bytes, so that what explains it is nearer, or with them."""
        self.stream.folded = not self.stream.folded
        self.pane.update(force=True)

    def action_markdown(self) -> None:
        """The message as Markdown or as it stands."""
        self.stream.markdown = not self.stream.markdown
        self.pane.update(force=True)

    def action_scroll_pane(self, lines: int) -> None:
        """Scrolls the pane by so many lines, whatever has the keys."""
        self.pane.scroll_lines(lines)

    def action_enter_pane(self) -> None:
        """Gives the keys to the pane, and back."""
        self.screen.set_focus(self._timeline if self.focused else self.pane)

    def action_zoom(self) -> None:
        """The pane alone, and back."""
        self._zoom("" if self.screen.has_class(PANE_ALONE) else PANE_ALONE)

    def action_zoom_list(self) -> None:
        """The list alone, and back."""
        self._zoom("" if self.screen.has_class(_LIST_ALONE) else _LIST_ALONE)

    def action_grow(self, steps: int) -> None:
        """Gives the panes so many steps more room."""
        if not self._zoomed:
            self.widget.grow(steps)

    @property
    def _zoomed(self) -> bool:
        return self.screen.has_class(PANE_ALONE) or self.screen.has_class(_LIST_ALONE)

    def _show(self, pane: int) -> None:
        in_pane = self.focused is not None
        self._shown = pane
        for at, widget in enumerate(self._panes):
            widget.set_class(at == pane, "-shown")
        self._tabs.choose(pane)
        if in_pane:
            self.pane.focus()
        self.screen.call_after_refresh(self.pane.update)

    def _zoom(self, name: str) -> None:
        self.screen.remove_class(PANE_ALONE, _LIST_ALONE)
        if name:
            self.screen.add_class(name)
        self.screen.set_focus(self.pane if name == PANE_ALONE else self._timeline)
        # Words of our own: the markup makes them clickable.
        zoom, hide = ("back", "") if name == PANE_ALONE else ("zoom", "  [@click=screen.zoom_list]hide [b]Z[/b][/]")
        self._side.border_title = f"[@click=screen.zoom]{zoom} [b]z[/b][/]{hide}"
        panes = "  [@click=screen.zoom_list]show the panes [b]Z[/b][/]" if name == _LIST_ALONE else ""
        self._timeline.title(f"timeline{panes}")
        self._tabs.draw()
        self.widget.give_room()
