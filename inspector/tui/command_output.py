"""What the command behind `run --tui` prints: a file in the session's folder."""

from pathlib import Path
from typing import Final

from inspector.text.sanitise import sanitise

NAME: Final = "output.log"
_KEPT_LINES: Final = 10_000


class CommandOutput:
    """The file as lines that are harmless to show; the last 10,000 of them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._position = 0
        self.lines: list[str] = []
        self._unfinished = False

    @property
    def exists(self) -> bool:
        return self.path.is_file()

    def update(self) -> bool:
        """Takes in what has been printed since; whether that was anything."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._position)
                text = file.read()
        except OSError:
            return False
        if not text:
            return False
        self._position += len(text)
        first, *others = text.decode("utf-8", "replace").split("\n")
        first = sanitise(first, lines=True)
        if self._unfinished:
            self.lines[-1] += first
        else:
            self.lines.append(first)
        self.lines += [sanitise(line, lines=True) for line in others]
        self._unfinished = True
        del self.lines[:-_KEPT_LINES]
        return True
