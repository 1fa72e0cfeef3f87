"""What the rules do not see: the verdict on an endpoint of one's own, whose events are not the Messages API's."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Final

from inspector.diagnostics import RULES, Finding, diagnose
from inspector.diagnostics.engine import finding_of
from inspector.diagnostics.finding import Problem
from inspector.diagnostics.stream import Stream
from inspector.text.wording import counted, duration
from inspector.timeline import Exchange

_DONE: Final = frozenset(
    {"done", "end", "close", "complete", "completed", "finish", "finished", "stop", "error", "message_stop"}
)
# What the SDKs want of the API's events is no matter of an endpoint that is read by a page; and that the probe left
# (E09) its user knows.
_OF_THE_API: Final = ("F01", "F15", "F16", "F17")
_FEWEST: Final = 10
_LATE_NS: Final = 1_000_000_000
_WINDOW_NS: Final = 50_000_000
_SHARE: Final = 0.9
_LUMP_EVENTS: Final = 8
_LUMP_GAP_NS: Final = 250_000_000


def verdict(exchange: Exchange) -> list[Finding]:
    """The findings of the rules and those that only make sense for an endpoint that was probed, errors first."""
    stream = Stream(exchange)
    others = () if stream.is_messages else _OF_THE_API
    found = [finding for finding in diagnose(exchange) if finding.code not in (*others, "E09")]
    if stream.is_ok:
        found += _not_found(found, "T04", _no_stream(stream))
        if not stream.is_messages:
            found += _not_found(found, "B01", _at_once(stream))
            found += _not_found(found, "B02", _lumps(stream))
        found += _missing_done(stream)
    order = ("error", "warn", "info")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def ending(exchange: Exchange) -> str:
    """Who or what ended the stream."""
    end = exchange.index.end or {}
    error = end.get("error") or {}
    return {
        "complete": "the server ended it",
        "eof": "the server ended it",
        "reset": f"the connection broke ({error.get('type', '')}: {error.get('message', '')})",
        "timeout": "nothing came for too long",
        "cancelled": "the probe left",
    }.get(str(end.get("reason")), f"an error: {error.get('message', 'unknown')}")


def suspect(stream: Stream) -> str:
    """Which hop holds the bytes back, as far as the headers tell; "" where they do not."""
    server = " ".join(stream.response_header(name) for name in ("server", "via", "x-powered-by")).lower()
    if stream.coding:
        return f"; the response is compressed ({stream.coding}), perhaps without a flush after each event"
    if "nginx" in server or "openresty" in server:
        return "; nginx answered: its proxy_buffering is on by default"
    if "cloudflare" in server or "varnish" in server or stream.response_header("x-cache"):
        return f"; a cache answered ({server.strip() or 'x-cache'}): it may collect the body"
    if "next.js" in server:
        return "; Next.js answered: rewrites and its compression collect the body"
    return ""


def _not_found(found: list[Finding], code: str, problems: Iterator[Problem]) -> Iterator[Finding]:
    if all(finding.code != code for finding in found):
        yield from _findings(code, problems)


def _findings(code: str, problems: Iterator[Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield finding_of(RULES[code], problem, problem.t_ns)


def _no_stream(stream: Stream) -> Iterator[Problem]:
    if stream.index.response is None or stream.index.dispatched_at(stream.index.count) or stream.reason == "cancelled":
        return
    yield Problem(
        f"not one event came, and the content type is {stream.media_type or 'missing'}",
        fix="Check the URL, and whether it wants a POST with --data or other headers.",
    )


def _at_once(stream: Stream) -> Iterator[Problem]:
    events = _dispatched(stream)
    times = [stream.t_ns(n) or 0 for n in events]
    if len(events) < _FEWEST or times[0] < _LATE_NS:
        return
    reads = len({stream.index.read[n - 1] for n in events})
    if reads <= 2 or bisect_right(times, times[0] + _WINDOW_NS) >= _SHARE * len(events):
        yield Problem(
            f"nothing came for {duration(times[0])}, then {counted(len(events), 'event')} within "
            f"{duration(times[-1] - times[0])}{suspect(stream)}",
            events[0],
            t_ns=times[0],
        )


def _lumps(stream: Stream) -> Iterator[Problem]:
    arrivals = stream.index.arrivals
    events = _dispatched(stream)
    if len(arrivals.t_ns) < 3 or len(events) < _LUMP_EVENTS * len(arrivals.t_ns):
        return
    gap = median(later - earlier for earlier, later in pairwise(arrivals.t_ns))
    if gap >= _LUMP_GAP_NS:
        yield Problem(
            f"{counted(len(events), 'event')} came in {counted(len(arrivals.t_ns), 'read')}, {duration(gap)} apart"
            f"{suspect(stream)}",
            fix="Switch buffering off in the hop that collects them (nginx: proxy_buffering off), or flush each event.",
        )


def _missing_done(stream: Stream) -> Iterator[Finding]:
    events = _dispatched(stream)
    if not events or stream.reason not in ("complete", "eof"):
        return
    if any(kind.event in _DONE for kind in stream.index.event_types.known):
        return
    last = stream.exchange.frame(events[-1])
    if last.data.strip() == "[DONE]":
        return
    if str(stream.request.get("method")).upper() == "GET":
        words = "it ended without an event that says so: EventSource connects again, and all is generated again"
        yield from _findings("D03", iter([Problem(words)]))
    else:
        words = "it ended without an event that says so: the page cannot tell the end from a cut"
        yield from _findings("D09", iter([Problem(words, fix="Send an event, such as done, as the last one.")]))


def _dispatched(stream: Stream) -> list[int]:
    return [n for n in range(1, stream.index.count + 1) if stream.index.code[n - 1]]
