"""What a response does, one after the other."""

from enum import Enum
from typing import NamedTuple


class ResponseHead(NamedTuple):
    """The status line and the headers, without those that belong to one connection or to the body's framing."""

    status: int
    headers: tuple[tuple[str, str], ...]


class Ending(Enum):
    """How the body ends."""

    CLEAN = "as HTTP says"
    CUT = "the connection is closed with the framing unfinished"
    RESET = "the connection is reset (TCP RST)"
    SILENT = "nothing comes any more, until the client leaves"


Part = ResponseHead | bytes | Ending
"""An emission: the head first (or not at all, where none came), then each network read's bytes, then the end."""

Emission = tuple[int, Part]
"""An emission and when it is due, in nanoseconds since the request."""

RecordedEmission = tuple[int | None, Part]
"""An emission and when it was recorded; None where the source has no times."""
