"""What happens before the body."""

from collections.abc import Iterator

from inspector.protocol import error_type_for_status
from inspector.replay.emission import Emission
from inspector.replay.faults.fault import Change, Fault, FaultSpec, duration_ns, plain, plain_error
from inspector.replay.pacing import Pace, paced
from inspector.replay.recorded import json_answer
from inspector.timeline import Exchange


def _status(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, value=True, options=1)
    if not (spec.value or "").isdecimal() or not 400 <= int(spec.value or "") <= 599:
        raise spec.wrong("it needs an HTTP status from 400 to 599")
    status = int(spec.value or "")
    headers = []
    for option in spec.options:
        name, _, seconds = option.partition("=")
        if name != "retry-after" or not seconds.isdecimal():
            raise spec.wrong(f"{option!r} is not retry-after=SECONDS")
        headers.append((name, seconds))
    body = plain_error(error_type_for_status(status))
    headers.append(("request-id", body["request_id"]))

    def change(emissions: Iterator[Emission]) -> Iterator[Emission]:
        due, _ = next(emissions)
        return paced(json_answer(status, body, headers, due), Pace())

    return change


def _delay(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, value=True)
    pause = duration_ns(spec, spec.value or "")
    return lambda emissions: ((due + pause, what) for due, what in emissions)


STATUS = Fault(
    "status",
    "status=CODE[:retry-after=S]",
    "answers with an HTTP error instead, 400 to 599",
    "retries 408, 409, 429 and 500 up, then raises the exception of the status",
    ("E06",),
    _status,
    streams_only=False,
)
DELAY = Fault(
    "delay",
    "delay=2s",
    "sends the headers, and all that follows, that much later",
    "waits, or raises APITimeoutError after its read timeout",
    ("B03",),
    _delay,
    streams_only=False,
)
