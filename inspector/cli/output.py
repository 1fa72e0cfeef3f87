"""How every command speaks and ends: data to stdout, one line to stderr for what the user can mend, the exit status."""

import errno
import os
import signal
import sys
import threading
import traceback
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, Self

from inspector.recording import InspectorError, UnwritableError
from inspector.text.sanitise import sanitise
from inspector.text.wording import reason

_INTERRUPTED: Final = 130
_OF_WRITING: Final = (errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF)
_PACKAGE: Final = Path(__file__).parent.parent
# Whoever waits for less wants no line that comes and goes.
_SHORT_S: Final = 1.0
_EACH_S: Final = 0.2


def data(line: bytes) -> None:
    """Bytes for stdout, as they are. Raises BrokenPipeError, else UnwritableError."""
    try:
        sys.stdout.buffer.write(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(error) from None


def texts(pieces: Iterable[str]) -> None:
    """Texts for stdout, one after the other. Raises as `data` does."""
    for piece in pieces:
        data(piece.encode())


def exact(pieces: Iterable[bytes]) -> None:
    """A stream's own bytes for stdout; harmless where that is a terminal, which needs no exact ones."""
    if not sys.stdout.isatty():
        for piece in pieces:
            data(piece)
        return
    decoder = getincrementaldecoder("utf-8")("replace")
    for piece in pieces:
        data(sanitise(decoder.decode(piece), lines=True).encode())


def note(text: str) -> None:
    """One line for the user, on stderr, without what a URL in it must not show."""
    # Most commands have nothing to say.
    from inspector.recording.redaction import shown

    try:
        with _on_stderr:
            Progress.hide()
            print(f"inspector: {sanitise(shown(text))}", file=sys.stderr)
    except BrokenPipeError:
        # Nobody listens: else Python would try it once more at the end, and exit with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    except OSError:
        # A full disk, say: there is nobody left to tell.
        pass


def fail(text: str, code: int = 2) -> NoReturn:
    """Ends the command with one line that says what is wrong and what to do."""
    import typer

    note(text)
    raise typer.Exit(code)


def trouble(name: str, error: Exception) -> str:
    """The line on a file or address that could not be worked with any further."""
    if isinstance(error, InspectorError):
        return str(error)
    if isinstance(error, OSError):
        return f"{name}: cannot be read: {reason(error)}"
    return f"{name}: cannot be read any further: {type(error).__name__}: {error}"


_on_stderr: Final = threading.RLock()
_MB: Final = 1e6


class Progress:
    """Within this context a line on stderr says what goes on, where that is a terminal and it takes over a second.

    `tell` changes the line. Only one at a time; `note` may be called meanwhile.
    """

    _shown = False

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._run, name="inspector progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()
            with _on_stderr:
                Progress.hide()

    def tell(self, text: str) -> None:
        """What goes on now."""
        self._text = text

    @classmethod
    def hide(cls) -> None:
        """Takes the line away, until it is written again."""
        if cls._shown:
            cls._shown = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _run(self) -> None:
        wait_s = _SHORT_S
        while not self._ended.wait(wait_s):
            wait_s = _EACH_S
            with _on_stderr:
                Progress._shown = True
                try:
                    width = os.get_terminal_size(2).columns - 1
                    print(f"\r\x1b[K{sanitise(self._text)[:width]}", end="", file=sys.stderr, flush=True)
                except OSError:
                    return


def reading(progress: Progress, name: str) -> Callable[[int, int], None]:
    """What `open_exchanges` tells how far it has come; it says so to the user."""
    progress.tell(f"reading {name}")

    def told(size: int, exchanges: int) -> None:
        found = f", {exchanges:,} exchanges" if exchanges else ""
        progress.tell(f"reading {name}: {size / _MB:,.1f} MB{found}")

    return told


def guarded(command: Callable[[], object]) -> NoReturn:
    """Runs a command, which returns its exit status or nothing, and exits. Never a traceback."""
    sys.unraisablehook = _unraisable
    try:
        result = command()
        code = result if isinstance(result, int) else 0
    except BrokenPipeError:
        code = 0
        _forget(1)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except InspectorError as error:
        note(str(error))
        code = 2
    except OSError as error:
        code = 2
        if error.errno in _OF_WRITING and not error.filename:
            # Whoever reads names what they read: `print` failed.
            note(str(_unwritable(error)))
        else:
            note(f"{error.filename}: {reason(error)}" if error.filename else reason(error))
    except MemoryError:
        code = 2
        note("there is not enough memory for that")
    except Exception as error:  # noqa: BLE001
        code = 1
        note(f"{_place(error)}: {type(error).__name__}: {error}: please report it, with what you did")
    end(code)


def end(code: int) -> NoReturn:
    """Ends the process. What cannot be written any more is said once, and Ctrl-C no longer raises anything."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget(1)
    except OSError as error:
        note(str(_unwritable(error)))
        code = code or 2
    sys.exit(code)


def interruptible() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt: something may have begun that has to be ended well."""
    if signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(*_: object) -> None:
    os._exit(_INTERRUPTED)


def _unraisable(raised: Any) -> None:
    """Ctrl-C that came inside a callback of the interpreter's, which nobody can catch."""
    if issubclass(raised.exc_type, KeyboardInterrupt):
        _leave()
    sys.__unraisablehook__(raised)


def _unwritable(error: OSError) -> UnwritableError:
    """Said once: from then on what is written goes nowhere."""
    _forget(1)
    return UnwritableError(f"standard output cannot be written: {reason(error)}")


def _forget(descriptor: int) -> None:
    """What cannot be written would be reported again when the stream is flushed and closed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _place(error: Exception) -> str:
    """Where in our own code it happened."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            return f"{path.relative_to(_PACKAGE)}, line {frame.lineno}"
    return "inspector"
