"""What the user asked to open: files and folders, as streams to choose from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from inspector.convert import open_exchanges
from inspector.recording import UnreadableError
from inspector.timeline import Exchange


@dataclass
class Source:
    """One stream: a file, or one exchange of a file that holds several. `exchange` is set once it is open."""

    path: str
    number: int | None = None
    exchange: Exchange | None = None

    @property
    def name(self) -> str:
        """What a list calls it."""
        name = "stdin" if self.path == "-" else Path(self.path).name
        return name if self.number is None else f"{name} #{self.number}"

    def open(self) -> Exchange:
        """The exchange, not indexed further than it is. Raises UnreadableError."""
        if self.exchange is None:
            exchanges = open_exchanges(self.path)
            self.exchange = exchanges[(self.number or 1) - 1]
        return self.exchange

    def close(self) -> None:
        """Lets go of the file; `open` starts anew."""
        if self.exchange is not None and self.path != "-":
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
    return sources


def _in_file(path: str) -> Iterator[Source]:
    for exchange in open_exchanges(path):
        yield Source(path, exchange.number, exchange)


def _in_folder(folder: Path) -> list[Source]:
    try:
        files = [file for file in folder.iterdir() if file.suffix == ".jsonl" and file.is_file()]
        files.sort(key=lambda file: (file.stat().st_mtime, file.name), reverse=True)
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    if not files:
        raise UnreadableError(f"{folder}: holds no recording (*.jsonl)")
    return [Source(str(file)) for file in files]
