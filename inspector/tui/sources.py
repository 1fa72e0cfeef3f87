"""What the user asked to open: files and folders, as streams to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import orjson

from inspector.convert import open_exchanges, open_live
from inspector.recording import UnreadableError
from inspector.timeline import Exchange


@dataclass
class Source:
    """One stream: a file, or one exchange of a file that holds several. `exchange` is set while it is open.

    `copy` is the temporary recording of what was imported: it need not, and if it came through a pipe cannot, be read
    from its file again.
    """

    path: str
    number: int | None = None
    copy: Exchange | None = None
    exchange: Exchange | None = None

    @property
    def name(self) -> str:
        """What a list calls it."""
        name = "stdin" if self.path == "-" else Path(self.path).name
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


def recording_note(path: Path) -> str:
    """What a recording's header says of it, "" where it says nothing."""
    try:
        with path.open("rb") as file:
            header = orjson.loads(file.readline(1 << 16))
    except (OSError, orjson.JSONDecodeError):
        return ""
    source = header.get("source") if isinstance(header, dict) else None
    note = source.get("note") if isinstance(source, dict) else None
    return note if isinstance(note, str) else ""


def find(paths: Sequence[str]) -> list[Source]:
    """The streams in files and folders (each `*.jsonl` in them, newest first).

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
    try:
        files = [file for file in folder.iterdir() if file.suffix == ".jsonl" and file.is_file()]
        files.sort(key=lambda file: (file.stat().st_mtime, file.name), reverse=True)
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if not files:
        raise UnreadableError(f"{folder}: holds no recording (*.jsonl)")
    return [Source(str(file)) for file in files]
