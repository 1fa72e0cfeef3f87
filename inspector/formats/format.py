from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from inspector.timeline import Exchange

# Some bytes, and when they came: nanoseconds since the request was sent, None where the source does not tell.
Read = tuple[bytes, int | None]


@dataclass(slots=True)
class Imported:
    """One exchange on its way in: its recording's lines, as they come, and what is odd about it (known at the end)."""

    lines: Iterator[bytes]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `recognise` sees the first bytes of a file (up to 64 KiB), `read` all of it in chunks.

    `read` yields the exchanges one after the other, each to be read to its end before the next one is asked for.
    `write` gives the bytes of a file with one exchange. `live` reads the one exchange that comes through a pipe, and
    gives each line as soon as it is known. Each is None where the format has no such direction.
    """

    name: str
    summary: str
    recognise: Callable[[bytes], bool]
    read: Callable[[Iterable[bytes]], Iterator[Imported]] | None
    write: Callable[[Exchange], Iterator[bytes]] | None = None
    live: Callable[[Iterable[Read]], Imported] | None = None
