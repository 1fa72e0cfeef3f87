"""What only several exchanges together show: retries after a cut, reconnects, streams that freeze together."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import chain
from typing import Final, NamedTuple

from inspector.diagnostics.engine import finding_of
from inspector.diagnostics.finding import Finding, Problem, Rule
from inspector.diagnostics.rules.downstream import D03, D07
from inspector.diagnostics.rules.timing import B09, S
from inspector.diagnostics.rules.usage import U07
from inspector.diagnostics.stream import Pause, Stream
from inspector.text.wording import clip, counted, duration, quoted
from inspector.timeline import Exchange

_SOON: Final = 60 * S
_TOGETHER: Final = 100_000_000
_CROWD: Final = 5
# With how many of those that come after it an exchange is compared: ten thousand that ask the same are one case.
_MOST_LATER: Final = 100


class ExchangeFacts(NamedTuple):
    """What is kept of an exchange: absolute times in ns since the epoch, and what the session rules compare."""

    name: str
    started: int
    ended: int
    body: str
    request: tuple[str, str]
    origin: str
    client: str
    unfinished: str
    reconnects: bool
    pauses: tuple[Pause, ...]


_NOTHING_KNOWN: Final = ExchangeFacts("", 0, 0, "", ("", ""), "", "", "", False, ())


class SessionRules:
    """The exchanges of a folder, or of several files that are checked together. Add each once it is diagnosed."""

    def __init__(self) -> None:
        self._summaries: list[ExchangeFacts] = []

    def add(self, exchange: Exchange) -> str:
        """Keeps what is needed of an exchange, which may be closed afterwards.

        Returns a note, "" mostly: an exchange that cannot be compared takes nothing with it, and keeps its place.
        """
        try:
            self._summaries.append(_summary(exchange))
        except Exception as error:  # noqa: BLE001
            self._summaries.append(_NOTHING_KNOWN)
            return f"it cannot be compared with others: {type(error).__name__}: {clip(str(error))}"
        return ""

    def findings(self) -> Iterator[tuple[int, Finding]]:
        """(place in the order of `add`, finding) of all that the exchanges show together."""
        timed = [place for place, one in enumerate(self._summaries) if one.started]
        timed.sort(key=lambda place: self._summaries[place].started)
        for earlier, later in sorted({*self._repeated(timed), *self._paused_together(timed)}):
            yield from self._pair(timed[earlier], timed[later])
        yield from self._crowd(timed)

    def _repeated(self, timed: list[int]) -> Iterator[tuple[int, int]]:
        """Pairs (as positions in `timed`) of an exchange that ended badly and what asks the same soon after it."""
        asked: defaultdict[object, list[int]] = defaultdict(list)
        for position in reversed(range(len(timed))):
            one = self._summaries[timed[position]]
            wanted = [one.body] * bool(one.body and one.unfinished) + [one.request] * one.reconnects
            for later in chain.from_iterable(asked[key][: -_MOST_LATER - 1 : -1] for key in wanted):
                if self._summaries[timed[later]].started - one.ended <= _SOON:
                    yield position, later
            for key in (one.body, one.request):
                asked[key].append(position)

    def _paused_together(self, timed: list[int]) -> Iterator[tuple[int, int]]:
        """Pairs of exchanges of which a pause of each began at the same time."""
        begun = sorted(
            (self._summaries[place].started + pause.start_ns, position)
            for position, place in enumerate(timed)
            for pause in self._summaries[place].pauses
        )
        for at, (began, position) in enumerate(begun):
            for other_began, other in begun[at + 1 : at + 1 + _MOST_LATER]:
                if other_began - began > _TOGETHER:
                    break
                if other != position:
                    yield min(position, other), max(position, other)

    def _pair(self, earlier: int, later: int) -> Iterator[tuple[int, Finding]]:
        one, other = self._summaries[earlier], self._summaries[later]
        pause = other.started - one.ended
        soon = -S < pause <= _SOON
        if soon and one.body and one.body == other.body and one.unfinished:
            when = f"{one.unfinished} {duration(max(0, pause))} earlier, after content had come"
            message = f"the same request was {when} ({one.name})"
            yield later, _finding(U07, message)
        if soon and one.reconnects and one.request == other.request:
            message = (
                f"GET {quoted(one.request[1])} again {duration(max(0, pause))} after it had ended without a done event"
            )
            yield later, _finding(D03, message)
        frozen = sum(_same_time(one, first, other, second) for first in one.pauses for second in other.pauses)
        if frozen >= 2 and one.client == other.client:
            yield later, _finding(B09, f"{counted(frozen, 'pause')} at the same time as in {one.name}")

    def _crowd(self, timed: list[int]) -> Iterator[tuple[int, Finding]]:
        streams: defaultdict[str, list[ExchangeFacts]] = defaultdict(list)
        for place in timed:
            if origin := self._summaries[place].origin:
                streams[origin].append(self._summaries[place])
        ends: defaultdict[str, list[int]] = defaultdict(list)
        begun: Counter[str] = Counter()
        for place in timed:
            one = self._summaries[place]
            if not one.origin:
                continue
            others, open_now = streams[one.origin], ends[one.origin]
            while begun[one.origin] < len(others) and others[begun[one.origin]].started <= one.started:
                heappush(open_now, others[begun[one.origin]].ended)
                begun[one.origin] += 1
            while open_now and open_now[0] <= one.started:
                heappop(open_now)
            if len(open_now) >= _CROWD:
                yield place, _finding(D07, f"{len(open_now)} event streams of {quoted(one.origin)} are open at once")
                return


def _summary(exchange: Exchange) -> ExchangeFacts:
    stream = Stream(exchange)
    stream.find_pauses()
    index = exchange.index
    started = int((stream.began_s or 0) * 1e9)
    last = max(stream.end_ns or 0, index.arrivals.t_ns[-1] if index.arrivals.t_ns else 0)
    get = str(stream.request.get("method")).upper() == "GET"
    browser = get and stream.media_type == "text/event-stream" and stream.is_ok
    body = stream.request.get("body")
    return ExchangeFacts(
        name=exchange.name,
        started=started,
        ended=started + last,
        body=hashlib.sha256(repr(body).encode("utf-8", "surrogatepass")).hexdigest() if body else "",
        request=("GET" if get else "", str(stream.request.get("url") or "")),
        origin=str(stream.request.get("url") or "").partition("?")[0].rpartition("/")[0] if browser else "",
        client=exchange.header("user-agent"),
        unfinished=_unfinished(stream),
        reconnects=browser and stream.reason in ("complete", "eof") and not stream.says_done,
        pauses=tuple(stream.pauses[:50]),
    )


def _unfinished(stream: Stream) -> str:
    """How a stream ended that had brought content but not all of it, "" where that is not so."""
    if not stream.index.assembler.first_content or (stream.stopped and not stream.failed):
        return ""
    if stream.failed:
        return "failed"
    return {"cancelled": "abandoned", "": ""}.get(stream.reason, "cut")


def _same_time(one: ExchangeFacts, first: Pause, other: ExchangeFacts, second: Pause) -> bool:
    start = one.started + first.start_ns - other.started - second.start_ns
    return abs(start) <= _TOGETHER and abs(start + first.gap_ns - second.gap_ns) <= _TOGETHER


def _finding(rule: Rule, message: str) -> Finding:
    return finding_of(rule, Problem(message), None)
