"""What a list says of each stream, read beside the screen."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal

from inspector.recording import InspectorError
from inspector.session.prompt import name_of, segments_of
from inspector.session.sources import Key, Source, moment
from inspector.session.threads import Threads, Turn
from inspector.session.turn_facts import TurnFacts, request_facts, with_answer
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.timeline import Exchange
from inspector.timeline.metrics import InputTokens

if TYPE_CHECKING:
    from inspector.diagnostics import Severity

# A larger file is not read through for one line of a list.
_READ_THROUGH: Final = 1 << 25
_ROUND_S: Final = 0.5
# Placing all is a pass over all: while thousands are read it is not done for each, and takes a tenth of the time.
_PLACE_S: Final = 1.0
_PAUSE: Final = 10
_MOST_OPEN: Final = 200


State = Literal[
    "error",
    "complete",
    "reply",
    "not-a-stream",
    "cancelled",
    "in-progress",
    "truncated",
    "live",
    "waiting",
    "large",
    "unreadable",
]
"""How a stream stands: a `Status`, or live (more may come), waiting (nothing has come yet), large (not read through),
unreadable."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One stream in figures; None and "" where it does not tell. All text is harmless to a terminal.

    `worst` is the (severity, code) of its worst finding, `more` how many others there are;
    `trouble` grows with what is wrong: how it ended, and its findings. `started` is in seconds since 1970, `prompt`
    what tells it from the other turns of its conversation (`session.prompt.name_of`), `asked` method and path of what
    is no stream of the API's, `note` what the recording says of itself, or why it cannot be read; `size` in bytes
    stands for the events of a file that is too large to be read through. `thinking_ms` and `answer_ms`: to the first
    thinking, and to the first text or tool input.
    """

    state: State
    worst: "tuple[Severity, str] | None" = None
    more: int = 0
    trouble: int = 0
    http: int | None = None
    started: float | None = None
    model: str = ""
    input_tokens: InputTokens | None = None
    output_tokens: int | None = None
    ttft_ms: float | None = None
    thinking_ms: float | None = None
    answer_ms: float | None = None
    duration_ms: float | None = None
    events: int | None = None
    size: int | None = None
    prompt: str = ""
    asked: str = ""
    note: str = ""

    @property
    def live(self) -> bool:
        """Whether more may come."""
        return self.state in ("live", "waiting")


UNREAD: Final = Summary("waiting")
_TROUBLE: Final = {"error": 5, "warn": 1, "info": 0}


def summarise(source: Source) -> Summary:
    """The summary of one stream, which is opened and closed for it."""
    try:
        reading = _Reading(source)
    except InspectorError as error:
        return _unreadable(sanitise(str(error)))
    with reading.exchange:
        return reading.summary()


class _Reading:
    """One stream, read further each time that its summary is asked for. Raises InspectorError."""

    def __init__(self, source: Source) -> None:
        from inspector.diagnostics import Diagnosis

        self.exchange: Exchange = source.another()
        self._diagnosis = Diagnosis(self.exchange)
        self._asked: TurnFacts | None = None

    def summary(self) -> Summary:
        """What there is to say of it now."""
        try:
            return self._summary()
        except OSError as error:
            return _unreadable(f"cannot be read any further: {error.strerror or error}")

    def _summary(self) -> Summary:
        exchange, index = self.exchange, self.exchange.index
        read_through = exchange.reader.size() <= _READ_THROUGH
        # Asked before the last look: a recorder writes the end first.
        live = exchange.arriving
        while exchange.load_block() and read_through:
            pass
        live = live and index.end is None
        view = exchange.view()
        status = view.status
        state: State = "waiting" if live and not index.count else "live" if live else status
        if not read_through and not live:
            state = "large"
        metrics = view.metrics
        header: dict[str, Any] = index.header or {}
        about = header.get("source")
        note = about.get("note") if isinstance(about, dict) else None
        worst, more, weight = self._worst(live) if read_through else (None, 0, 0)
        broken = read_through and status not in ("complete", "reply", "in-progress")
        return Summary(
            state=state,
            worst=worst,
            more=more,
            trouble=weight + 10 * broken,
            http=view.http_status,
            started=moment(str(header.get("started_at"))),
            model=sanitise_start(index.reported.model_at(index.count) or _requested_model(exchange.request)),
            input_tokens=metrics.input_tokens,
            output_tokens=metrics.output_tokens if read_through else None,
            ttft_ms=metrics.ttft_ms,
            thinking_ms=metrics.first_thinking_ms,
            answer_ms=min(filter(None, (metrics.first_text_ms, metrics.first_tool_ms)), default=None),
            duration_ms=metrics.duration_ms if read_through and (index.count or status == "reply") else None,
            events=index.count if read_through else None,
            size=None if read_through else exchange.reader.size(),
            prompt=sanitise(name_of((exchange.request or {}).get("body"))),
            asked=sanitise_start(exchange.asked_otherwise),
            note=sanitise(note) if isinstance(note, str) else "",
        )

    def facts(self, summary: Summary) -> TurnFacts | None:
        """What says which others it belongs to; None where there is no telling."""
        if summary.started is None or summary.state in ("large", "unreadable"):
            return None
        if self._asked is None and self.exchange.request is not None:
            segments = segments_of(self.exchange.request.get("body"))
            self._asked = request_facts(self.exchange, summary.started, segments)
        if self._asked is None or summary.live:
            return self._asked
        return with_answer(self._asked, self.exchange.view())

    def _worst(self, live: bool) -> "tuple[tuple[Severity, str] | None, int, int]":
        """The worst finding's severity and code, how many more there are, and how bad that is, from 0.

        What is only worth knowing is not bad.
        """
        self._diagnosis.update(whole=not live)
        found = self._diagnosis.findings
        if not found:
            return None, 0, 0
        worst = min(found, key=attrgetter("weight"))
        return (worst.severity, worst.code), len(found) - 1, _TROUBLE[worst.severity]


class Summariser(Thread):
    """Summarises streams one after the other, and those again that changed since. `found` fills.

    `news` has the keys of what is new in it, for whoever shows it to take them out. `turns` says where in the session's
    threads each stream has its place, in the order in which threads are read; it is another one after each change.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        super().__init__(name="summaries", daemon=True)
        self._sources = list(sources)
        self._stop_asked = Event()
        self._stamps: dict[Key, tuple[int, ...]] = {}
        self._growing: dict[Key, _Reading] = {}
        self.found: dict[Key, Summary] = {}
        self.news: deque[Key] = deque()
        self.turns: dict[Key, Turn[Key]] = {}
        self._threads: Threads[Key] = Threads()
        self._place_at = 0.0

    def run(self) -> None:
        """Goes round until it is stopped."""
        while not self._stop_asked.is_set():
            sources = list(self._sources)
            self._threads.keep({source.key for source in sources})
            for source in sources:
                if self._stop_asked.is_set():
                    break
                self._look_at(source)
                if monotonic() > self._place_at:
                    self._place()
            self._place()
            self._stop_asked.wait(_ROUND_S)
        for reading in self._growing.values():
            reading.exchange.close()

    def watch(self, sources: Iterable[Source]) -> None:
        """Other streams are in the list."""
        self._sources = list(sources)

    def stop(self) -> None:
        """Ends it, and waits for that, but not for long."""
        self._stop_asked.set()
        if self.is_alive():
            self.join(1)

    def _place(self) -> None:
        """Says where in the threads everything stands, where that has changed."""
        if self._threads.changed:
            began = monotonic()
            self.turns = {turn.key: turn for turn in self._threads.turns()}
            self._place_at = monotonic() + max(_PLACE_S, _PAUSE * (monotonic() - began))

    def _look_at(self, source: Source) -> None:
        try:
            stamp = self._stamp(source)
        except OSError:
            return
        if stamp[0] and self._stamps.get(source.key) != stamp:
            summary = self._summary(source)
            # What it was taken for: the recorder may end at any time.
            self._stamps[source.key] = *stamp[:-1], summary.live
            self.found[source.key] = summary
            self.news.append(source.key)

    def _stamp(self, source: Source) -> tuple[int, ...]:
        """Something that differs when a stream has changed, its size first."""
        # A recorder that is killed changes nothing in its file.
        growing = self._growing.get(source.key)
        arriving = growing is not None and growing.exchange.arriving
        if source.copy:
            return source.copy.reader.size(), arriving
        status = Path(source.path).stat()
        return status.st_size, status.st_mtime_ns, arriving

    def _summary(self, source: Source) -> Summary:
        """Where it is still being recorded it stays open: what is read once is not read again."""
        try:
            reading = self._growing.pop(source.key, None) or _Reading(source)
        except InspectorError as error:
            return _unreadable(sanitise(str(error)))
        summary = reading.summary()
        if facts := reading.facts(summary):
            self._threads.add(source.key, facts)
        if summary.live and len(self._growing) < _MOST_OPEN:
            self._growing[source.key] = reading
        else:
            reading.exchange.close()
        return summary


def _unreadable(why: str) -> Summary:
    return Summary("unreadable", trouble=99, note=why)


def _requested_model(request: dict[str, Any] | None) -> str:
    body = (request or {}).get("body")
    model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) else ""
