"""The text of the event stream is wrong."""

import re
from collections.abc import Callable, Iterator

from inspector.replay.emission import Emission
from inspector.replay.faults.edits import replaced
from inspector.replay.faults.fault import Change, Fault, FaultSpec, offset_after, plain
from inspector.sse import Decoder, Frame
from inspector.timeline import Exchange

_NAME_LINE = re.compile(rb"(?:(?<=[\r\n])|^)event(?::[^\r\n]*)?(?:\r\n|\r|\n)")


def _malformed(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    end = offset_after(spec, exchange)
    if not spec.event or not (frame := exchange.frame(spec.event)).dispatched:
        raise spec.wrong(f"event {spec.event} of {exchange.name} has no data to cut")
    return lambda emissions: replaced(emissions, end - len(frame.raw), end, half(frame.raw))


def half(raw: bytes) -> bytes:
    """A frame whose data stops in the middle."""
    lines = raw.rstrip(b"\r\n")
    data = lines.find(b"data:") + 5
    keep = data + (len(lines.rstrip()) - data) // 2
    # In the middle of a character would be another fault.
    while keep > data and lines[keep] & 0xC0 == 0x80:
        keep -= 1
    return lines[:keep] + raw[len(lines) :]


def reframed(emissions: Iterator[Emission], change: Callable[[Frame], bytes]) -> Iterator[Emission]:
    """Changes each frame's bytes. A frame that came in several reads comes with the last of them."""
    decoder = Decoder()
    last = 0
    for due, what in emissions:
        if isinstance(what, bytes):
            what = b"".join(change(frame) for frame in decoder.feed(what))
            last = due
            if not what:
                continue
        elif tail := decoder.close():
            yield last, tail
        yield due, what


def _no_event_names(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec)
    return lambda emissions: reframed(emissions, lambda frame: _NAME_LINE.sub(b"", frame.raw))


def _mixed_newlines(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec)
    return lambda emissions: reframed(emissions, _mixed)


def _mixed(frame: Frame) -> bytes:
    return frame.raw[:-1] + b"\r\n" if frame.raw.endswith(b"\n\n") else frame.raw


FAULTS = (
    Fault(
        "malformed",
        "malformed@N",
        "cuts the JSON of event N in half",
        "raises json.JSONDecodeError at that event",
        ("F15",),
        _malformed,
        at_event=True,
    ),
    Fault(
        "mixed-newlines",
        "mixed-newlines",
        "ends blank lines with CR LF, other lines with LF",
        "gives no event before the whole body is there",
        ("F12",),
        _mixed_newlines,
    ),
    Fault(
        "no-event-names",
        "no-event-names",
        "leaves out the `event:` lines",
        "gives no event and raises nothing",
        ("F01",),
        _no_event_names,
    ),
)
