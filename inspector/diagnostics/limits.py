"""Limits that the user sets, held against each message of an exchange."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from inspector.diagnostics.engine import finding_of
from inspector.diagnostics.finding import Finding, Problem, Rule
from inspector.diagnostics.rules.limits import L01, L02, L03
from inspector.text.wording import duration, listed
from inspector.timeline import Exchange
from inspector.timeline.index import NO_TIME, Index
from inspector.timeline.metrics import content_sizes


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed at most (nanoseconds) or asked for at least; None: no such limit."""

    ttft_ns: int | None = None
    gap_ns: int | None = None
    tokens_per_s: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self != Limits()


def exceeded(exchange: Exchange, limits: Limits) -> tuple[list[Finding], list[str]]:
    """What of an exchange that is loaded is beyond the limits, and notes on what cannot be measured.

    Each message in it is measured by itself. What brought none is not measured.
    """
    findings: list[Finding] = []
    notes: list[str] = []
    messages = exchange.index.messages
    for number, message in enumerate(messages):
        last = messages[number + 1].start_n - 1 if number + 1 < len(messages) else exchange.index.count
        which = f"message {number + 1}: " if len(messages) > 1 else ""
        unknown: list[str] = []
        for rule, problem in _held_against(exchange, message.start_n, last, number == 0, limits, unknown):
            t_ns = exchange.index.t_ns[problem.event - 1] if problem.event else NO_TIME
            problem = Problem(which + problem.message, problem.event)
            findings.append(finding_of(rule, problem, None if t_ns == NO_TIME else t_ns))
        if unknown:
            notes.append(f"{which}{listed(unknown)} cannot be measured: the limit is not applied to it")
    return findings, notes


def _held_against(
    exchange: Exchange, first: int, last: int, is_first: bool, limits: Limits, unknown: list[str]
) -> Iterator[tuple[Rule, Problem]]:
    index = exchange.index
    if limits.ttft_ns is not None:
        event = _first_content(index, first, last)
        metrics = exchange.view().metrics
        if event is not None:
            # When the request of a later message was sent, nothing says.
            took = metrics.ttft_ms if is_first else None
            if took is None:
                unknown.append("the time to the first token (it is not known when the request was sent)")
            elif took * 1e6 > limits.ttft_ns:
                said = f"the first token came after {duration(took * 1e6)}, {duration(limits.ttft_ns)} are allowed"
                yield L01, Problem(said, event)
    if limits.gap_ns is not None:
        gap = _longest_gap(index, first, last)
        if gap is None:
            unknown.append("the gaps (there are no times)")
        elif gap[0] > limits.gap_ns:
            said = f"no byte came for {duration(gap[0])} before event {gap[1]:,}, {duration(limits.gap_ns)} are allowed"
            yield L02, Problem(said, gap[1])
    if limits.tokens_per_s is not None:
        rate = _rate(index, first, last)
        if isinstance(rate, str):
            unknown.append(f"the tokens a second ({rate})")
        elif rate < limits.tokens_per_s:
            said = f"{rate:.1f} tokens a second, at least {limits.tokens_per_s:g} are asked for"
            yield L03, Problem(said)


def _first_content(index: Index, first: int, last: int) -> int | None:
    """The first delta of a message that brought something."""
    deltas = index.assembler.content_deltas
    at, end = bisect_left(deltas, first), bisect_right(deltas, last)
    before = content_sizes(index, [first])[0]
    sizes = index.assembler.content_bytes
    found = bisect_right(sizes, before, at, end)
    return deltas[found] if found < end else None


def _longest_gap(index: Index, first: int, last: int) -> tuple[int, int] | None:
    """(nanoseconds, event) of the longest pause between the reads of a message; None where it has no times."""
    arrivals = index.arrivals
    start, end = bisect_left(arrivals.brought, first), bisect_right(arrivals.brought, last)
    if start and arrivals.brought[start - 1] >= first:
        start -= 1
    times = arrivals.t_ns[start:end]
    if not times:
        return None
    gaps = [(later - earlier, at) for at, (earlier, later) in enumerate(pairwise(times), start + 1)]
    if not gaps:
        return 0, first
    longest, at = max(gaps, key=lambda gap: gap[0])
    return longest, min(arrivals.brought[at], index.count)


def _rate(index: Index, first: int, last: int) -> float | str:
    """Output tokens a second, from the first to the last content delta; else why that is not known."""
    deltas = index.assembler.content_deltas
    at, end = bisect_left(deltas, first), bisect_right(deltas, last)
    reported = index.reported.output_tokens
    count = reported.count_at(last)
    if not count or reported.events[count - 1] < first:
        return "no message_delta says how many there were"
    if at == end or index.t_ns[deltas[at] - 1] == NO_TIME:
        return "there are no times"
    lasted = index.t_ns[deltas[end - 1] - 1] - index.t_ns[deltas[at] - 1]
    if lasted <= 0:
        return "all came at the same time"
    tokens: int = reported.values[count - 1]
    return tokens / (lasted / 1e9)
