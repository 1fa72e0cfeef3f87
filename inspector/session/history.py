"""A session that has been read through once: its turns by threads, and what the cache did in each."""

from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final, Self

from inspector.recording import InspectorError
from inspector.session.caching import CachedRequest, CacheStep, CacheXRay, parameters_of
from inspector.session.prompt import Segment, name_of, segments_of
from inspector.session.sources import Key, Source, moment
from inspector.session.threads import Threads, Turn
from inspector.session.turn_facts import request_facts, with_answer
from inspector.text.sanitise import sanitise
from inspector.timeline import Exchange

_MOST_BLOCKS: Final = 1 << 10


@dataclass(frozen=True, slots=True)
class CachedTurn:
    """A turn, what it is called (harmless to a terminal), what it asked for, and what the cache did."""

    turn: Turn[Key]
    source: Source
    name: str
    request: CachedRequest
    step: CacheStep

    @property
    def size(self) -> int:
        """Bytes of the whole prompt, as compact JSON."""
        return sum(segment.size for segment in self.request.segments)

    @property
    def same_size(self) -> int:
        """Bytes of it that are those of the turn before."""
        return sum(segment.size for segment in self.request.segments[: self.step.same])

    @property
    def missed_tokens(self) -> int | None:
        """About how many tokens were not read that the turn before had marked; None where nothing was missed."""
        tokens = self.request.tokens
        if self.step.verdict not in ("changed", "expired", "too far", "too early") or tokens is None or not self.size:
            return None
        wanted = sum(segment.size for segment in self.request.segments[: self.step.wanted])
        return max(0, round(tokens.total * wanted / self.size) - tokens.cache_read)

    def as_dict(self) -> dict[str, Any]:
        """What `show --cache --format json` prints of it."""
        tokens, change = self.request.tokens, self.step.change
        return {
            "file": self.source.path,
            "exchange": self.source.number,
            "thread": self.turn.thread.label,
            "kind": self.turn.thread.kind,
            "turn": self.turn.number,
            "relation": self.turn.relation,
            "name": self.name,
            "model": self.request.model,
            "input_tokens": tokens and tokens.total,
            "cache_read": tokens and tokens.cache_read,
            "cache_creation": tokens and tokens.cache_creation,
            "bytes": self.size,
            "same_bytes": self.same_size,
            "marks": [{"place": one.place, "ttl": one.mark} for one in self.request.segments if one.mark],
            "change": change and asdict(change),
            "verdict": self.step.verdict,
            "why": self.step.why,
            "missed_tokens": self.missed_tokens,
            "idle_s": self.step.idle_s,
        }


class SessionHistory:
    """The exchanges of a session that asked a model for something. Tell it of each, in any order.

    It keeps copies of what was imported open, until it is closed: what differs between two requests is read again.
    """

    def __init__(self) -> None:
        self._closing = ExitStack()
        self._threads: Threads[Key] = Threads()
        self._requests: dict[Key, CachedRequest] = {}
        self._names: dict[Key, str] = {}
        self._sources: dict[Key, Source] = {}
        # Each turn repeats what was said: its pieces are kept once.
        self._known: dict[tuple[str, bytes, str], Segment] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    def add(self, exchange: Exchange) -> None:
        """An exchange that has been read through; it may be closed afterwards."""
        body = (exchange.request or {}).get("body")
        header = exchange.index.header or {}
        began = moment(str(header.get("started_at")))
        if not isinstance(body, dict) or began is None or not isinstance(body.get("messages"), list):
            return
        source = Source(exchange.name, exchange.number)
        if exchange.temporary:
            source.copy = self._closing.enter_context(exchange.again())
        segments = [self._known.setdefault((one.place, one.digest, one.mark), one) for one in segments_of(body)]
        view = exchange.view()
        metrics = view.metrics
        self._threads.add(source.key, with_answer(request_facts(exchange, began, segments), view))
        self._requests[source.key] = CachedRequest(
            segments=segments,
            model=str(body.get("model")),
            began=began,
            ready=began + (metrics.first_event_ms or metrics.duration_ms or 0) / 1000,
            tokens=metrics.input_tokens,
            parameters=parameters_of(body),
            body=partial(_body_of, source),
        )
        self._names[source.key] = sanitise(name_of(body))
        self._sources[source.key] = source

    def turns(self) -> list[CachedTurn]:
        """All turns, thread by thread."""
        ordered = self._threads.turns()
        numbers = {id(thread): number for number, thread in enumerate(self._threads.threads)}
        ordered.sort(key=lambda turn: numbers[id(turn.thread)])
        xray = CacheXRay()
        steps: dict[Key, CacheStep] = {}
        for turn in sorted(ordered, key=lambda turn: self._requests[turn.key].began):
            # A branch goes on from where it left the conversation.
            goes_on = turn.previous or (turn.thread.parent if turn.thread.kind == "branch" else None)
            before = self._requests[goes_on] if goes_on else None
            steps[turn.key] = xray.step(self._requests[turn.key], before)
        return [
            CachedTurn(turn, self._sources[turn.key], self._names[turn.key], self._requests[turn.key], steps[turn.key])
            for turn in ordered
        ]


def _body_of(source: Source) -> Any:
    """The body of a request, read again: those of a session would fill the memory."""
    with suppress(InspectorError, OSError), source.another() as exchange:
        for _ in range(_MOST_BLOCKS):
            if exchange.request is not None or not exchange.load_block():
                break
        return (exchange.request or {}).get("body")
    return None
