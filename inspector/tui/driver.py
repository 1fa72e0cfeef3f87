from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver

_ENTER_ALTERNATE_SCREEN = "\x1b[?1049h"


class TerminalDriver(LinuxDriver):
    """Textual's driver, for a terminal that may go away.

    Textual's thread that writes would end with it, and whoever writes would then wait for ever.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = cast(Any, Output(cast(IO[str], self._file)))


class SeamlessDriver(TerminalDriver):
    """For a terminal whose alternate screen holds the preview: entering it again would blank it."""

    def write(self, data: str) -> None:
        super().write(data.replace(_ENTER_ALTERNATE_SCREEN, ""))


class Output:
    """A terminal's output; what it does not take any more is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            pass

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            pass

    def fileno(self) -> int:
        return self._file.fileno()
