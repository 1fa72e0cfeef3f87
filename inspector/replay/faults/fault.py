"""What a fault is."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from inspector.protocol import ERRORS
from inspector.recording import InspectorError
from inspector.replay.emission import Emission
from inspector.timeline import Exchange

Change = Callable[[Iterator[Emission]], Iterator[Emission]]
"""What a fault does to the emissions of one response."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|)")
_NS: Final = {"ms": 1e6, "s": 1e9, "": 1e9}
_LONGEST_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """A fault as it was asked for: NAME=value@event:option:…:times=N, parts that are missing None or empty."""

    text: str
    name: str
    value: str | None
    event: int | None
    options: tuple[str, ...]
    times: int | None

    def wrong(self, why: str) -> InspectorError:
        """The error to raise where a fault is not written right, or does not fit."""
        return InspectorError(f"fault {self.text!r}: {why}: see 'inspector serve --list-faults'")


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `form` is how it is written, `summary` what it does to the response, `sdk` what anthropic-python
    makes of that, `found_by` the codes of the rules that find it in a recording.

    `prepare` checks a spec against a recording and gives the change; it raises InspectorError. `at_event`: the spec
    names an event, and the change counts the recorded bytes up to it. `streams_only`: a response that was not asked for
    as a stream is left alone.
    """

    name: str
    form: str
    summary: str
    sdk: str
    found_by: tuple[str, ...]
    prepare: Callable[[FaultSpec, Exchange], Change]
    at_event: bool = False
    streams_only: bool = True


def plain_error(kind: str) -> dict[str, Any]:
    """An error of this type without details, for these select other exceptions."""
    value: dict[str, Any] = json.loads(ERRORS[kind].example)
    value["error"]["details"] = None
    return value


def duration_ns(spec: FaultSpec, text: str) -> int:
    """`5s`, `250ms` or plain seconds."""
    match = _DURATION.fullmatch(text)
    if not match or float(match[1]) * _NS[match[2]] > _LONGEST_S * 1e9:
        raise spec.wrong(f"{text!r} is no duration, 5s and 250ms are")
    return round(float(match[1]) * _NS[match[2]])


def offset_after(spec: FaultSpec, exchange: Exchange) -> int:
    """How many bytes of the body stand up to the end of the event that the spec names."""
    n, count = spec.event, exchange.index.count
    if n is None:
        raise spec.wrong("it needs an event, as in @20")
    if n > count:
        raise spec.wrong(f"there is no event {n}, {exchange.name} has {count}")
    return sum(exchange.index.size[:n])


def plain(spec: FaultSpec, *, value: bool = False, event: bool = False, options: int = 0) -> None:
    """Refuses the parts that a kind has no use for."""
    if (spec.value is not None) > value or (spec.event is not None) > event or len(spec.options) > options:
        raise spec.wrong("it takes no such value")
