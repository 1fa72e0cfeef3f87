"""Opens any file that can be read as exchanges: a recording as it stands, anything else imported first."""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns
from typing import BinaryIO, Final, cast

from inspector.formats.budget import Told
from inspector.formats.documents import first_object
from inspector.formats.format import LARGEST_HEAD, NO_HINTS, Clock, Format, Hints, Imported, Read
from inspector.formats.importing import copied
from inspector.formats.jsonl import FORMAT as NATIVE
from inspector.formats.sniffing import Sniffed, imported_of, sniff
from inspector.recording import UnreadableError
from inspector.recording.lines import VERSION
from inspector.text.wording import reason
from inspector.timeline import Exchange


class Arriving:
    """An exchange that comes through a pipe, written into a temporary recording while it comes.

    `pump` does that until the pipe ends, and closes what `source` holds. It raises nothing: what keeps it from going
    on becomes a note of the exchange.
    """

    def __init__(self, name: str, imported: Imported, source: ExitStack) -> None:
        # No buffer, and a descriptor of its own: whoever shows the exchange may close it at any time.
        file = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=0))  # noqa: SIM115
        self.exchange = Exchange(file, name)
        self.exchange.import_notes = imported.notes
        self.exchange.temporary = True
        self.exchange.still_arriving = lambda: not self._arrived
        self._imported = imported
        self._source = source
        self._fd = os.dup(file.fileno())
        self._arrived = False

    def pump(self) -> None:
        """Writes what comes until the pipe ends. Once, in any thread."""
        try:
            with self._source:
                for line in self._imported.lines:
                    view = memoryview(line)
                    while view:
                        view = view[os.write(self._fd, view) :]
        except OSError as error:
            self._imported.notes.append(f"what follows could not be kept: {reason(error)}")
        except UnreadableError as error:
            self._imported.notes.append(f"what follows is missing: {error}")
        finally:
            os.close(self._fd)
            self._arrived = True


# What is in the first bytes of a recording whose body is binary.
_BINARY_STREAM: Final = b"application/vnd.amazon.eventstream"
_CHUNK: Final = 1 << 20

Pump = Callable[[], None]


def open_exchanges(
    path: str, given: Format | None = None, told: Told | None = None, hints: Hints = NO_HINTS
) -> Sequence[Exchange]:
    """The exchanges in a file, not yet indexed; "-" is standard input. Raises UnreadableError.

    A recording is read where it is, also while it grows. Anything else, and whatever is no regular file, is copied
    into a temporary recording first, up to its end; what comes through a pipe with the times when it came. `told` is
    called again and again meanwhile, `hints` say where in a log its events are. See budget.py for how large a file may
    be, and what it holds.
    """
    exchanges, pump = open_live(path, given, told, hints)
    if pump:
        pump()
    return exchanges


def open_live(
    path: str, given: Format | None = None, told: Told | None = None, hints: Hints = NO_HINTS
) -> tuple[Sequence[Exchange], Pump | None]:
    """As `open_exchanges`, but does not wait for the end of a pipe whose format can be read while it arrives.

    The second value then is to be called in a thread of its own: it appends to the (only) exchange's recording until
    the pipe ends, and returns. Until then `exchange.arriving` is true. It is None where all is there.
    """
    try:
        return _opened(path, given, told, hints)
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from None
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {reason(error)}") from None


def _opened(path: str, given: Format | None, told: Told | None, hints: Hints) -> tuple[Sequence[Exchange], Pump | None]:
    with ExitStack() as closing:
        file = closing.enter_context(_open(path))
        is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        found = sniff(_reads(file, timed=not is_file), given, hints)
        if found.format is NATIVE:
            _check_version(found.head)
            if is_file and not found.said:
                file.seek(0)
                closing.pop_all()
                exchange = Exchange(file, path)
                return [_readable(exchange) if _BINARY_STREAM in found.head else exchange], None
        timed_by: Clock | None = "log" if found.timed else None if is_file else "arrival"
        live = found.format.live
        if live and not is_file:
            imported = _noted(live(found.reads, timed_by or "arrival"), found)
            arriving = Arriving(path, imported, closing.pop_all())
            return [arriving.exchange], arriving.pump
        return copied(imported_of(found, timed_by), found.reads, path, told), None


def _noted(imported: Imported, found: Sniffed) -> Imported:
    """What comes through a pipe, with what the sniffer has to say as its notes."""

    def lines() -> Iterator[bytes]:
        yield from imported.lines
        imported.notes.extend(found.notes)

    if not found.said:
        return imported
    imported.notes.insert(0, found.comment())
    return Imported(lines(), imported.notes)


def why_unreadable(path: str) -> str:
    """Why a file cannot be opened, by its beginning, of an archive by its files; "" where it can."""
    try:
        with _open(path) as file:
            found = sniff(_reads(file, timed=False, step=LARGEST_HEAD))
            if found.format.holds_files:
                next(imported_of(found, None)(found.reads), None)
    except UnreadableError as error:
        said = str(error)
        # Whoever looks at many files needs no list of formats for each.
        return "of no format that is known" if said.startswith("of no format that is known") else said
    except OSError as error:
        return f"cannot be read: {reason(error)}"
    return ""


def open_exchange(path: str) -> Exchange:
    """The first exchange in a file, indexed; a note says where there are more. Raises UnreadableError."""
    exchanges = open_exchanges(path)
    first = exchanges[0]
    if len(exchanges) > 1:
        first.import_notes = [*first.import_notes, f"this is the first of {len(exchanges)} exchanges in the file"]
    try:
        return first.load()
    except OSError as error:
        first.close()
        raise UnreadableError(f"{path}: cannot be read: {reason(error)}") from None


def _open(path: str) -> BinaryIO:
    if path == "-":
        if sys.stdin is None:
            raise UnreadableError("standard input is closed")
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise UnreadableError("no such file") from None
    except IsADirectoryError:
        raise UnreadableError("is a directory, a file is wanted; `inspector open` takes folders") from None
    except ValueError as error:
        raise UnreadableError(f"no file can have this name: {error}") from None


def _reads(file: BinaryIO, timed: bool, step: int = _CHUNK) -> Iterator[Read]:
    """What comes, up to `step` bytes at once, and when, counted from now on, if it is `timed`."""
    start = perf_counter_ns()
    try:
        while chunk := os.read(file.fileno(), step):
            yield chunk, perf_counter_ns() - start if timed else None
    except OSError as error:
        # Some devices and disks say so only when they are read.
        raise UnreadableError(f"cannot be read: {reason(error)}") from None


def _readable(exchange: Exchange) -> Exchange:
    """A recording of a Bedrock call, whose body is binary, as its events; any other one as it is."""
    from inspector.formats.bedrock_recording import as_events

    if found := as_events(exchange):
        return found
    exchange.reader.position = 0
    return Exchange(exchange.reader.file, exchange.name)


def _check_version(head: bytes) -> None:
    version = first_object(head).get("version")
    if not isinstance(version, int) or version < 1:
        raise UnreadableError("the recording does not say its version")
    if version > VERSION:
        raise UnreadableError(f"a recording of version {version}, this inspector reads up to {VERSION}: update it")
