"""A response body as the reads that brought it, from the lines of its recording."""

import binascii
from collections.abc import Iterator
from typing import NamedTuple

from inspector.recording.lines import read_frame, read_tail
from inspector.text.json_text import loads_strict_or


class BodyRead(NamedTuple):
    """Bytes of a response body, with the number of the read that brought them and its time (ns), where these are known.

    A read that frames share comes in several pieces.
    """

    number: int | None
    t_ns: int | None
    content: bytes


class BodyReads:
    """Takes a recording's lines in their order and gives what each read brought; joined, that is the body."""

    def __init__(self) -> None:
        self._frames = 0
        # How many bytes of the unfinished frame stand in spill lines.
        self._spilled = 0

    def feed(self, line: bytes) -> Iterator[BodyRead]:
        """What a line holds of the body: nothing where it is one of another kind, or damaged."""
        values = loads_strict_or(line)
        kind = values.get("kind") if isinstance(values, dict) else None
        if kind not in ("event", "frame", "spill", "tail"):
            return
        whole = kind in ("event", "frame")
        raw = "raw" in values or "raw_b64" in values
        self._frames += whole
        try:
            frame = read_tail(line) if raw else read_frame(line, first=self._frames == 1)
        except (ValueError, TypeError, binascii.Error):
            return
        start = 0
        for left, (offset, t_ns) in zip(range(len(frame.splits), 0, -1), frame.splits, strict=True):
            at = offset - self._spilled if isinstance(offset, int) else 0
            if start < at < len(frame.raw):
                number = None if frame.read is None else frame.read - left
                yield BodyRead(number, t_ns if isinstance(t_ns, int) else None, frame.raw[start:at])
                start = at
        yield BodyRead(frame.read, frame.t_ns, frame.raw[start:])
        self._spilled = self._spilled + len(frame.raw) if kind == "spill" else 0
