"""What the hop between two places does to a stream: the same endpoint, asked on both sides of it.

Place A is nearer to the application, place B behind the hop as its clients are. What only B shows is the hop's doing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

from inspector.diagnostics.finding import SEVERITIES, Finding, Severity
from inspector.diagnostics.stream import Stream
from inspector.text.json_text import loads_or
from inspector.text.wording import counted, duration, listed, quoted
from inspector.timeline import Exchange

Kind = Literal["status", "delivery", "headers", "events", "end"]
"""What differs: the HTTP status, when the events came, the response's headers, the events themselves, how it ended."""

_HELD: Final = ("B01", "D15", "B11", "B02", "B12", "D16")
_FEWEST: Final = 5
# Of what flowed for so long at A, B lets go within a tenth, and not before most of it has passed.
_SHORTEST_NS: Final = 150_000_000
_AT_ONCE: Final = 0.1
_WAITED: Final = 0.7
_FEWER_READS: Final = 4
_LUMPY_NS: Final = 1_000_000_000
# Who answers in an answer's name, the most telling header first.
_NAMES: Final = ("server", "via", "x-powered-by", "x-cache", "cf-ray", "x-amz-cf-id", "x-envoy-upstream-service-time")
_FRAMING: Final = {"connection", "keep-alive", "transfer-encoding", "content-length", "trailer", "te", "upgrade"}
# Other at every answer.
_VOLATILE: Final = {"date", "age", "expires", "etag", "last-modified", "set-cookie", "cf-ray", "server-timing"}
_VOLATILE_ENDS: Final = ("-id", "-time", "-remaining", "-reset", "-timestamp")
_OF_AN_ANSWER: Final = ("id", "request_id", "created", "created_at", "timestamp", "time", "duration_ms", "ms")
_LEAST_IN_COMMON: Final = 0.5
_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise at B: what the hop does, and what to do about it ("" for nothing)."""

    kind: Kind
    severity: Severity
    message: str
    fix: str = ""


class Hop(NamedTuple):
    """The hop between: what it calls itself, "" where no header says it, and what it does.

    `passes`: whether events come to B as they come to A; None where nobody can say: too few, or A itself is held back.
    """

    name: str
    differences: list[Difference]
    passes: bool | None = None


class Place(NamedTuple):
    """One place of the two: the exchange there, and its findings."""

    exchange: Exchange
    findings: Sequence[Finding]


def hop_between(a: Place, b: Place) -> Hop:
    """Compares an endpoint at two places. Both must have been recorded with times, one after the other."""
    one, other = Stream(a.exchange), Stream(b.exchange)
    if one.status != other.status and not (one.is_ok and other.is_ok):
        what = f"A answers {one.status or 'nothing'}, B {other.status or 'nothing'}"
        fix = "Look into the hop's own log: it refuses, or does not reach the application."
        return Hop(_name(one, other), [Difference("status", "error", what, "" if other.is_ok else fix)])
    delivery = list(_delivery(a, b, one, other))
    judged = not _held(a.findings) and bool(_flow(one) and _flow(other))
    differences = [*delivery, *_end(one, other), *_events(one, other), *_headers(one, other)]
    differences.sort(key=lambda each: SEVERITIES.index(each.severity))
    return Hop(_name(one, other), differences, not delivery if judged else None)


def _name(one: Stream, other: Stream) -> str:
    """By the headers that only B has, or has otherwise."""
    said = [(name, other.response_header(name)) for name in _NAMES]
    told = [(name, value) for name, value in said if value and value != one.response_header(name)]
    if not told:
        return ""
    name, value = told[0]
    return f"{value} (by its {name} header)" if name in ("server", "via", "x-powered-by") else f"a cache ({name})"


# When the events came


class _Flow(NamedTuple):
    """When the events came: their times in order, and in how many reads."""

    times: list[int]
    reads: int

    @property
    def spread(self) -> int:
        return self.times[-1] - self.times[0]


def _flow(stream: Stream) -> _Flow | None:
    events = stream.dispatched
    times = [at for n in events if (at := stream.t_ns(n)) is not None]
    if len(events) < _FEWEST or len(times) < len(events):
        return None
    return _Flow(times, len({stream.index.read[n - 1] for n in events}))


def _delivery(a: Place, b: Place, one: Stream, other: Stream) -> Iterator[Difference]:
    before, after = _held(a.findings), _held(b.findings)
    if before:
        also = "B shows the same" if after else "B does not show it: it is another way to the application"
        what = f"A is held back itself ({before.code}: {before.message}); {also}"
        yield Difference("delivery", before.severity, what, f"Start at A, before the hop between. {before.fix}")
        return
    first, second = _flow(one), _flow(other)
    at_once = first and second and _lets_go_at_once(first, second)
    if not after and not at_once:
        if first and second and _in_lumps(first, second):
            what = (
                f"the hop collects: {counted(len(first.times), 'event')} came in {counted(first.reads, 'read')} at A, "
                f"{counted(len(second.times), 'event')} in {counted(second.reads, 'read')} at B"
            )
            yield Difference("delivery", "warn", what, _FIX_HELD)
        return
    flowed = f"A flows ({_words(first)})" if first else "A is not held back"
    came = f"{after.code}: {after.message}" if after else f"{_words(second)}, at the time when A was over"
    severity = after.severity if after and not at_once else "error"
    fix = after.fix if after else _FIX_HELD
    yield Difference("delivery", severity, f"the hop holds the answer back: {flowed}, B does not ({came})", fix)


_FIX_HELD: Final = (
    "Switch buffering and compression off in the hop for this path. nginx: proxy_buffering off, or the header "
    "X-Accel-Buffering: no in the application's answer."
)


def _held(findings: Sequence[Finding]) -> Finding | None:
    return next((finding for code in _HELD for finding in findings if finding.code == code), None)


def _lets_go_at_once(first: _Flow, second: _Flow) -> bool:
    late = second.times[0] - first.times[0]
    flowed = first.spread >= _SHORTEST_NS and first.reads >= _FEWEST
    return flowed and second.spread <= _AT_ONCE * first.spread and late >= _WAITED * first.spread


def _in_lumps(first: _Flow, second: _Flow) -> bool:
    flowed = first.spread >= _LUMPY_NS and first.reads >= 0.5 * len(first.times)
    gaps = [later - earlier for earlier, later in pairwise(sorted(set(second.times)))]
    # What only came together on the way is no lump: a lump was waited for.
    waited = gaps and max(gaps) >= _SHORTEST_NS and max(gaps) >= 2 * first.spread / first.reads
    return flowed and second.reads * _FEWER_READS <= first.reads and bool(waited)


def _words(flow: _Flow | None) -> str:
    assert flow
    return f"{counted(len(flow.times), 'event')} in {counted(flow.reads, 'read')} over {duration(flow.spread)}"


# How it ended


def _end(one: Stream, other: Stream) -> Iterator[Difference]:
    whole = ("complete", "eof")
    if one.reason in whole and other.reason not in (*whole, "cancelled"):
        failure = ": ".join(filter(None, other.failure))
        after = duration(other.end_ns) if other.end_ns is not None else "some time"
        what = f"the hop cuts: A ends by itself, B breaks off after {after}{f' ({failure})' if failure else ''}"
        yield Difference(
            "end", "error", what, "Raise the hop's timeouts for this path, or send a comment line every 15 s."
        )


# The events


def _events(one: Stream, other: Stream) -> Iterator[Difference]:
    first, second = _sequence(one), _sequence(other)
    if "cancelled" in (one.reason, other.reason) or other.reason not in ("complete", "eof"):
        # The later part is what one of them did not wait for, or did not get.
        least = min(len(first), len(second))
        first, second = first[:least], second[:least]
    if first == second:
        yield from _bytes(one, other)
        return
    common = sum((Counter(first) & Counter(second)).values())
    if common == len(first) == len(second):
        at = next(at for at, pair in enumerate(zip(first, second, strict=True), 1) if pair[0] != pair[1])
        yield _wrong("changes the order of events", f"event {at} is {_called(first[at - 1])} at A, "
                     f"{_called(second[at - 1])} at B")  # fmt: skip
    elif common == len(second) and _is_part(second, first):
        missing = list((Counter(first) - Counter(second)).elements())
        yield _wrong(f"drops {counted(len(missing), 'event')}", f"the first is {_called(missing[0])}")
    elif common == len(first) and _is_part(first, second):
        more = list((Counter(second) - Counter(first)).elements())
        yield _wrong(f"adds {counted(len(more), 'event')}", f"the first is {_called(more[0])}", "warn")
    elif _joined(first) == _joined(second) and len(first) == len(second):
        at = next(at for at, (was, now) in enumerate(zip(first, second, strict=True), 1) if was[0] != now[0])
        yield _wrong("renames events", f"event {at} is named {quoted(first[at - 1][0])} at A, "
                     f"{quoted(second[at - 1][0])} at B")  # fmt: skip
    elif _joined(first) == _joined(second):
        what = f"the same text comes in {counted(len(first), 'event')} at A, in {counted(len(second), 'event')} at B"
        yield _wrong("cuts events apart or joins them", what, "warn")
    elif common >= _LEAST_IN_COMMON * max(len(first), len(second)):
        gone, new = Counter(first) - Counter(second), Counter(second) - Counter(first)
        was, now = next(iter(gone), None), next(iter(new), None)
        changed = f"{_called(was)} at A, {_called(now)} at B" if was and now else _called(was or now)
        yield _wrong(f"changes {counted(max(gone.total(), new.total()), 'event')}", f"the first is {changed}")
    else:
        yield from _other_answer(first, second)
    yield from _bytes(one, other)


_Event = tuple[str, str]


def _other_answer(first: Sequence[_Event], second: Sequence[_Event]) -> Iterator[Difference]:
    """The endpoint says something else each time: only the kinds of events can be compared."""
    names, others = {name for name, _ in first}, {name for name, _ in second}
    for here, there, verb in ((names - others, "B", "drops"), (others - names, "A", "adds")):
        if here and first and second:
            called = listed(quoted(name) for name in sorted(here)[:_NAMED])
            yield _wrong(f"{verb} all events named {called}", f"none of them came at {there}", "warn")
    yield Difference(
        "events", "info", "the two answers say other things, as a model does: what they say was not compared"
    )


def _wrong(does: str, how: str, severity: Severity = "error") -> Difference:
    return Difference(
        "events", severity, f"the hop {does}: {how}", "Have the hop pass the body's bytes on as they are."
    )


def _sequence(stream: Stream) -> list[_Event]:
    return [(frame.event, _lasting(frame.data)) for n in stream.dispatched for frame in (stream.exchange.frame(n),)]


def _lasting(data: str) -> str:
    """The data without what is other at every answer."""
    value = loads_or(data)
    return repr(_without_ids(value)) if isinstance(value, dict) else data


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(inner) for key, inner in value.items() if key not in _OF_AN_ANSWER}
    return [_without_ids(inner) for inner in value] if isinstance(value, list) else value


def _is_part(part: Sequence[_Event], whole: Sequence[_Event]) -> bool:
    """Whether the part stands in the whole, in its order."""
    rest = iter(whole)
    return all(event in rest for event in part)


def _joined(events: Sequence[_Event]) -> str:
    return "".join(data for _, data in events)


def _called(event: _Event | None) -> str:
    return quoted(" ".join(event), 60) if event else "nothing"


def _bytes(one: Stream, other: Stream) -> Iterator[Difference]:
    """What no client of an event stream sees, and some readers trip over."""
    comments, kept = (sum(len(frame.comments) for frame in stream.exchange.frames()) for stream in (one, other))
    if comments and not kept:
        what = f"the hop drops comments: {counted(comments, 'comment')} at A, none at B"
        yield Difference("events", "warn", what, "Comments keep connections alive: have the hop pass them on.")
    ends, others = (_line_end(stream) for stream in (one, other))
    if ends and others and ends != others:
        what = f"the hop changes line ends from {ends} to {others}"
        yield Difference("events", "info", what, "Have the hop pass the body's bytes on as they are.")


def _line_end(stream: Stream) -> str:
    raw = stream.exchange.frame(1).raw if stream.index.count else b""
    return "CR LF" if raw.endswith(b"\r\n") else "LF" if raw.endswith(b"\n") else "CR" if raw.endswith(b"\r") else ""


# The headers


def _headers(one: Stream, other: Stream) -> Iterator[Difference]:
    before, after = _fields(one), _fields(other)
    kind, was = other.media_type, one.media_type
    if was != kind and was == "text/event-stream":
        what = f"the hop changes the content type from {was} to {kind or 'none'}"
        yield Difference("headers", "error", what, "Have the hop pass content-type on.")
    if "no-transform" in before.get("cache-control", "") and "no-transform" not in after.get("cache-control", ""):
        what = f"the hop takes no-transform out of cache-control ({quoted(after.get('cache-control', ''))})"
        yield Difference("headers", "warn", what, "Have the hop pass cache-control on: hops behind it may compress.")
    if other.coding and not one.coding:
        what = f"the hop compresses the answer ({quoted(other.coding)})"
        yield Difference("headers", "info", what, "Exclude text/event-stream from compression.")
    steady = {name for name in before.keys() | after.keys() if not _is_volatile(name)}
    adds, drops = sorted((after.keys() - before.keys()) & steady), sorted((before.keys() - after.keys()) & steady)
    changes = [name for name in sorted(steady & before.keys() & after.keys()) if before[name] != after[name]]
    parts = [
        ("adds", [f"{name}: {quoted(after[name], 40)}" for name in adds]),
        ("drops", drops),
        ("changes", [f"{name} from {quoted(before[name], 40)} to {quoted(after[name], 40)}" for name in changes]),
    ]
    said = "; ".join(f"{verb} {listed(names[:_NAMED])}" for verb, names in parts if names)
    if said:
        obeyed = "; nginx obeys x-accel-buffering, and does not pass it on" if "x-accel-buffering" in drops else ""
        yield Difference("headers", "info", f"the hop {said}{obeyed}")


def _fields(stream: Stream) -> dict[str, str]:
    fields = (stream.index.response or {}).get("headers")
    names = (
        {str(pair[0]).lower() for pair in fields if isinstance(pair, list) and pair}
        if isinstance(fields, list)
        else set()
    )
    return {name: stream.response_header(name) for name in names - _FRAMING}


def _is_volatile(name: str) -> bool:
    return name in _VOLATILE or name.endswith(_VOLATILE_ENDS)
