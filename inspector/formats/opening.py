"""Opens any file that can be read as exchanges: a recording as it stands, anything else imported first."""

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from time import perf_counter_ns
from typing import BinaryIO, Final, cast

from inspector.formats.documents import first_object
from inspector.formats.format import Format, Imported, Importer, Read
from inspector.formats.jsonl import FORMAT as NATIVE
from inspector.formats.registry import recognise, recognised
from inspector.recording import UnreadableError
from inspector.recording.lines import VERSION
from inspector.timeline import Exchange


class SharedFile:
    """A file that several read through handles of their own; it is closed with the last of them."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.handles = 0

    def handle(self) -> "Handle":
        """One more handle; the file stays open until it is closed."""
        self.handles += 1
        return Handle(self)


class Handle:
    """One reader's share of a file."""

    def __init__(self, shared: SharedFile) -> None:
        self._shared = shared
        self._closed = False

    def fileno(self) -> int:
        """The file's descriptor, whose position all share."""
        return self._shared.file.fileno()

    def close(self) -> None:
        """Gives the handle back; again does nothing."""
        if not self._closed:
            self._closed = True
            self._shared.handles -= 1
            if not self._shared.handles:
                self._shared.file.close()


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
            self._imported.notes.append(f"what follows could not be read or kept: {error.strerror or error}")
        finally:
            os.close(self._fd)
            self._arrived = True


# What is in the first bytes of a recording whose body is binary.
_BINARY_STREAM: Final = b"application/vnd.amazon.eventstream"
_HEAD: Final = 1 << 16
_CHUNK: Final = 1 << 20

Pump = Callable[[], None]


def open_exchanges(path: str, given: Format | None = None) -> list[Exchange]:
    """The exchanges in a file, not yet indexed; "-" is standard input. Raises UnreadableError.

    A recording is read where it is, also while it grows. Anything else, and whatever is no regular file, is copied
    into a temporary recording first, up to its end; what comes through a pipe with the times when it came.
    """
    exchanges, pump = open_live(path, given)
    if pump:
        pump()
    return exchanges


def open_live(path: str, given: Format | None = None) -> tuple[list[Exchange], Pump | None]:
    """As `open_exchanges`, but does not wait for the end of a pipe whose format can be read while it arrives.

    The second value then is to be called in a thread of its own: it appends to the (only) exchange's recording until
    the pipe ends, and returns. Until then `exchange.arriving` is true. It is None where all is there.
    """
    with ExitStack() as closing:
        file = closing.enter_context(_open(path))
        reads = _reads(file)
        head, found = _head(reads, path, given)
        start = b"".join(chunk for chunk, _ in head)
        is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        if found is NATIVE:
            _check_version(start, path)
            if is_file:
                file.seek(0)
                closing.pop_all()
                exchange = Exchange(file, path)
                return [_readable(exchange) if _BINARY_STREAM in start else exchange], None
        if found.live and not is_file:
            arriving = Arriving(path, found.live(chain(head, reads)), closing.pop_all())
            return [arriving.exchange], arriving.pump
        if found.read is None:
            raise UnreadableError(f"{path}: the format {found.name} can only be written")
        return _imported(found.read, chain(head, reads), path), None


def open_exchange(path: str) -> Exchange:
    """The first exchange in a file, indexed; a note says where there are more."""
    first, *others = open_exchanges(path)
    for other in others:
        other.close()
    if others:
        first.import_notes.append(f"this is the first of {len(others) + 1} exchanges in the file")
    return first.load()


def _open(path: str) -> BinaryIO:
    if path == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise UnreadableError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UnreadableError(f"{path}: is a directory, a file is wanted; `inspector open` takes folders") from None
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def _reads(file: BinaryIO) -> Iterator[Read]:
    """What comes, and when, counted from now on."""
    start = perf_counter_ns()
    while chunk := os.read(file.fileno(), _CHUNK):
        yield chunk, perf_counter_ns() - start


def _head(reads: Iterator[Read], path: str, given: Format | None) -> tuple[list[Read], Format]:
    """The first reads, from a pipe only as many as it takes to tell the format."""
    head: list[Read] = []
    start = b""
    for read in reads:
        head.append(read)
        start += read[0]
        if len(start) >= _HEAD or (b"\n" in start and (given or recognised(start))):
            break
    return head, given or recognise(start[:_HEAD], path)


def _imported(read: Importer, reads: Iterator[Read], path: str) -> list[Exchange]:
    file = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=1 << 18))  # noqa: SIM115
    shared = SharedFile(file)
    exchanges: list[Exchange] = []
    try:
        for number, imported in enumerate(read(chunk for chunk, _ in reads), 1):
            start = file.tell()
            file.writelines(imported.lines)
            exchange = Exchange(shared.handle(), path, number, (start, file.tell()))
            exchange.import_notes = imported.notes
            exchange.temporary = True
            exchanges.append(exchange)
        file.flush()
    except UnreadableError as error:
        file.close()
        raise UnreadableError(f"{path}: {error}") from None
    except OSError as error:
        raise UnreadableError(f"{path}: its temporary copy cannot be written: {error.strerror or error}") from None
    if not exchanges:
        file.close()
        raise UnreadableError(f"{path}: holds no stream")
    if len(exchanges) == 1:
        exchanges[0].number = None
    return exchanges


def _readable(exchange: Exchange) -> Exchange:
    """A recording of a Bedrock call, whose body is binary, as its events; any other one as it is."""
    from inspector.formats.bedrock_recording import as_events

    if found := as_events(exchange):
        return found
    exchange.reader.position = 0
    return Exchange(exchange.reader.file, exchange.name)


def _check_version(head: bytes, path: str) -> None:
    version = first_object(head).get("version")
    if not isinstance(version, int) or version < 1:
        raise UnreadableError(f"{path}: the recording does not say its version")
    if version > VERSION:
        raise UnreadableError(
            f"{path}: a recording of version {version}, this inspector reads up to {VERSION}: update it"
        )
