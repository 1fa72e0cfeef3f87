"""How every command speaks and ends: data to stdout, one line to stderr for what the user can mend, the exit status."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from inspector.recording import InspectorError
from inspector.text.sanitise import sanitise


def data(line: bytes) -> None:
    """Bytes for stdout, as they are."""
    sys.stdout.buffer.write(line)


def note(text: str) -> None:
    """One line for the user, on stderr, without what a URL in it must not show."""
    # Most commands have nothing to say.
    from inspector.recording.redaction import shown

    try:
        print(f"inspector: {sanitise(shown(text))}", file=sys.stderr)
    except BrokenPipeError:
        # Nobody listens: else Python would try it once more at the end, and exit with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def fail(text: str, code: int = 2) -> NoReturn:
    """Ends the command with one line that says what is wrong and what to do."""
    import typer

    note(text)
    raise typer.Exit(code)


def guarded(command: Callable[[], object]) -> NoReturn:
    """Runs a command, which returns its exit status or nothing, and exits. Never a traceback for an InspectorError."""
    try:
        result = command()
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would report the pipe once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except KeyboardInterrupt:
        code = 130
    except InspectorError as error:
        note(str(error))
        code = 2
    sys.exit(code)
