"""The body ends earlier than it did."""

from collections.abc import Iterator

from inspector.protocol import ERRORS
from inspector.replay.emission import Emission, Ending
from inspector.replay.faults.edits import head_to
from inspector.replay.faults.fault import Change, Fault, FaultSpec, offset_after, plain, plain_error
from inspector.text.json_text import dumps
from inspector.timeline import Exchange


def _ended(emissions: Iterator[Emission], offset: int, end: Ending, last: bytes = b"") -> Iterator[Emission]:
    due = 0
    for due, what in head_to(emissions, offset):
        yield due, what
    if last:
        yield due, last
    yield due, end


def _drop(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    offset = offset_after(spec, exchange)
    return lambda emissions: _ended(emissions, offset, Ending.CLEAN)


def _reset(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    offset = offset_after(spec, exchange)
    return lambda emissions: _ended(emissions, offset, Ending.RESET)


def _error(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, value=True, event=True)
    if spec.value is None or spec.value not in ERRORS:
        raise spec.wrong(f"it needs an error type, one of {', '.join(ERRORS)}")
    event = b"event: error\ndata: %b\n\n" % dumps(plain_error(spec.value))
    offset = offset_after(spec, exchange)
    return lambda emissions: _ended(emissions, offset, Ending.CLEAN, event)


FAULTS = (
    Fault(
        "drop",
        "drop@N",
        "ends the body cleanly after event N",
        "raises nothing: the message merely lacks what did not come",
        ("P01",),
        _drop,
        at_event=True,
    ),
    Fault(
        "reset",
        "reset@N",
        "resets the TCP connection after event N",
        "raises httpx2.ReadError, which is no anthropic.APIError",
        ("T02",),
        _reset,
        at_event=True,
    ),
    Fault(
        "error",
        "error=TYPE@N",
        "sends an error event after event N, and ends the body",
        "raises a plain APIStatusError with status_code 200 and does not retry",
        ("E01", "E02"),
        _error,
        at_event=True,
    ),
)
