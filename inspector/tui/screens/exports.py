from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from textual.binding import BindingType

from inspector.panes import copies as copying
from inspector.panes.model import StreamModel
from inspector.panes.request import request_content
from inspector.tui.commands import Command
from inspector.tui.exporting import export, export_formats
from inspector.tui.screens.content_screen import ReadingScreen
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.stream_base import StreamBase, key

_COPIES: Final[dict[str, tuple[str, Callable[[StreamModel], str | None]]]] = {
    "e": ("the event's JSON", copying.event_json),
    "r": ("the event's bytes as text", copying.event_bytes),
    "t": ("the block's text, or its tool input", copying.block_text),
    "m": ("the message as JSON", copying.message_json),
    "c": ("a curl command that repeats the request", copying.curl),
}


class Taking(StreamBase):
    """Reading the request, copying, exporting."""

    GROUP: ClassVar[str] = "taking"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("y", "copy", "Copy the event, the text, the message, a curl command"),
        key("r", "request", "The request and the response's headers"),
        key("s", "export", "Save the stream in another format"),
    ]

    def action_copy(self) -> None:
        choices = {name: what for name, (what, _) in _COPIES.items()}
        self.app.push_screen(MenuScreen("copy", choices), self._copy)

    def action_request(self) -> None:
        self.app.push_screen(ReadingScreen("request", self.stream, request_content))

    def action_export(self) -> None:
        choices = {str(number): f"{name}: {summary}" for number, (name, summary) in enumerate(export_formats(), 1)}
        self.app.push_screen(MenuScreen("save as", choices), self._export)

    def action_copy_as(self, choice: str) -> None:
        what, text_of = _COPIES[choice]
        text = text_of(self.stream)
        if text is None:
            self.say(f"there is nothing to copy: {what}")
        else:
            self.app.copy_to_clipboard(text)
            moment = f" as of event {self.stream.cursor:,}" if self.stream.cursor and choice in "tm" else ""
            self.say(f"copied {what}{moment}: {len(text):,} characters")

    def action_save_as(self, format_name: str) -> None:
        self.say(export(self.stream.exchange, self.source.name, format_name))

    def further_commands(self) -> Iterator[Command]:
        """What the menus hold, each on its own, for the palette."""
        for choice, (what, _) in _COPIES.items():
            yield Command(f"copy_as({choice!r})", f"Copy {what}", f"y {choice}")
        for number, (name, summary) in enumerate(export_formats(), 1):
            yield Command(f"save_as({name!r})", f"Save as {name}: {summary}", f"s {number}")

    def _copy(self, choice: str | None) -> None:
        if choice:
            self.action_copy_as(choice)

    def _export(self, choice: str | None) -> None:
        if choice:
            self.action_save_as(export_formats()[int(choice) - 1][0])
