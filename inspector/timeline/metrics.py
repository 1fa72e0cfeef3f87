"""The figures of one exchange: each is defined here, and nowhere else, and is cheap as of any moment."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Final

from inspector.timeline.assembler import NOT_DISPATCHED
from inspector.timeline.gaps import Gaps
from inspector.timeline.index import NO_TIME, Index
from inspector.timeline.reported import INPUT_TOKENS

_READ: Final = "cache_read_input_tokens"
_WRITTEN: Final = "cache_creation_input_tokens"
_CHECKPOINT: Final = 1 << 12
_DISPATCHED: Final = re.compile(b"[^%c]" % NOT_DISPATCHED)


@dataclass(frozen=True, slots=True)
class InputTokens:
    """The input of one request, in tokens.

    `total`: all of it, whatever the cache did, where the API's own `input_tokens` leaves the cached part out.
    `cache_read` and `cache_creation` are the parts of it that came from the cache, and that were written to it; 0 where
    nothing says.
    """

    total: int
    cache_read: int = 0
    cache_creation: int = 0

    @classmethod
    def of(cls, usage: Mapping[str, Any]) -> "InputTokens | None":
        """From the API's `usage`; None where it names no input."""
        numbers = {key: value for key in INPUT_TOKENS if isinstance(value := usage.get(key), int)}
        if not numbers:
            return None
        return cls(sum(numbers.values()), numbers.get(_READ, 0), numbers.get(_WRITTEN, 0))

    def __add__(self, other: "InputTokens") -> "InputTokens":
        return InputTokens(
            self.total + other.total,
            self.cache_read + other.cache_read,
            self.cache_creation + other.cache_creation,
        )

    def __str__(self) -> str:
        """ "12,312 (cached 12,000, written 300)": all input, and what of it the cache read and wrote."""
        parts = (("cached", self.cache_read), ("written", self.cache_creation))
        named = ", ".join(f"{name} {count:,}" for name, count in parts if count)
        return f"{self.total:,} ({named})" if named else f"{self.total:,}"


@dataclass(frozen=True, slots=True)
class Metrics:
    """Latency, throughput and tokens of one exchange as of a moment; a figure is None where the source does not tell.

    Times are milliseconds since the request was sent, gaps and durations milliseconds, sizes bytes.

    Where a log gives the times they are counted from its first event, and what counts from the request is None.

    - `events`: dispatched ones; `pings`: how many of them. `reads`: network reads, where the source numbers them.
      `bytes`: of the decoded body.
    - `ttfb_ms`: to the response's headers; `first_event_ms`: to the first dispatched event; `ttft_ms`: to the first
      content delta that is not empty; `first_thinking_ms`, `first_text_ms`, `first_tool_ms`: to the first one of that
      kind (`thinking_delta`, `text_delta`, `input_json_delta`). `duration_ms`: to the end, or to the last event where
      there is none.
    - Gaps are between consecutive network reads; `max_gap_at` is the first event that the read after the longest one
      completed, None where that read only brought an unfinished rest.
    - `output_tokens`: what the last message_delta reported; `output_tokens_per_s`: these, over the time from the first
      to the last content delta. `input_tokens`: as reported last.
    """

    events: int
    pings: int
    reads: int | None
    bytes: int
    ttfb_ms: float | None
    first_event_ms: float | None
    ttft_ms: float | None
    first_thinking_ms: float | None
    first_text_ms: float | None
    first_tool_ms: float | None
    duration_ms: float | None
    median_gap_ms: float | None
    max_gap_ms: float | None
    max_gap_at: int | None
    output_tokens: int | None
    output_tokens_per_s: float | None
    input_tokens: InputTokens | None

    def as_dict(self) -> dict[str, Any]:
        """The `metrics` of `show --format json`; input tokens stand in the message's `usage` there."""
        values = asdict(self)
        del values["input_tokens"]
        return values


