"""The few figures that stand above a timeline, cheap enough to be asked for at every key press."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from operator import sub
from typing import Any

from inspector.timeline.assembler import NOT_DISPATCHED
from inspector.timeline.gaps import Gaps
from inspector.timeline.index import NO_TIME, Index
from inspector.timeline.reported import INPUT_TOKENS


@dataclass(frozen=True, slots=True)
class Metrics:
    """Latency and throughput of one exchange; a figure is None where the source does not tell.

    Times are milliseconds since the request was sent. `ttfb_ms`: to the response's headers; `first_event_ms`: to the
    first dispatched event; `ttft_ms`: to the first content delta that is not empty; `duration_ms`: to the end, or to
    the last event where there is none. Gaps are between consecutive network reads; `max_gap_at` is the first event
    that the read after the longest one completed. `output_tokens` is what the last message_delta reported.
    """

    events: int
    pings: int
    reads: int | None
    bytes: int
    ttfb_ms: float | None
    first_event_ms: float | None
    ttft_ms: float | None
    duration_ms: float | None
    median_gap_ms: float | None
    max_gap_ms: float | None
    max_gap_at: int | None
    output_tokens: int | None
    output_tokens_per_s: float | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(index: Index, n: int, whole: bool) -> Metrics:
    """The figures as of frame n; `whole`: with the tail and the end of the recording."""
    first = next((at for at in range(n) if index.code[at] != NOT_DISPATCHED), None)
    content = index.assembler.first_content
    reads = len(index.arrivals.t_ns) if whole else index.arrivals.count_at(n)
    gaps = _gaps(index, reads)
    tokens = output_tokens(index, n)
    return Metrics(
        events=index.dispatched_at(n),
        pings=sum(index.code.count(code, 0, n) for code in index.event_types.codes("ping")),
        reads=reads if index.arrivals.numbered else None,
        bytes=sum(islice(index.size, n)) + (len(index.tail) if whole else 0),
        ttfb_ms=_milliseconds(index.response.get("t_ns") if index.response else None),
        first_event_ms=None if first is None else _at(index, first + 1),
        ttft_ms=_at(index, content) if content and content <= n else None,
        duration_ms=_duration(index, n, whole),
        median_gap_ms=_median(gaps),
        max_gap_ms=_milliseconds(max(gaps, default=None)),
        max_gap_at=_brought_after(index, gaps),
        output_tokens=tokens,
        output_tokens_per_s=output_rate(index, n, tokens),
    )


def _duration(index: Index, n: int, whole: bool) -> float | None:
    end = index.end.get("t_ns") if whole and index.end else None
    if isinstance(end, int):
        return _milliseconds(end)
    return _at(index, n) if n else None


def _gaps(index: Index, reads: int) -> list[int]:
    times = index.arrivals.t_ns
    return list(map(sub, islice(times, 1, reads), islice(times, max(0, reads - 1))))


def _median(gaps: list[int]) -> float | None:
    if not gaps:
        return None
    ordered = sorted(gaps)
    middle = len(ordered) // 2
    return _milliseconds(ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def _brought_after(index: Index, gaps: list[int]) -> int | None:
    if not gaps:
        return None
    n = index.arrivals.brought[gaps.index(max(gaps)) + 1]
    return n if n <= index.count else None


def output_tokens(index: Index, n: int) -> int | None:
    """What the last message_delta up to frame n reported."""
    tokens: int | None = index.reported.output_tokens.at(n)
    return tokens


def output_rate(index: Index, n: int, tokens: int | None) -> float | None:
    """Tokens a second between the first and the last content delta up to frame n."""
    deltas = index.assembler.content_deltas
    count = bisect_right(deltas, n)
    if not count or tokens is None:
        return None
    start, end = index.t_ns[deltas[0] - 1], index.t_ns[deltas[count - 1] - 1]
    if start == NO_TIME or end <= start:
        return None
    return round(tokens / ((end - start) / 1e9), 3)


def _at(index: Index, n: int) -> float | None:
    t_ns = index.t_ns[n - 1]
    return None if t_ns == NO_TIME else _milliseconds(t_ns)


def _milliseconds(t_ns: float | None) -> float | None:
    return None if t_ns is None else t_ns / 1e6


@dataclass(frozen=True, slots=True)
class Figures:
    """Tokens and latency as of a moment; None where the stream has not told. Times in ns since the request was sent."""

    model: str | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    tokens_per_s: float | None
    ttfb_ns: int | None
    ttft_ns: int | None
    longest_gap_ns: int | None
    longest_gap_at: int | None
    stop_reason: str | None


def figures(index: Index, n: int, gaps: Gaps, whole: bool = False) -> Figures:
    """The figures as of frame n; `whole` counts what came after it too."""
    reports = index.reported
    model = reports.model[1] if reports.model and reports.model[0] <= n else None
    reads = len(index.arrivals.t_ns) if whole else index.arrivals.count_at(n)
    longest = gaps.longest(reads)
    out = output_tokens(index, n)
    first = index.assembler.first_content
    ttfb = index.response.get("t_ns") if index.response else None
    parts = [reports.usage[key].at(n) for key in INPUT_TOKENS]
    numbers = [part for part in parts if isinstance(part, int)]
    cached = reports.usage["cache_read_input_tokens"].at(n)
    return Figures(
        model=model if isinstance(model, str) else None,
        input_tokens=sum(numbers) if numbers else None,
        cached_tokens=cached if isinstance(cached, int) and cached else None,
        output_tokens=out,
        tokens_per_s=output_rate(index, n, out),
        ttfb_ns=ttfb if isinstance(ttfb, int) else None,
        ttft_ns=index.t_ns[first - 1] if first and first <= n and index.t_ns[first - 1] != NO_TIME else None,
        longest_gap_ns=longest[0] if longest else None,
        longest_gap_at=longest[1] if longest else None,
        stop_reason=reports.stop_reason.at(n),
    )


def content_sizes(index: Index, places: Sequence[int]) -> list[int]:
    """How many bytes of content the deltas had brought as of each of these events."""
    deltas, sizes = index.assembler.content_deltas, index.assembler.content_bytes
    counts = (bisect_right(deltas, n) for n in places)
    return [sizes[count - 1] if count else 0 for count in counts]


def reported_tokens(index: Index, n: int) -> list[tuple[int, int]]:
    """The (event, number of output tokens of the stream so far) that had been reported as of event n, in order."""
    tokens = index.reported.tokens
    count = tokens.count_at(n)
    return list(zip(tokens.events[:count], tokens.values[:count], strict=True))


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
