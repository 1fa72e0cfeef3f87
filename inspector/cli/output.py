"""What commands share when they print: data to stdout, everything else to stderr."""

import os
import sys
from typing import NoReturn

from inspector.visible import visible


def note(text: str) -> None:
    """One line for the user, on stderr."""
    try:
        print(f"inspector: {visible(text)}", file=sys.stderr)
    except BrokenPipeError:
        # Nobody listens: else Python would try it once more at the end, and exit with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def fail(text: str, code: int = 2) -> NoReturn:
    """Ends the command with one line that says what is wrong and what to do."""
    import typer

    note(text)
    raise typer.Exit(code)


def data(line: bytes) -> None:
    """Bytes for stdout, as they are."""
    sys.stdout.buffer.write(line)


def use_color(stream_fd: int = 1) -> bool:
    """Whether to colour what goes to this file descriptor: a terminal, and NO_COLOR not set (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and os.isatty(stream_fd)


class Paint:
    """Escape sequences for a few roles, or none where colour is off."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, *roles: str) -> str:
        if not self._on or not roles or not text:
            return text
        codes = ";".join(_SGR[role] for role in roles)
        return f"\x1b[{codes}m{text}\x1b[0m"


_SGR = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
