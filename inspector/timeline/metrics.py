from bisect import bisect_right
from dataclasses import asdict, dataclass
from itertools import islice
from operator import sub
from typing import Any

from inspector.timeline.index import NO_TIME, Index
from inspector.timeline.kinds import NOT_DISPATCHED


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
        pings=sum(index.code.count(code, 0, n) for code in index.kinds.codes("ping")),
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
    tokens: int | None = index.told.output_tokens.at(n)
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
