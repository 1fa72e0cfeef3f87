"""What a response does, step by step."""

from enum import Enum
from typing import NamedTuple


class Head(NamedTuple):
    """The status line and the headers, without those that belong to one connection or to the body's framing."""

    status: int
    headers: tuple[tuple[str, str], ...]


class End(Enum):
    """How the body ends."""

    CLEAN = "as HTTP says"
    CUT = "the connection is closed with the framing unfinished"
    RESET = "the connection is reset (TCP RST)"
    SILENT = "nothing comes any more, until the client leaves"


What = Head | bytes | End
"""A step: the head first (or not at all, where none came), then each network read's bytes, then the end."""

Step = tuple[int, What]
"""A step and when it is due, in nanoseconds since the request."""

Recorded = tuple[int | None, What]
"""A step and when it was recorded; None where the source has no times."""
