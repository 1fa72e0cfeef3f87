"""What commands share when they print: data to stdout, everything else to stderr."""

import os
import sys
from typing import NoReturn

from inspector.text.sanitise import sanitise


def note(text: str) -> None:
    """One line for the user, on stderr."""
    try:
        print(f"inspector: {sanitise(text)}", file=sys.stderr)
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
