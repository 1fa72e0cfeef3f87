from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from inspector.tui.content.content import Content
from inspector.tui.model import Session
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.pane import Pane


class ReadingScreen(Screen[None]):
    """One text on the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,r", "dismiss", "Back"),
        ("j,down", "scroll_by(1)", "Down"),
        ("k,up", "scroll_by(-1)", "Up"),
        ("space,pagedown,ctrl+f", "scroll_by(20)", "Page down"),
        ("b,pageup,ctrl+b", "scroll_by(-20)", "Page up"),
        ("g,home", "scroll_by(-1000000000)", "First line"),
        ("G,end", "scroll_by(1000000000)", "Last line"),
    ]

    def __init__(self, title: str, session: Session, content: Callable[[Session, int, int], Content]) -> None:
        super().__init__()
        self._title = title
        self._session = session
        self._content = content

    def compose(self) -> ComposeResult:
        yield Bar("title")
        pane = Pane(self._session, self._title, self._content)
        pane.add_class("-shown")
        yield pane
        yield Bar("footer")

    def on_mount(self) -> None:
        self.query_one("#title", Bar).show([[("inspector  ", "dim"), (self._title, "strong")]])
        self.query_one("#footer", Bar).show(
            [[("esc", "accent"), (" back   ", "dim"), ("j k", "accent"), (" scroll", "dim")]]
        )
        self.query_one(Pane).focus()

    def action_scroll_by(self, lines: int) -> None:
        self.query_one(Pane).scroll_lines(lines)
