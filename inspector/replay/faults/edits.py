"""Positions in a body that comes in reads."""

from collections.abc import Iterator

from inspector.replay.emission import Emission, Ending


def head_to(emissions: Iterator[Emission], offset: int) -> Iterator[Emission]:
    """The emissions up to this many bytes of the body, without an end."""
    left = offset
    for due, what in emissions:
        if isinstance(what, bytes):
            if left > 0:
                yield due, what[:left]
            left -= len(what)
            if left <= 0:
                return
        elif not isinstance(what, Ending):
            yield due, what


def delayed_from(emissions: Iterator[Emission], offset: int, pause_ns: int) -> Iterator[Emission]:
    """The emissions, with everything after this many bytes of the body coming later."""
    left = offset
    reached = False
    for due, what in emissions:
        if isinstance(what, bytes):
            if 0 < left < len(what):
                yield due, what[:left]
                what, left = what[left:], 0
            reached = left <= 0
            left -= len(what)
        reached = reached or isinstance(what, Ending)
        yield due + (pause_ns if reached else 0), what


def replaced(emissions: Iterator[Emission], start: int, end: int, new: bytes) -> Iterator[Emission]:
    """The emissions, with `new` for the bytes of the body from `start` to `end`. It comes with the first of the old."""
    at = 0
    for due, what in emissions:
        if isinstance(what, bytes):
            first, last = start - at, end - at
            at += len(what)
            if first < len(what) and last > 0:
                what = what[: max(0, first)] + (new if first >= 0 else b"") + what[max(0, last) :]
            if not what:
                continue
        yield due, what
