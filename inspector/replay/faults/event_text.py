"""The text of the event stream is wrong."""

import re
from collections.abc import Callable, Iterator

from inspector.replay.emission import Step
from inspector.replay.faults.edits import replaced
from inspector.replay.faults.fault import Change, Kind, Spec, offset_after, plain
from inspector.sse import Decoder, Frame
from inspector.timeline import Exchange

_NAME_LINE = re.compile(rb"(?:(?<=[\r\n])|^)event(?::[^\r\n]*)?(?:\r\n|\r|\n)")


def _malformed(spec: Spec, exchange: Exchange) -> Change:
    plain(spec, event=True)
    end = offset_after(spec, exchange)
    if not spec.event or not (frame := exchange.frame(spec.event)).dispatched:
        raise spec.wrong(f"event {spec.event} of {exchange.name} has no data to cut")
    return lambda steps: replaced(steps, end - len(frame.raw), end, half(frame.raw))


def half(raw: bytes) -> bytes:
    """A frame whose data stops in the middle."""
    lines = raw.rstrip(b"\r\n")
    data = lines.find(b"data:") + 5
    keep = data + (len(lines.rstrip()) - data) // 2
    # In the middle of a character would be another fault.
    while keep > data and lines[keep] & 0xC0 == 0x80:
        keep -= 1
    return lines[:keep] + raw[len(lines) :]


def reframed(steps: Iterator[Step], change: Callable[[Frame], bytes]) -> Iterator[Step]:
    """Changes each frame's bytes. A frame that came in several reads comes with the last of them."""
    decoder = Decoder()
    last = 0
    for due, what in steps:
        if isinstance(what, bytes):
            what = b"".join(change(frame) for frame in decoder.feed(what))
            last = due
            if not what:
                continue
        elif tail := decoder.close():
            yield last, tail
        yield due, what


def _no_event_names(spec: Spec, exchange: Exchange) -> Change:
    plain(spec)
    return lambda steps: reframed(steps, lambda frame: _NAME_LINE.sub(b"", frame.raw))


def _mixed_newlines(spec: Spec, exchange: Exchange) -> Change:
    plain(spec)
    return lambda steps: reframed(steps, _mixed)


def _mixed(frame: Frame) -> bytes:
    return frame.raw[:-1] + b"\r\n" if frame.raw.endswith(b"\n\n") else frame.raw


KINDS = (
    Kind(
        "malformed",
        "malformed@N",
        "cuts the JSON of event N in half",
        "raises json.JSONDecodeError at that event",
        ("F15",),
        _malformed,
        at_event=True,
    ),
    Kind(
        "mixed-newlines",
        "mixed-newlines",
        "ends blank lines with CR LF, other lines with LF",
        "gives no event before the whole body is there",
        ("F12",),
        _mixed_newlines,
    ),
    Kind(
        "no-event-names",
        "no-event-names",
        "leaves out the `event:` lines",
        "gives no event and raises nothing",
        ("F01",),
        _no_event_names,
    ),
)
