"""What reading other people's files may take at most: a small file can stand for more than there is memory or disk.

A limit of a whole file is an UnreadableError, that of one body a note. Either says what was met, and the limit.
"""

from collections.abc import Callable, Iterable
from typing import Final

from inspector.recording import UnreadableError

MB: Final = 1 << 20
LARGEST_DOCUMENT: Final = 256 * MB
"""JSON that is one value can only be read whole, and takes several times its size then."""
LARGEST_YAML: Final = 64 * MB
MOST_VALUES: Final = 20_000_000
"""Of a document. Each takes some 60 bytes of memory, however short it is in the file."""
LONGEST_LINE: Final = 64 * MB
"""Of a format that has one event a line."""
LARGEST_FRAME: Final = 128 * MB
"""Of an event stream, and of a body without any blank line, which is one unfinished frame."""
SMALL_BODY: Final = 16 * MB
BODY_RATIO: Final = 100
"""Of one response's content coding: text is not compressed so well, what is larger than small and is so is no text."""
UNPACKED_FREE: Final = 256 * MB
UNPACKED_RATIO: Final = 100
"""Of a file that is packed or wrapped: so much may come out of it, or so many times its size, whichever is more."""
LARGEST_ARCHIVE: Final = 1024 * MB
MOST_FILES: Final = 100_000
"""Of an archive."""
MOST_LAYERS: Final = 6
"""Of what is around a stream: one thing in the other."""
MOST_EXCHANGES: Final = 1_000_000
LARGEST_COPY: Final = 1024 * MB
COPY_RATIO: Final = 16
"""Of the temporary recording that a file is copied into: so much, or so many times what was read, whichever is more."""

Told = Callable[[int, int], None]
"""Gets how many bytes of a file have been read so far, and how many exchanges were in them."""


def whole(chunks: Iterable[bytes], most: int, what: str) -> bytes:
    """All of a file that has to be read at once. Raises UnreadableError where it is larger than `most` bytes."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise UnreadableError(f"{what} of more than {in_mb(most)} is not read: split it, or export less")
        held.append(chunk)
    return b"".join(held)


def check_values(document: bytes) -> None:
    """Raises UnreadableError where JSON could hold more values than memory should be given to."""
    # Some of these stand inside strings: it is a bound, and has to be had before anything is parsed.
    if sum(map(document.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise UnreadableError(f"a document of more than {MOST_VALUES:,} values is not read: split it, or export less")


def in_mb(size: int) -> str:
    """The size as the messages say it."""
    return f"{size // MB:,} MB"
