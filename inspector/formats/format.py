"""What a format is: how a file of it is told, read and written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from inspector.recording.lines import FIRST_LINE
from inspector.timeline import Exchange

Read = tuple[bytes, int | None]
"""Some bytes, and when they came: nanoseconds since the request was sent, None where the source does not tell."""


LARGEST_HEAD: Final = 1 << 16
"""So much of a file's beginning is looked at to tell what it is."""
Clock = Literal["arrival", "log"]
"""What times mean. arrival: when bytes came; log: when a program wrote down that they had, counted from the first."""


def clock_members(clock: Clock | None) -> dict[str, str]:
    """What a recording's source says of such times; nothing where there are none.

    A program that writes a log takes the events at its own pace, which is what `pull` means.
    """
    if clock == "log":
        return {"clock": "pull", "since": FIRST_LINE}
    return {"clock": clock} if clock else {}


class Hints(NamedTuple):
    """What the user said of a log: the members that hold the event and its time, as `a.b`; "" where nothing."""

    field: str = ""
    time: str = ""


NO_HINTS: Final = Hints()


@dataclass(slots=True)
class Imported:
    """One exchange on its way in: its recording's lines, as they come, and what is odd about it (known at the end)."""

    lines: Iterator[bytes]
    notes: list[str] = field(default_factory=list)


Importer = Callable[[Iterable[bytes]], Iterator[Imported]]
"""From a file's bytes in chunks to its exchanges, each to be read to its end before the next one is asked for.

Raises UnreadableError where nothing at all can be read.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format: one file of this folder, named as the format is, with its `FORMAT`.

    `name` is what `--from` and `--to` take, `summary` half a line for the help. `order` is its place among those that
    are tried on a file: the more particular shape first. `endings` are those of file names (".har"), the usual first.
    `recognise` sees the first bytes of a file (up to 64 KiB) and never raises. `read` gets all of it in chunks, `live`
    what comes with times, and gives each line as soon as it is known; `write` gives the bytes of a file with one
    exchange. Each of these is None where the format has no such direction. `holds_files`: it is an archive, which may
    hold anything.
    """

    name: str
    summary: str
    order: int
    recognise: Callable[[bytes], bool]
    read: Importer | None = None
    write: Callable[[Exchange], Iterator[bytes]] | None = None
    live: Callable[[Iterable[Read], Clock], Imported] | None = None
    endings: tuple[str, ...] = ()
    holds_files: bool = False

    @property
    def ending(self) -> str:
        """What the names of files end with that are written in this format."""
        return self.endings[0] if self.endings else f".{self.name}"
