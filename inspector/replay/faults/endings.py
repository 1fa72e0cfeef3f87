"""The body ends earlier than it did."""

from collections.abc import Iterator

from inspector.protocol import ERRORS
from inspector.replay.emission import End, Step
from inspector.replay.faults.edits import head_to
from inspector.replay.faults.fault import Change, Kind, Spec, offset_after, plain, plain_error
from inspector.text.json_text import dumps
from inspector.timeline import Exchange


def _ended(steps: Iterator[Step], offset: int, end: End, last: bytes = b"") -> Iterator[Step]:
    due = 0
    for due, what in head_to(steps, offset):
        yield due, what
    if last:
        yield due, last
    yield due, end


def _drop(spec: Spec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    offset = offset_after(spec, exchange)
    return lambda steps: _ended(steps, offset, End.CLEAN)


def _reset(spec: Spec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    offset = offset_after(spec, exchange)
    return lambda steps: _ended(steps, offset, End.RESET)


def _error(spec: Spec, exchange: Exchange) -> Change:
    plain(spec, value=True, event=True)
    if spec.value is None or spec.value not in ERRORS:
        raise spec.wrong(f"it needs an error type, one of {', '.join(ERRORS)}")
    event = b"event: error\ndata: %b\n\n" % dumps(plain_error(spec.value))
    offset = offset_after(spec, exchange)
    return lambda steps: _ended(steps, offset, End.CLEAN, event)


KINDS = (
    Kind(
        "drop",
        "drop@N",
        "ends the body cleanly after event N",
        "raises nothing: the message merely lacks what did not come",
        ("P01",),
        _drop,
        at_event=True,
    ),
    Kind(
        "reset",
        "reset@N",
        "resets the TCP connection after event N",
        "raises httpx2.ReadError, which is no anthropic.APIError",
        ("T02",),
        _reset,
        at_event=True,
    ),
    Kind(
        "error",
        "error=TYPE@N",
        "sends an error event after event N, and ends the body",
        "raises a plain APIStatusError with status_code 200 and does not retry",
        ("E01", "E02"),
        _error,
        at_event=True,
    ),
)
