"""What the user asked to open: files and folders, as streams to choose from."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from inspector.formats import open_exchanges, open_live
from inspector.recording import UnreadableError
from inspector.recording.lines import read_header, started_at
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


def find(paths: Sequence[str]) -> list[Source]:
    """The streams in files and folders (each `*.jsonl` in them, the one that began last first).

    Raises UnreadableError: what is named must be readable, what only lies in a folder may be damaged.
    """
    sources: list[Source] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            sources += _in_folder(Path(path))
        else:
            sources += _in_file(path)
    if len(sources) > 1:
        for source in sources:
            source.close()
    return sources


def _in_file(path: str) -> Iterator[Source]:
    exchanges, pump = open_live(path)
    if pump:
        Thread(target=pump, name="pipe", daemon=True).start()
    for exchange in exchanges:
        if exchange.temporary:
            yield Source(path, exchange.number, copy=exchange)
        else:
            yield Source(path, exchange=exchange)


def _in_folder(folder: Path) -> list[Source]:
    sources: list[Source] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # A file may go at any time.
                with suppress(FileNotFoundError):
                    if entry.name.endswith(".jsonl") and entry.is_file():
                        sources.append(Source(entry.path, started=_started(entry)))
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if not sources:
        raise UnreadableError(f"{folder}: holds no recording (*.jsonl); name files of other formats themselves")
    return sorted(sources, key=lambda source: (source.started, source.path), reverse=True)


# It does not change, and a folder is looked at again and again.
_begun: dict[tuple[str, int], float] = {}


def _started(entry: "os.DirEntry[str]") -> float:
    """When a recording began, as its first line says; else when the file was changed."""
    known = _begun.get((entry.path, entry.inode()))
    if known is not None:
        return known
    try:
        with open(entry.path, "rb") as file:
            found = started_at(file.read(512))
    except OSError:
        found = None
    started = moment(found) if found else None
    if started is None:
        return entry.stat().st_mtime
    _begun[entry.path, entry.inode()] = started
    return started
