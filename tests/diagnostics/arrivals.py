"""Arrival patterns as they come about: a model that writes, and the hops that pass it on, or hold it back.

`python -m tests.diagnostics.arrivals N` prints the rates over N streams of each pattern.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from inspector.diagnostics import diagnose
from inspector.timeline import Exchange
from tests.diagnostics.streams import Reads, message, paced, recorded, spoken

_WORDS = ("the ", "of ", "rain ", "in ", "Norway ", "tomorrow ", "is ", "weather, ", "and ", "Bergen. ")
LOCAL = "http://localhost:8000/v1/messages"
BUFFERED = {"B01", "B02", "B11", "B12"}
"""The rules that say that something was held back."""


class Written:
    """What a model writes: the events of a message, and when each was written, in ms since the request."""

    def __init__(self, random: Random, rate: float, first_ms: float, deltas: int, stalls: int = 0) -> None:
        self.random = random
        words = [random.choice(_WORDS) * random.randint(1, 2) for _ in range(deltas)]
        body = message(spoken(*words), output_tokens=deltas)
        self.events = [piece for _, piece in paced(body)]
        self.times: list[float] = []
        at = first_ms
        pauses = set(random.sample(range(4, len(self.events) - 2), stalls))
        for place in range(len(self.events)):
            self.times.append(at)
            if 1 <= place < len(self.events) - 3:
                at += random.lognormvariate(0, 0.6) * 1000 / rate
            if place in pauses:
                at += random.uniform(2000, 30000)


def _flowing(written: Written) -> Reads:
    return list(zip(written.times, written.events, strict=True))


def _coalesced(written: Written) -> Reads:
    """As a network does: what comes within some tens of milliseconds is one read."""
    reads: list[tuple[float, bytes]] = []
    due = 0.0
    for at, piece in _flowing(written):
        if reads and at <= due:
            reads[-1] = (due, reads[-1][1] + piece)
        else:
            due = at + written.random.uniform(0, 80)
            reads.append((due, piece))
    return reads


def _released(written: Written, held: slice, at: float, over_ms: float, reads: int) -> Reads:
    """Some of the events held back and let go at a moment, over so long a time and in so many reads; the rest flows."""
    flowing = _flowing(written)
    pieces = [piece for _, piece in flowing[held]]
    size = max(1, -(-len(pieces) // reads))
    lumps = [b"".join(pieces[start : start + size]) for start in range(0, len(pieces), size)]
    step = over_ms / max(1, len(lumps) - 1)
    before, after = flowing[: held.start or 0], flowing[held.stop :] if held.stop else []
    return [*before, *((at + step * place, lump) for place, lump in enumerate(lumps)),
            *((max(when, at + over_ms), piece) for when, piece in after)]  # fmt: skip


def _all_held(written: Written) -> Reads:
    reads = written.random.choice((1, 4, len(written.events)))
    return _released(written, slice(0, None), written.times[-1], written.random.uniform(0, 300), reads)


def _first_half_held(written: Written) -> Reads:
    """message_start went through before the buffer was there."""
    middle = len(written.events) // 2
    return _released(written, slice(2, middle), written.times[middle], written.random.uniform(0, 60), 3)


def _last_half_held(written: Written) -> Reads:
    middle = len(written.events) // 2
    return _released(written, slice(middle, None), written.times[-1], written.random.uniform(0, 60), 3)


def _in_blocks(written: Written) -> Reads:
    """A buffer of any size that is passed on when it is full."""
    size = written.random.choice((1000, 1460, 2048, 4096, 5000, 8192, 10_000))
    body = b"".join(written.events)
    reads: list[tuple[float, bytes]] = []
    came, sent = 0, 0
    for at, piece in _flowing(written):
        came += len(piece)
        while came - sent >= size:
            reads.append((at, body[sent : sent + size]))
            sent += size
    return [*reads, (written.times[-1], body[sent:])] if sent < len(body) else reads


def _in_lumps(written: Written) -> Reads:
    """What came in a period is passed on at its end."""
    period = written.random.uniform(250, 3000)
    lumps: dict[int, bytes] = {}
    for at, piece in _flowing(written):
        lumps[int(at // period)] = lumps.get(int(at // period), b"") + piece
    return [((number + 1) * period, lump) for number, lump in sorted(lumps.items())]


def _model(
    random: Random, rate: tuple[float, float] = (25, 120), first: tuple[float, float] = (400, 2500), **more: int
) -> Written:
    return Written(random, random.uniform(*rate), random.uniform(*first), random.randint(120, 400), **more)


Pattern = Callable[[Random], Reads]
FLOWING: dict[str, Pattern] = {
    "smooth": lambda random: _flowing(_model(random)),
    "coalesced": lambda random: _coalesced(_model(random)),
    "fast": lambda random: _flowing(_model(random, rate=(150, 240))),
    "fast and coalesced": lambda random: _coalesced(_model(random, rate=(150, 240))),
    "slow start": lambda random: _flowing(_model(random, first=(5000, 40_000))),
    "stalled": lambda random: _flowing(_model(random, stalls=3)),
    "stalled and coalesced": lambda random: _coalesced(_model(random, stalls=2)),
}
HELD: dict[str, Pattern] = {
    "all of it": lambda random: _all_held(_model(random)),
    "its first half": lambda random: _first_half_held(_model(random)),
    "its last half": lambda random: _last_half_held(_model(random)),
    "in blocks": lambda random: _in_blocks(_model(random)),
    "in lumps": lambda random: _in_lumps(_model(random)),
}


def exchange(reads: Sequence[tuple[float, bytes]]) -> Exchange:
    return recorded(reads, url=LOCAL, end_ms=reads[-1][0] + 1)


def found(pattern: Pattern, seed: int) -> set[str]:
    """The codes of the rules that say that such a stream was held back."""
    return {finding.code for finding in diagnose(exchange(pattern(Random(seed))))} & BUFFERED


def main(count: int) -> None:
    for group, patterns in (("flows", FLOWING), ("held", HELD)):
        for name, pattern in patterns.items():
            codes = Counter(",".join(sorted(found(pattern, seed))) or "nothing" for seed in range(count))
            print(f"{group:6} {name:22}", ", ".join(f"{code} {n}" for code, n in codes.most_common()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
