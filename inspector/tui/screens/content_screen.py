from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from inspector.panes.content import Content
from inspector.panes.model import StreamModel
from inspector.tui.screens.stream_base import key
from inspector.tui.screens.text_screen import TextScreen
from inspector.tui.widgets.pane import Pane


class ReadingScreen(TextScreen):
    """One text of a stream."""

    BINDINGS: ClassVar[list[BindingType]] = [key("r", "back", "Back")]

    def __init__(self, title: str, stream: StreamModel, content: Callable[[StreamModel, int, int], Content]) -> None:
        super().__init__(title)
        self._session = stream
        self._content = content

    def text(self) -> Pane:
        pane = Pane(self._session, self._title, self._content)
        pane.add_class("-shown")
        return pane

    def move(self, lines: int) -> None:
        self.query_one(Pane).scroll_lines(lines)
