"""The terminal as Textual drives it, where ours has to differ."""

import os
import re
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import IO, Any, Final, cast

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

_ENTER_ALTERNATE_SCREEN: Final = "\x1b[?1049h"
_LOOK_S: Final = 0.1
_READ: Final = 4096
# No terminal has as many columns or rows; one that says so would have us paint them.
_MOST_CELLS: Final = 2_000
# After so many looks without a byte no more comes of a paste: its end got lost.
_PASTE_LOOKS: Final = 10
_CTRL_C: Final = "\x03"
_BEFORE_ESCAPE: Final = re.compile("(?=\x1b)")


class TerminalDriver(LinuxDriver):
    """Textual's driver, for a terminal that may go away, and that may send anything.

    Textual's thread that writes would end with the terminal, and whoever writes would then wait for ever. Its thread
    that reads would end with the first byte that is no UTF-8, or the first report that makes no sense.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Textual's own, private: it has no public way to another file than stderr, and its thread that writes is given
        # this one when the application starts.
        self._file = cast(Any, DroppingFile(cast(IO[str], self._file)))

    def run_input_thread(self) -> None:
        """Reads what the terminal sends, until the application ends."""
        keyboard = Keyboard()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(_LOOK_S)
                try:
                    read = os.read(self.fileno, _READ) if ready else b""
                except OSError:
                    # The terminal is gone; the application looks for that itself.
                    return
                if ready and not read:
                    return
                for message in keyboard.messages(read):
                    self.process_message(message)


class SeamlessDriver(TerminalDriver):
    """For a terminal whose alternate screen holds the preview: entering it again would blank it."""

    def write(self, data: str) -> None:
        """Everything but that one sequence."""
        super().write(data.replace(_ENTER_ALTERNATE_SCREEN, ""))


class Keyboard:
    """What a terminal sends, as Textual's messages, whatever it is.

    A paste is gathered here: the parser takes it letter by letter, and until the paste ends takes every key for a part
    of it, ctrl+c too.
    """

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        # Textual's own, private.
        self._parser = XTermParser()
        self._pasted: list[str] | None = None
        self._held = ""
        self._silent = 0

    def messages(self, read: bytes) -> Iterator[Message]:
        """The messages of some further bytes; without bytes what can be told because nothing came for a moment."""
        text, self._held = self._held + self._decode(read), ""
        self._silent = 0 if read else self._silent + 1
        while text or self._pasted is not None:
            if self._pasted is None:
                typed, begun, text = text.partition(BRACKETED_PASTE_START)
                if read and not begun:
                    # One letter or two of it are a key of their own.
                    typed, self._held = _without_beginning(typed, BRACKETED_PASTE_START, 3)
                # A part for each escape sequence: where the parser fails, it is one that is lost.
                for part in filter(None, _BEFORE_ESCAPE.split(typed)):
                    yield from self._parsed(partial(self._parser.feed, part))
                self._pasted = [] if begun else None
                continue
            pasted, ended, text = text.partition(BRACKETED_PASTE_END)
            if _CTRL_C in pasted:
                # Nobody pastes that: the end got lost, and somebody wants to leave.
                pasted, ended, text = pasted[: pasted.index(_CTRL_C)], _CTRL_C, _CTRL_C
            if not ended and self._silent < _PASTE_LOOKS:
                pasted, self._held = _without_beginning(pasted, BRACKETED_PASTE_END, 1)
                self._pasted.append(pasted)
                break
            whole, self._pasted = "".join([*self._pasted, pasted]), None
            # As Textual does: no terminal pastes a NUL on purpose.
            yield events.Paste(whole.replace("\x00", ""))
        yield from self._parsed(self._parser.tick)

    def _parsed(self, parse: Callable[[], Iterable[Message]]) -> Iterator[Message]:
        try:
            for message in parse():
                if _possible(message):
                    yield message
        # A parser that has failed does not go on: what the terminal sends next is for another one.
        except Exception:  # noqa: BLE001
            failed, self._parser = self._parser, XTermParser()
            if failed.terminal_size and all(failed.terminal_size):
                self._parser.mouse_pixels = failed.mouse_pixels
                self._parser.terminal_size = failed.terminal_size
                self._parser.terminal_pixel_size = failed.terminal_pixel_size


def _without_beginning(text: str, mark: str, least: int) -> tuple[str, str]:
    """A text, and what it ends with where that may be the beginning of a mark, at least so many letters of it."""
    for size in range(len(mark) - 1, least - 1, -1):
        if text.endswith(mark[:size]):
            return text[:-size], mark[:size]
    return text, ""


def _possible(message: Message) -> bool:
    """Whether a terminal can mean it: there are sizes, places and characters that cannot be."""
    if isinstance(message, events.Resize):
        return 0 < message.size.width <= _MOST_CELLS and 0 < message.size.height <= _MOST_CELLS
    if isinstance(message, events.MouseEvent):
        return 0 <= message.x < _MOST_CELLS and 0 <= message.y < _MOST_CELLS
    if isinstance(message, events.Key):
        return not message.character or not _surrogate(message.character)
    return True


def _surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


class DroppingFile:
    """A terminal's file; what it does not take any more is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Writes, if there is still somebody who takes it."""
        try:
            self._file.write(text)
        except OSError:
            pass

    def flush(self) -> None:
        """Flushes, if there is still somebody who takes it."""
        try:
            self._file.flush()
        except OSError:
            pass

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._file.fileno()
