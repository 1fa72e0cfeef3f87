"""Frames to bytes."""

import re

from inspector.sse.frame import Frame

_NOT_IN_A_LINE = re.compile(r"[\r\n]")


def encode(frame: Frame) -> bytes:
    """The frame's exact bytes; for a frame without `raw` the canonical ones (`event: NAME`, `data: …`, blank line).

    Raises ValueError where no event stream can carry a value: a CR in the data, a line end in a name, a NUL in an id.
    """
    if frame.raw:
        return frame.raw
    name = frame.name if frame.name is not None else (frame.event if frame.event != "message" else None)
    lines = [f": {_line(comment, 'a comment')}" for comment in frame.comments]
    if name is not None:
        lines.append(f"event: {_line(name, 'an event name')}")
    if frame.id:
        if "\0" in frame.id:
            raise ValueError("an event id cannot hold NUL")
        lines.append(f"id: {_line(frame.id, 'an event id')}")
    if frame.retry is not None:
        lines.append(f"retry: {frame.retry}")
    if frame.dispatched:
        if "\r" in frame.data:
            raise ValueError("event data cannot hold CR")
        lines += [f"data: {line}" for line in frame.data.split("\n")]
    return ("\n".join([*lines, ""]) + "\n").encode()


def _line(value: str, what: str) -> str:
    if _NOT_IN_A_LINE.search(value):
        raise ValueError(f"{what} cannot hold a line end")
    return value
