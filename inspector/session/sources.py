"""What the user asked to open: files and folders, as streams to choose from."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from inspector.formats import open_exchanges, open_live
from inspector.recording import UnreadableError
from inspector.recording.lines import read_header
from inspector.session.folders import look_into
from inspector.timeline import Exchange

Key: TypeAlias = tuple[str, int | None]


@dataclass
class Source:
    """One stream: a file, or one exchange of a file that holds several. `exchange` is set while it is open.

    `copy` is the temporary recording of what was imported: it need not, and if it came through a pipe cannot, be read
    from its file again. `started` is when a folder's recording began, seconds since 1970.
    """

    path: str
    number: int | None = None
    copy: Exchange | None = None
    exchange: Exchange | None = None
    started: float | None = None

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.path, self.number

    @property
    def name(self) -> str:
        """What a list calls it."""
        name = "stdin" if self.path == "-" else os.path.basename(self.path)
        return name if self.number is None else f"{name} #{self.number}"

    def open(self) -> Exchange:
        """The exchange, not indexed further than it is. Raises UnreadableError."""
        if self.exchange is None:
            self.exchange = self.another()
        return self.exchange

    def another(self) -> Exchange:
        """The exchange once more, to be closed on its own. Raises UnreadableError."""
        if self.copy:
            return self.copy.again()
        exchange, *others = open_exchanges(self.path)
        for other in others:
            other.close()
        return exchange

    def close(self) -> None:
        """Lets go of the file; `open` starts anew."""
        if self.exchange is not None:
            self.exchange.close()
            self.exchange = None


def about(path: Path) -> tuple[str, bool]:
    """What a recording's header says of it ("" where it says nothing), and whether it is a recording at all."""
    try:
        with path.open("rb") as file:
            header = read_header(file.readline(1 << 16))
    except OSError:
        return "", False
    if header is None:
        return "", False
    source = header.get("source")
    note = source.get("note") if isinstance(source, dict) else None
    return note if isinstance(note, str) else "", True


def moment(text: str) -> float | None:
    """A recording's `started_at` in seconds since 1970, None where it is no time."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def find(paths: Sequence[str], told: Callable[[str], None] = lambda text: None) -> list[Source]:
    """The streams in files and folders (each file in them that can be read, nested too, the one that began last first).

    `told` gets a line for each folder in which something was left out. Raises UnreadableError: what is named must be
    readable, what only lies in a folder may be damaged.
    """
    sources: list[Source] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            sources += _in_folder(path, told)
        else:
            sources += _in_file(path)
    if len(sources) > 1:
        for source in sources:
            source.close()
    return sources


def files_of(paths: Sequence[str], told: Callable[[str], None]) -> list[str]:
    """The files that paths stand for: themselves, and those in folders that can be read, by name.

    A folder without any stands for itself, so that opening it says what is wrong. `told` as in `find`.
    """
    files: list[str] = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            files.append(path)
            continue
        found = look_into(path)
        if comment := found.comment(path):
            told(comment)
        files += found.files() or [path]
    return files


def _in_file(path: str) -> Iterator[Source]:
    exchanges, pump = open_live(path)
    if pump:
        Thread(target=pump, name="pipe", daemon=True).start()
    for exchange in exchanges:
        if exchange.temporary:
            yield Source(path, exchange.number, copy=exchange)
        else:
            yield Source(path, exchange=exchange)


def _in_folder(folder: str, told: Callable[[str], None]) -> list[Source]:
    found = look_into(folder)
    sources: list[Source] = []
    for path, began in found.recordings.items():
        with suppress(FileNotFoundError):
            sources.append(Source(path, started=(moment(began) if began else None) or os.stat(path).st_mtime))
    for path in found.others:
        try:
            sources += _imported(path)
        except UnreadableError as error:
            found.left_out[path] = str(error).removeprefix(f"{path}: ")
    if comment := found.comment(folder):
        told(comment)
    if not sources:
        raise UnreadableError(f"{folder}: holds no recording, nor any other file with a stream")
    return sorted(sources, key=lambda source: (source.started or 0, source.path, -(source.number or 0)), reverse=True)


def _imported(path: str) -> Iterator[Source]:
    """The streams in a file of another format, which is read once and again when it has changed."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return
    stamp = status.st_ino, status.st_size, status.st_mtime_ns
    known = _copies.get(path)
    if known is None or known[0] != stamp:
        known = _copies[path] = stamp, open_exchanges(path)
    for exchange in known[1]:
        if exchange.temporary:
            yield Source(path, exchange.number, copy=exchange, started=status.st_mtime)
        else:
            exchange.close()
            yield Source(path, started=status.st_mtime)


# A folder is looked at again and again.
_copies: dict[str, tuple[tuple[int, int, int], Sequence[Exchange]]] = {}
