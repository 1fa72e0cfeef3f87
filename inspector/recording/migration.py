"""A recording in another version of the format: nothing of the body, its times and its reads is lost by that."""

import binascii
from collections.abc import Iterable, Iterator
from typing import Any, Final

from inspector.recording.lines import FIRST_VERSION, VERSION, Spilled, frame_line, read_frame, read_tail, tail_line
from inspector.text.json_text import loads_strict_or, members

VERSIONS: Final = range(FIRST_VERSION, VERSION + 1)

_SPILL: Final = b"spill"


def migrated(lines: Iterable[bytes], version: int) -> Iterator[bytes]:
    """The lines of a whole recording as they are in this version, one of `VERSIONS`.

    Version 2 only says so: all that version 1 has means the same in it. Version 1 has no spill lines: each frame, and
    the tail, becomes one line again, just as if it had never been spilled. What is damaged or unknown stays.
    """
    is_header = True
    spills = _Spills()
    for line in lines:
        if is_header:
            is_header = False
            yield _with_version(line, version)
        elif version == VERSION:
            yield line
        else:
            yield from spills.joined(line)
    yield from spills.rest()


class _Spills:
    """Takes lines in their order and gives them back without spill lines."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._frames = 0

    def joined(self, line: bytes) -> Iterator[bytes]:
        """What stands in the place of a line."""
        # Whoever has seen a frame need not know of any other line what it is, but near spills.
        if self._frames and not self._held and _SPILL not in line:
            yield line
            return
        values = loads_strict_or(line)
        kind = values.get("kind") if isinstance(values, dict) else None
        if kind == "spill":
            self._held.append(line)
            return
        if kind == "end":
            yield from self.rest()
        self._frames += kind in ("event", "frame")
        if kind in ("event", "frame", "tail") and values.get("spilled"):
            yield from self._whole(line, kind, values)
        else:
            yield line

    def rest(self) -> Iterator[bytes]:
        """What was spilled of a frame that nothing has followed."""
        held, self._held = self._held, []
        try:
            if held:
                tail = Spilled(held).unfinished()
                yield tail_line(tail.raw, tail.t_ns, tail.read, tail.splits)
        except (ValueError, TypeError, binascii.Error):
            yield from held

    def _whole(self, line: bytes, kind: str, values: dict[str, Any]) -> Iterator[bytes]:
        held, self._held = self._held, []
        try:
            if values["spilled"] != len(held):
                raise ValueError
            spilled = Spilled(held)
            if kind == "tail":
                tail = read_tail(line, spilled)
                yield tail_line(tail.raw, tail.t_ns, tail.read, tail.splits)
            else:
                yield frame_line(read_frame(line, self._frames == 1, spilled))
        except (ValueError, TypeError, binascii.Error):
            yield from (*held, line)


def _with_version(header: bytes, version: int) -> bytes:
    for depth, key, start, end in members(header):
        if depth == 1 and key == b'"version"':
            return b"%b%d%b" % (header[:start], version, header[end:])
    return header
