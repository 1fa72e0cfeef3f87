"""A fault drawn by chance, the same one for the same seed and request."""

from collections.abc import Iterator
from random import Random

from inspector.protocol import ERRORS
from inspector.replay.faults.fault import Change, Fault, FaultSpec, plain
from inspector.timeline import Exchange
from inspector.timeline.assembler import NOT_DISPATCHED


def drawn(seed: str, number: int, exchange: Exchange, streamed: bool) -> str:
    """The fault for request `number` of those that this seed draws for."""
    chance = Random(f"{seed} {number}")
    specs: list[str] = [*_of_any_response(), *(_of_a_stream(exchange, chance) if streamed else ())]
    return specs[chance.randrange(len(specs))]


def _of_any_response() -> Iterator[str]:
    yield from ("status=529", "status=500", "status=429:retry-after=1")
    yield from ("delay=1s", "burst", "rechunk=1", "rechunk=7", "gzip", "gzip:noflush")


def _of_a_stream(exchange: Exchange, chance: Random) -> Iterator[str]:
    yield from ("mixed-newlines", "no-event-names")
    events = [n for n, code in enumerate(exchange.index.code[: exchange.index.count], 1) if code != NOT_DISPATCHED]
    if events:
        error = chance.choice([name for name in ERRORS if not ERRORS[name].beta])
        n = chance.choice(events)
        yield from (f"drop@{n}", f"reset@{n}", f"error={error}@{n}", f"stall@{n}:1s", f"malformed@{n}")


def _prepare(spec: FaultSpec, exchange: Exchange) -> Change:
    plain(spec, options=1)
    if not spec.options or not spec.options[0]:
        raise spec.wrong("it needs a seed, as in random:7")
    return lambda emissions: emissions


RANDOM = Fault(
    "random",
    "random:SEED",
    "draws one of the others for each request, for the same seed the same ones",
    "does what it does under the one that was drawn",
    (),
    _prepare,
    streams_only=False,
)