class Meter:
    """Measures an index as of any of its frames, also while it grows.

    `advance()` takes in what has come, after which `at` costs next to nothing, however long the stream. Any thread may
    call it, also while another one measures. `gaps` are the pauses behind the figures.
    """

    def __init__(self, index: Index) -> None:
        self.gaps = Gaps(index)
        self._index = index
        self._bytes_at = array("Q", [0])
        self._advancing = Lock()

    def advance(self) -> None:
        """Takes in the frames that have come since."""
        with self._advancing:
            self.gaps.advance()
            while len(self._bytes_at) * _CHECKPOINT <= self._index.count:
                self._bytes_at.append(self._bytes(len(self._bytes_at) * _CHECKPOINT))

    def at(self, n: int, whole: bool = False) -> Metrics:
        """The figures as of frame n; `whole`: with what came after it, the tail and the end of the recording."""
        index = self._index
        reads = len(index.arrivals.t_ns) if whole else index.arrivals.count_at(n)
        longest = self.gaps.longest(reads)
        tokens = output_tokens(index, n)
        first = _DISPATCHED.search(index.code, 0, n)
        deltas = index.assembler.first_of
        response = index.response.get("t_ns") if index.response else None
        # The times of a log are counted from its first: when the request was sent, nothing says.
        since_sent = _unknown if index.since_first_line else _at
        return Metrics(
            events=index.dispatched_at(n),
            pings=sum(index.code.count(code, 0, n) for code in index.event_types.codes("ping")),
            reads=reads if index.arrivals.numbered else None,
            bytes=self._bytes(n) + (len(index.tail) if whole else 0),
            ttfb_ms=_milliseconds(response if isinstance(response, int) else None),
            first_event_ms=since_sent(index, first and first.end(), n),
            ttft_ms=since_sent(index, index.assembler.first_content, n),
            first_thinking_ms=since_sent(index, deltas.get("thinking_delta"), n),
            first_text_ms=since_sent(index, deltas.get("text_delta"), n),
            first_tool_ms=since_sent(index, deltas.get("input_json_delta"), n),
            duration_ms=_duration(index, n, whole),
            median_gap_ms=_milliseconds(self.gaps.median(reads)),
            max_gap_ms=_milliseconds(longest and longest[0]),
            max_gap_at=longest[1] if longest and longest[1] <= index.count else None,
            output_tokens=tokens,
            output_tokens_per_s=_output_rate(index, n, tokens),
            input_tokens=InputTokens.of({key: index.reported.usage[key].at(n) for key in INPUT_TOKENS}),
        )

    def _bytes(self, n: int) -> int:
        """How many bytes the first n frames have."""
        known = min(n // _CHECKPOINT, len(self._bytes_at) - 1)
        return self._bytes_at[known] + sum(self._index.size[known * _CHECKPOINT : n])


def _duration(index: Index, n: int, whole: bool) -> float | None:
    end = index.end.get("t_ns") if whole and index.end else None
    return _milliseconds(end) if isinstance(end, int) else _at(index, n, n)


def output_tokens(index: Index, n: int) -> int | None:
    """What the last message_delta up to frame n reported."""
    tokens: int | None = index.reported.output_tokens.at(n)
    return tokens


def _output_rate(index: Index, n: int, tokens: int | None) -> float | None:
    """Tokens a second between the first and the last content delta up to frame n."""
    deltas = index.assembler.content_deltas
    count = bisect_right(deltas, n)
    if not count or tokens is None:
        return None
    start, end = index.t_ns[deltas[0] - 1], index.t_ns[deltas[count - 1] - 1]
    if start == NO_TIME or end <= start:
        return None
    return round(tokens / ((end - start) / 1e9), 3)


def _unknown(index: Index, event: int | None, n: int) -> float | None:
    return None


def _at(index: Index, event: int | None, n: int) -> float | None:
    """When an event came, if frame n is not before it."""
    if not event or event > n or index.t_ns[event - 1] == NO_TIME:
        return None
    return _milliseconds(index.t_ns[event - 1])


def _milliseconds(ns: float | None) -> float | None:
    return None if ns is None else ns / 1e6


def content_sizes(index: Index, places: Sequence[int]) -> list[int]:
    """How many bytes of content the deltas had brought as of each of these events."""
    deltas, sizes = index.assembler.content_deltas, index.assembler.content_bytes
    counts = (bisect_right(deltas, n) for n in places)
    return [sizes[count - 1] if count else 0 for count in counts]


def estimated_tokens(index: Index, places: Sequence[int]) -> list[float] | None:
    """How many output tokens had come as of each of these events, which rise; as of the last of them.

    Between two reports they are spread as the bytes of content are; behind the last one, at the rate until there. None
    where no message_delta has reported any: what a message_start reports is not the number of anything that follows.
    """
    reports = index.reported
    if not places or reports.first_update is None or reports.first_update > places[-1]:
        return None
    events, totals = reports.tokens.events, reports.tokens.values
    count = reports.tokens.count_at(places[-1])
    whole = _size(index, events[count - 1])
    rate = totals[count - 1] / whole if whole else 0.0
    curve = []
    for n, size in zip(places, content_sizes(index, places), strict=True):
        at = reports.tokens.count_at(n)
        before, begun = (totals[at - 1], _size(index, events[at - 1])) if at else (0, 0)
        tokens = float(before)
        if at < count:
            brought = _size(index, events[at]) - begun
            tokens += (totals[at] - before) * (size - begun) / brought if brought else 0.0
        else:
            tokens += (size - begun) * rate
        curve.append(tokens)
    return curve


def _size(index: Index, n: int) -> int:
    return content_sizes(index, [n])[0]
