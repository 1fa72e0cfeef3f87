"""The terminal as Textual drives it, where ours has to differ."""

from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver

_ENTER_ALTERNATE_SCREEN = "\x1b[?1049h"


class TerminalDriver(LinuxDriver):
    """Textual's driver, for a terminal that may go away.

    Textual's thread that writes would end with it, and whoever writes would then wait for ever.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Textual's own, private: it has no public way to another file than stderr, and its thread that writes is given
        # this one when the application starts.
        self._file = cast(Any, DroppingFile(cast(IO[str], self._file)))


class SeamlessDriver(TerminalDriver):
    """For a terminal whose alternate screen holds the preview: entering it again would blank it."""

    def write(self, data: str) -> None:
        """Everything but that one sequence."""
        super().write(data.replace(_ENTER_ALTERNATE_SCREEN, ""))


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
