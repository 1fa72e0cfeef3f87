"""All kinds of faults, and how one is written."""

import re
from difflib import get_close_matches
from typing import Final

from inspector.recording import InspectorError
from inspector.replay.faults import delivery
from inspector.replay.faults import endings as ends
from inspector.replay.faults import event_text as text
from inspector.replay.faults import http_status as head
from inspector.replay.faults import random_fault as draw
from inspector.replay.faults.fault import Fault, FaultSpec

# In the order in which they are applied: what makes the stream, what replaces it, how it is delivered.
FAULTS: Final[dict[str, Fault]] = {
    kind.name: kind
    for kind in (*ends.FAULTS, delivery.STALL, *text.FAULTS, head.STATUS, *delivery.FAULTS, head.DELAY, draw.RANDOM)
}
_SPEC = re.compile(r"(?P<name>[a-z-]+)(?:=(?P<value>[^@:]*))?(?:@(?P<event>\d{1,18}))?(?P<options>(?::[^:]*)*)")


def parse(text: str) -> FaultSpec:
    """NAME=VALUE@EVENT:OPTION…:times=N, everything but the name optional. Raises InspectorError."""
    match = _SPEC.fullmatch(text)
    name = match["name"] if match else re.split("[=@:]", text)[0]
    if name not in FAULTS:
        close = get_close_matches(name, FAULTS, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(FAULTS)}"
        raise InspectorError(f"there is no fault {name!r}: {hint}")
    if not match:
        raise InspectorError(f"fault {text!r}: it is written {FAULTS[name].form}, and :times=N limits it")
    options = match["options"].split(":")[1:]
    times = None
    for option in [option for option in options if option.startswith("times=")]:
        options.remove(option)
        count = option.removeprefix("times=")
        if not count.isdecimal() or not 0 < int(count) < 1 << 31:
            raise InspectorError(f"fault {text!r}: times needs a number of requests, as in times=2")
        times = int(count)
    event = match["event"]
    return FaultSpec(text, name, match["value"], None if event is None else int(event), tuple(options), times)
