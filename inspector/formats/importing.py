"""From an importer's lines to exchanges: a temporary recording that holds them all, and nothing else in memory."""

import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Final, cast, overload

from inspector.formats.budget import COPY_RATIO, LARGEST_COPY, MOST_EXCHANGES, Told, in_mb
from inspector.formats.format import Imported, Read
from inspector.recording import UnreadableError
from inspector.text.wording import reason
from inspector.timeline import Exchange

_BUFFER: Final = 1 << 18


Importer = Callable[[Iterator[Read]], Iterator[Imported]]
"""From a file's reads to its exchanges, each to be read to its end before the next one is asked for."""


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
    """One reader's share of a file, which is given back at the latest when nobody has it any more."""

    def __init__(self, shared: SharedFile) -> None:
        self._shared = shared
        self._closed = False

    def fileno(self) -> int:
        """The file's descriptor, whose position all share."""
        return self._shared.file.fileno()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Gives the handle back; again does nothing."""
        if not self._closed:
            self._closed = True
            self._shared.handles -= 1
            if not self._shared.handles:
                self._shared.file.close()


class Copies(Sequence[Exchange]):
    """The exchanges of a file that was imported, not yet indexed.

    Each is made when it is asked for, anew each time, and has to be closed on its own: a file may hold hundreds of
    thousands. The temporary recording is closed with the last of them, once nobody holds this either.
    """

    def __init__(self, shared: SharedFile, path: str, ends: "array[int]", notes: dict[int, list[str]]) -> None:
        self._shared = shared
        self._path = path
        self._ends = ends
        self._notes = notes
        weakref.finalize(self, shared.handle().close)

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[Exchange]:
        return map(self._exchange, range(len(self)))

    @overload
    def __getitem__(self, at: int) -> Exchange: ...
    @overload
    def __getitem__(self, at: slice) -> list[Exchange]: ...
    def __getitem__(self, at: int | slice) -> Exchange | list[Exchange]:
        """The exchanges in these places, from 0."""
        found = range(len(self))[at]
        return self._exchange(found) if isinstance(found, int) else [self._exchange(place) for place in found]

    def _exchange(self, place: int) -> Exchange:
        part = (self._ends[place - 1] if place else 0, self._ends[place])
        exchange = Exchange(self._shared.handle(), self._path, place + 1 if len(self) > 1 else None, part)
        exchange.import_notes = self._notes.get(place, [])
        exchange.temporary = True
        return exchange


def copied(read: Importer, reads: Iterator[Read], path: str, told: Told | None = None) -> Copies:
    """The exchanges that an importer makes of a file's bytes, which are read to their end.

    Raises UnreadableError where there are none, and where the file is beyond what may be read.
    """
    file = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=_BUFFER))  # noqa: SIM115
    try:
        copy = _Copy(file, reads, told)
        copy.take(read)
    except BaseException as error:
        file.close()
        if isinstance(error, OSError):
            why = f"its temporary copy cannot be written: {reason(error)}"
            raise UnreadableError(why) from None
        raise
    return Copies(SharedFile(file), path, copy.ends, copy.notes)


class _Copy:
    """The temporary recording while it is written: where each exchange ends in it, and the notes on those that have."""

    def __init__(self, file: BinaryIO, reads: Iterator[Read], told: Told | None) -> None:
        self.ends = array("Q")
        self.notes: dict[int, list[str]] = {}
        self._file = file
        self._reads = reads
        self._told = told
        self._read = 0
        self._written = 0

    def take(self, read: Importer) -> None:
        last: list[str] = []
        for imported in read(self._counted()):
            if len(self.ends) == MOST_EXCHANGES:
                raise UnreadableError(f"a file of more than {MOST_EXCHANGES:,} exchanges is not read: split it")
            self._write(imported.lines)
            last = imported.notes
            if last:
                self.notes[len(self.ends)] = last
            self.ends.append(self._written)
            self._tell()
        if not self.ends:
            raise UnreadableError("holds no stream")
        # What is odd about the whole file is known at its end, and said with the last exchange.
        self.notes[len(self.ends) - 1] = last
        self._file.flush()

    def _counted(self) -> Iterator[Read]:
        for read in self._reads:
            self._read += len(read[0])
            self._tell()
            yield read

    def _write(self, lines: Iterator[bytes]) -> None:
        most = max(LARGEST_COPY, COPY_RATIO * self._read)
        for line in lines:
            self._written += len(line)
            if self._written > most:
                most = max(LARGEST_COPY, COPY_RATIO * self._read)
                if self._written > most:
                    raise UnreadableError(f"it stands for more than {in_mb(most)} of recordings: that is not read")
            self._file.write(line)

    def _tell(self) -> None:
        if self._told:
            self._told(self._read, len(self.ends))
