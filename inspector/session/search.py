"""Looking for a text in all streams of a session, one after the other. No toolkit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from inspector.protocol import Tone
from inspector.recording import InspectorError
from inspector.session.sources import Key, Source
from inspector.text.sanitise import sanitise
from inspector.timeline import Exchange
from inspector.timeline.pattern import Finder, pattern_of
from inspector.timeline.rows import label_of, time_of, tone_of
from inspector.timeline.search import Search, match_at

PER_STREAM: Final = 100
# From so many matches on, a few of each further stream say enough.
_MANY: Final = 5_000
_FEW: Final = 5
_BLOCKS: Final = 8


class Hit(NamedTuple):
    """One match: event `n`, its time, its type, and the passage, whose text is harmless to a terminal."""

    n: int
    t_ns: int | None
    label: str
    tone: Tone
    before: str
    text: str
    after: str


@dataclass
class Found:
    """What was found in one stream: the first of `count` matches, or the `problem` that keeps it from being read."""

    source: Source
    hits: list[Hit] = field(default_factory=list)
    count: int = 0
    problem: str = ""


class SessionSearch:
    """A search over streams, in their order; `step()` does some milliseconds' work.

    `found` has the streams with matches, and those that cannot be read, in the order of `sources`, which is asked again
    when all have been looked through: a session that is being recorded grows. `news` is raised with each change.
    `given_up`: the pattern takes too long, in one stream and so in all; what has been found until then stays.
    """

    def __init__(self, text: str, sources: Callable[[], Sequence[Source]]) -> None:
        self.text = text
        self.found: list[Found] = []
        self.count = self.looked_through = self.news = 0
        self.given_up = False
        self._pattern = pattern_of(text)
        self._sources = sources
        self._seen: set[Key] = set()
        self._waiting: list[Source] = []
        self._searched: _Stream | None = None
        self._part = 0.0
        self._growing: list[_Stream] = []

    @property
    def total(self) -> int:
        """How many streams there are to look through."""
        return len(self._seen)

    @property
    def done(self) -> bool:
        """Whether every stream has been looked through, as far as it had come."""
        return self.given_up or (self.news > 0 and self._searched is None and not self._waiting)

    @property
    def progress(self) -> float:
        """0 to 1; streams count alike, whatever their size."""
        return min(1.0, (self.looked_through + self._part) / max(1, self.total))

    def step(self) -> bool:
        """Looks through some more; False where there is nothing more for now."""
        if self._pattern is None or self.given_up:
            return False
        if self._searched is None and not self._begin(self._pattern):
            return self._grown()
        if self._searched and self._look(self._searched):
            self._part = self._searched.progress
        elif self._searched:
            self.looked_through += 1
            self._part = 0.0
            self.news += 1
            if self._searched.growing:
                self._growing.append(self._searched)
            else:
                self._searched.close()
            self._searched = None
        return True

    def close(self) -> None:
        """Lets go of the files; `step` is not called any more."""
        for stream in [*self._growing, *([self._searched] if self._searched else [])]:
            stream.close()

    def _begin(self, pattern: re.Pattern[bytes]) -> bool:
        """Opens the next stream; False where there is none."""
        if not self._waiting:
            self._waiting = [source for source in self._sources() if source.key not in self._seen]
            self._seen.update(source.key for source in self._waiting)
            self.news += bool(self._waiting) or not self.news
        if not self._waiting:
            return False
        source = self._waiting[0]
        most = PER_STREAM if self.count < _MANY else _FEW
        try:
            self._searched = _Stream(source, pattern, most)
        except InspectorError as error:
            self.found.append(Found(source, problem=str(error)))
            self.looked_through += 1
            self.news += 1
        # At last: `done` is asked from other threads.
        self._waiting.pop(0)
        return True

    def _look(self, stream: "_Stream") -> bool:
        before = stream.found.count
        try:
            went_on = stream.step()
        except OSError as error:
            self.found.append(
                Found(stream.found.source, problem=f"cannot be read any further: {error.strerror or error}")
            )
            return False
        if stream.given_up:
            self.given_up = True
            self.news += 1
        if stream.found.count != before:
            if not before:
                self.found.append(stream.found)
            self.count += stream.found.count - before
            self.news += 1
        return went_on

    def _grown(self) -> bool:
        """What has come since to streams that are still being recorded."""
        ended = [stream for stream in self._growing if not self._look(stream) and not stream.growing]
        for stream in ended:
            stream.close()
            self._growing.remove(stream)
        return False


class _Stream:
    """The search in one of the streams, which is indexed and looked through at once. Raises InspectorError."""

    def __init__(self, source: Source, pattern: re.Pattern[bytes], most: int) -> None:
        # The list's own may be open on another screen, which closes it.
        self.found = Found(replace(source, exchange=None))
        self._exchange: Exchange = source.another()
        self._search = Search(self._exchange, pattern)
        self._finder = Finder(pattern)
        self._most = most
        self._hits: dict[int, Hit] = {}

    @property
    def growing(self) -> bool:
        return self._exchange.arriving

    @property
    def given_up(self) -> bool:
        return self._search.given_up

    @property
    def progress(self) -> float:
        return self._exchange.progress

    def step(self) -> bool:
        loaded = sum(self._exchange.load_block() for _ in range(_BLOCKS))
        if not self._search.step():
            return loaded > 0
        matches = self._search.matches
        if len(matches) != self.found.count:
            self.found.hits = [self._hit(n) for n in matches[: self._most]]
            self.found.count = len(matches)
        return True

    def close(self) -> None:
        self._exchange.close()

    def _hit(self, n: int) -> Hit:
        if n not in self._hits:
            exchange = self._exchange
            kind = exchange.index.event_types[exchange.index.code[n - 1]]
            match = match_at(exchange, self._finder, n)
            label = label_of(kind) if exchange.index.code[n - 1] else "no event"
            self._hits[n] = Hit(n, time_of(exchange, n), label, tone_of(kind), *map(sanitise, match))
        return self._hits[n]
