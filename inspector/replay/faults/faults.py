"""The faults of one server or client, and which of them apply to the next response."""

from collections.abc import Iterator, Sequence
from itertools import count

from inspector.replay.emission import Emission
from inspector.replay.faults.fault import Change, FaultSpec
from inspector.replay.faults.random_fault import RANDOM, drawn
from inspector.replay.faults.registry import FAULTS, parse
from inspector.timeline import Exchange

_ORDER = {name: place for place, name in enumerate(FAULTS)}


class Faults:
    """The faults that were asked for, and how often each has been applied.

    Raises InspectorError where one is not written right or does not fit one of the recordings.
    """

    def __init__(self, specs: Sequence[str], exchanges: Sequence[Exchange]) -> None:
        self._specs = [parse(spec) for spec in specs]
        self._left = [spec.times for spec in self._specs]
        self._draws = [count(1) for _ in self._specs]
        for spec in self._specs:
            for exchange in exchanges:
                FAULTS[spec.name].prepare(spec, exchange)

    def next(self, exchange: Exchange, streamed: bool) -> tuple[Change, list[str]]:
        """What to do to the next response, and the faults that do it."""
        chosen = list(filter(None, (self._turn(at, exchange, streamed) for at in range(len(self._specs)))))
        changes = [FAULTS[spec.name].prepare(spec, exchange) for spec in sorted(chosen, key=_place)]

        def change(emissions: Iterator[Emission]) -> Iterator[Emission]:
            for each in changes:
                emissions = each(emissions)
            return emissions

        return change, [spec.text for spec in chosen]

    def _turn(self, at: int, exchange: Exchange, streamed: bool) -> FaultSpec | None:
        """The fault in this place of the list, where it has its turn for this response."""
        spec, left = self._specs[at], self._left[at]
        if left == 0 or (FAULTS[spec.name].streams_only and not streamed):
            return None
        if left is not None:
            self._left[at] = left - 1
        if spec.name != RANDOM.name:
            return spec
        return parse(drawn(spec.options[0], next(self._draws[at]), exchange, streamed))


def _place(spec: FaultSpec) -> tuple[bool, int, int]:
    """At which turn a fault is applied. Later events first, so that the bytes before them stand where they were."""
    at_event = FAULTS[spec.name].at_event
    return not at_event, -(spec.event or 0), _ORDER[spec.name]
