"""What people put around a stream: how it is told, and taken off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.formats.format import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """Something around a stream that is taken off before a format is looked for: one file of this folder.

    `order` is its place among those that are tried, the more certain first. `recognise` sees the first bytes (up to
    64 KiB) and never raises; it gives a clause for the user, "packed with gzip", or "" where it sees nothing of its
    own. `timed` says of the same bytes whether times stand there. `unwrap` gives what is inside as it comes, with these
    times if there are any (nanoseconds since the first), else those of the reads, and adds to the notes what is odd,
    which is known at its end. `binary`: what it takes off hides the text, so `--from` names what is inside.
    """

    order: int
    recognise: Callable[[bytes], str]
    unwrap: Callable[[Iterator[Read], list[str]], Iterator[Read]]
    timed: Callable[[bytes], bool] = lambda head: False
    binary: bool = False
