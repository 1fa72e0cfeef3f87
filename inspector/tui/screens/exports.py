"""Taking a stream along: its request to read, copies, other formats."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.binding import Binding
from textual.screen import Screen

from inspector.formats import FORMATS, named
from inspector.panes import copies
from inspector.panes.model import StreamModel
from inspector.panes.request import request_content
from inspector.timeline import Exchange
from inspector.tui.commands import Command, Part, asks, key
from inspector.tui.screens.menu import MenuScreen
from inspector.tui.screens.text_screen import ContentScreen

_COPIES: Final[dict[str, tuple[str, Callable[[StreamModel], str | None]]]] = {
    "e": ("the event's JSON", copies.event_json),
    "r": ("the event's bytes as text", copies.event_bytes),
    "t": ("the block's text, or its tool input", copies.block_text),
    "m": ("the message as JSON", copies.message_json),
    "c": ("a curl command that repeats the request", copies.curl),
}
# The others are of the whole stream, or of the one event.
_AS_OF_CURSOR: Final = "tm"


class Exports(Part):
    """Reading the request, copying, saving; `name` is what the stream is called, and files after it."""

    GROUP: ClassVar[str] = "taking"
    BINDINGS: ClassVar[list[Binding]] = [
        key("y", "copy", "Copy what is selected, else the event, the text, the message, a curl command"),
        key("r", "request", "The request and the response's headers"),
        key("s", "export", "Save the stream in another format"),
    ]

    def __init__(self, screen: Screen[Any], stream: StreamModel, name: str) -> None:
        super().__init__(screen)
        self.stream = stream
        self._name = name

    def further_commands(self) -> Iterator[Command]:
        """What the menus hold, each on its own, for the palette."""
        for choice, (what, _) in _COPIES.items():
            yield Command(f"copy_as({choice!r})", f"Copy {what}", f"y {choice}")
        for number, (name, summary) in enumerate(export_formats(), 1):
            yield Command(f"save_as({name!r})", f"Save as {name}: {summary}", f"s {number}")

    @asks
    async def action_copy(self) -> None:
        """Copies what is selected, else what the user chooses."""
        if self.shell.copy_selection():
            return
        choices = {choice: what for choice, (what, _) in _COPIES.items()}
        if choice := await self.shell.push_screen_wait(MenuScreen("copy", choices)):
            self.action_copy_as(choice)

    def action_request(self) -> None:
        """The request, on a screen of its own."""
        self.shell.push_screen(ContentScreen("request", self.stream, request_content))

    @asks
    async def action_export(self) -> None:
        """Saves the stream in the format that the user chooses."""
        formats = export_formats()
        choices = {str(number): f"{name}: {summary}" for number, (name, summary) in enumerate(formats, 1)}
        if choice := await self.shell.push_screen_wait(MenuScreen("save as", choices)):
            self.action_save_as(formats[int(choice) - 1][0])

    def action_copy_as(self, choice: str) -> None:
        """Copies what stands behind a letter of the menu."""
        what, text_of = _COPIES[choice]
        text = text_of(self.stream)
        if text is None:
            self.shell.say(f"there is nothing to copy: {what}")
        else:
            self.shell.copy_to_clipboard(text)
            as_of_cursor = self.stream.cursor and choice in _AS_OF_CURSOR
            moment = f" as of event {self.stream.cursor:,}" if as_of_cursor else ""
            self.shell.say(f"copied {what}{moment}: {len(text):,} characters")

    def action_save_as(self, format_name: str) -> None:
        """Saves the stream in the folder where the inspector was started."""
        self.shell.say(export(self.stream.exchange, self._name, format_name))


def export_formats() -> list[tuple[str, str]]:
    """(name, summary) of every format that can be written."""
    return [(name, found.summary) for name, found in FORMATS.items() if found.write]


def export(exchange: Exchange, name: str, format_name: str) -> str:
    """Writes the exchange, never over a file that is there; one line that says where to, or why not."""
    found = named(format_name)
    if not found.write:
        return f"the format {format_name} can only be read"
    stem = Path(name.replace(" #", "-")).stem or "stream"
    for number in count(1):
        path = Path(f"{stem}{'' if number == 1 else f'-{number}'}.{format_name}")
        try:
            with path.open("xb") as file:
                file.writelines(found.write(exchange))
        except FileExistsError:
            continue
        except OSError as error:
            return f"{path}: cannot be written: {(error.strerror or str(error)).lower()}"
        path.chmod(0o600)
        return f"saved as {path.absolute()}"
    raise AssertionError
