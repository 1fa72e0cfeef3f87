"""What every command is run in: a clear line for what the user can mend, and the exit status."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from inspector.cli.output import note
from inspector.recording import InspectorError


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
