"""The few figures that stand above a timeline, cheap enough to be asked for at every key press."""

from dataclasses import dataclass

from inspector.timeline.exchange import Exchange
from inspector.timeline.gaps import Gaps
from inspector.timeline.index import NO_TIME
from inspector.timeline.metrics import output_rate, output_tokens
from inspector.timeline.told import INPUT_TOKENS


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


def figures(exchange: Exchange, n: int, gaps: Gaps, whole: bool = False) -> Figures:
    """The figures as of frame n; `whole` counts what came after it too."""
    index = exchange.index
    told = index.told
    model = told.model[1] if told.model and told.model[0] <= n else None
    reads = len(index.arrivals.t_ns) if whole else index.arrivals.count_at(n)
    longest = gaps.longest(reads)
    out = output_tokens(index, n)
    first = index.assembler.first_content
    ttfb = index.response.get("t_ns") if index.response else None
    parts = [told.usage[key].at(n) for key in INPUT_TOKENS]
    numbers = [part for part in parts if isinstance(part, int)]
    cached = told.usage["cache_read_input_tokens"].at(n)
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
        stop_reason=told.stop_reason.at(n),
    )
