"""B: pauses, and where the time went."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import sub
from statistics import median
from typing import Final

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.stream import Pause, Stream, block_name
from inspector.text.wording import duration
from inspector.timeline.message import Block, Message

S: Final = 1_000_000_000
_SLOW: Final = 5 * S
_STALL: Final = 10 * S
_LONG_STALL: Final = 60 * S
_TIMES_MEDIAN: Final = 20
_MOST_GAPS: Final = 10_000
_BURST_NS: Final = 100_000_000
_BURST: Final = 5
# Idle timeouts that are documented or were measured: the hop, and its limits in seconds.
_IDLE: Final = (
    ("CloudFront origin or Gcore", (30,)),
    ("Heroku", (55,)),
    ("nginx proxy_read_timeout or AWS ALB", (60,)),
    ("Cloudflare (524)", (100, 120, 125)),
    ("Azure", (230, 235, 240)),
    ("undici bodyTimeout, Envoy stream_idle_timeout or Railway", (300,)),
    ("AWS NLB", (350,)),
    ("the SDK's read timeout", (600,)),
)
_WITHIN: Final = S // 2
_TOTALS: Final = (30, 60, 100, 120, 300, 600, 900)

B03 = define(
    "B03", "First token late", "info",
    what="""
        More than 5 s passed before the first content came. The message says how much of it was before the headers,
        before the first event and before the first token.
        """,
    why="""
        Headers late: queue, a long prompt, or a proxy that holds headers back. First event late: the server accepted
        and fell silent. First token late: the model thinks, or something buffers.
        """,
    example="headers after 380 ms, first event after 390 ms, first token after 14 s",
    fix="""
        Headers late: cache the prompt, shorten it. First token late: show that the model thinks, or lower the effort.
        """,
)  # fmt: skip


@B03.on("progress")
def _first_token_late(stream: Stream) -> Iterator[Problem]:
    first = stream.index.assembler.first_content
    at = stream.t_ns(first)
    if at is None or at < _SLOW:
        return
    codes = bytes(stream.index.code[:first])
    event = stream.t_ns(len(codes) - len(codes.lstrip(b"\0")) + 1)
    parts = [("headers", stream.ttfb_ns), ("first event", event), ("first token", at)]
    yield Problem(", ".join(f"{name} after {duration(ns)}" for name, ns in parts if ns is not None), first)


B04 = define(
    "B04", "Stall", "warn",
    what="""
        Not one byte, not even a ping, came for more than 10 s and 20 times the median gap between reads. Over 60 s it
        is an error, except where the real API recovered and finished.
        """,
    why="""
        SDKs hide pings, so a client cannot tell a busy model from a dead connection. Without any byte it is the
        connection, or the server.
        """,
    example="events 48 and 49 are 34 s apart, the median gap is 31 ms",
    fix="""
        Look at the hops on the way; set a limit for the time without a byte in the client (httpx2.Timeout(read=…)) and
        retry the turn.
        """,
    python="httpx2.ReadTimeout after 600 s without a byte, or what the http_client's read timeout says.",
    typescript="Its timeout ends with the headers; Node's fetch gives up after 300 s: TypeError: terminated.",
)  # fmt: skip


@B04.on("progress")
def _stall(stream: Stream) -> Iterator[Problem]:
    long = [pause for pause in _pauses(stream) if pause.gap_ns > _STALL]
    if not long:
        return
    usual = _median_gap(stream.index.arrivals.t_ns)
    for pause in long:
        if pause.gap_ns > _TIMES_MEDIAN * usual:
            severity: Severity = "error" if pause.gap_ns > _LONG_STALL else "warn"
            if (stream.is_anthropic and stream.stopped) or stream.pulled:
                severity = "warn"
            busy = " (or the consumer was busy: its pace is in the times)" if stream.pulled else ""
            yield Problem(
                f"no byte for {duration(pause.gap_ns)}, the median gap is {duration(usual)}{busy}",
                at(stream, pause),
                severity,
            )


def _median_gap(times: "array[int]") -> float:
    """The median time between reads, of a sample where there are many."""
    step = 1 + len(times) // _MOST_GAPS
    return float(median(map(sub, times[1::step], times[::step])))


def _pauses(stream: Stream) -> list[Pause]:
    """The times without a byte up to message_stop; what is after it is T10's."""
    message = stream.message
    last = message.stop_n if message and message.stop_n else stream.index.count + 1
    return [pause for pause in stream.pauses if pause.n <= last]


@B04.on("end")
def _stall_at_end(stream: Stream) -> Iterator[Problem]:
    gap = _last_gap(stream)
    if gap is not None and gap > _STALL and not stream.stopped:
        severity: Severity = "error" if gap > _LONG_STALL else "warn"
        yield Problem(f"no byte for {duration(gap)}, up to the end", stream.last, severity, t_ns=stream.end_ns)


def _last_gap(stream: Stream) -> int | None:
    times = stream.index.arrivals.t_ns
    last = times[-1] if times else stream.ttfb_ns
    return stream.end_ns - last if last is not None and stream.end_ns is not None else None


B05 = define(
    "B05", "Cut at a known idle timeout", "error",
    what="""
        The stream was cut, and the time without a byte before it is within 0.5 s of a well-known idle timeout. Where
        instead the whole duration is within 0.5 s of a round limit, it is an info: one in fifty is so by chance.
        """,
    why="It tells which hop to look at.",
    example="no byte for 60.02 s, then the end: nginx proxy_read_timeout or AWS ALB.",
    fix="Raise that timeout, or have the server behind it send a comment line every 15 s.",
    python="See T01, T02 and P01.",
    typescript="See T01, T02 and P01.",
)  # fmt: skip


@B05.on("end")
def _idle_timeout(stream: Stream) -> Iterator[Problem]:
    gap = _last_gap(stream)
    if (
        gap is None
        or stream.end_ns is None
        or stream.stopped
        or stream.failed
        or stream.reason in ("cancelled", "complete")
    ):
        return
    for hop, limits in _IDLE:
        for limit in limits:
            if abs(gap - limit * S) <= _WITHIN:
                message = f"cut {duration(gap)} after the last byte: the idle timeout of {hop} is {limit} s"
                yield Problem(message, stream.last, t_ns=stream.end_ns)
                return
    for limit in _TOTALS:
        if abs(stream.end_ns - limit * S) <= _WITHIN:
            message = f"cut {duration(stream.end_ns)} after the request: looks like a time limit of {limit} s in all"
            yield Problem(message, stream.last, "info", t_ns=stream.end_ns)
            return


B06 = define(
    "B06", "Pause that Node's fetch would not survive", "warn",
    what="Not one byte came for more than 240 s.",
    why="""
        Node's fetch gives up after 300 s without a byte, whatever the SDK's timeout says: that one ends with the
        headers.
        """,
    example="a pause of 262 s",
    fix="In Node: a dispatcher with bodyTimeout 0 or longer. On the way: send a comment line every 15 s.",
    python="httpx2.ReadTimeout after 600 s.",
    typescript="TypeError: terminated (cause: BodyTimeoutError) after 300 s.",
)  # fmt: skip


@B06.on("progress")
def _node_timeout(stream: Stream) -> Iterator[Problem]:
    for pause in _pauses(stream):
        if pause.gap_ns > 240 * S:
            dead = "would have died here" if pause.gap_ns >= 300 * S else "was close to dying here"
            yield Problem(f"no byte for {duration(pause.gap_ns)}: Node's fetch {dead}", at(stream, pause))


B07 = define(
    "B07", "Silence before tool input", "info",
    what="""
        At least 2 s without a byte in a tool_use block, then 5 or more fragments within 100 ms. That is how the API
        works: it holds each value of the input back until it is complete.
        """,
    why="It looks like a stall, and watchdogs of some hops take it for one.",
    example="content_block_start tool_use, 6 s of nothing, 40 fragments at once",
    fix="""
        Set eager_input_streaming on the tool if you need the input as it is written, and expect that it may be invalid
        JSON then (C02).
        """,
)  # fmt: skip


@B07.on("block")
def _held_input(stream: Stream, block: Block) -> Iterator[Problem]:
    buffer = block.buffers.get("input_json_delta")
    if buffer is None or not stream.pauses:
        return
    times = stream.index.t_ns
    for pause in stream.pauses:
        at = bisect_left(buffer.events, pause.n)
        if pause.n <= block.start_n or at == len(buffer.events) or buffer.events[at] != pause.n:
            continue
        following = [times[n - 1] for n in buffer.events[at : at + 200]]
        count = bisect_right(following, following[0] + _BURST_NS)
        if count >= _BURST:
            yield Problem(
                f"{block_name(block)}: {duration(pause.gap_ns)} without a byte, then {count} fragments within 100 ms",
                pause.n,
            )


B08 = define(
    "B08", "Slow consumer", "warn",
    what="The proxy's client took what had arrived more than 1 s late.",
    why="The stream looks slow, but the work between two events is: rendering, a database, a blocked event loop.",
    example="read 120 came at 3.1 s and was taken at 5.4 s",
    fix="Take the events off the stream at once and do the work elsewhere.",
)  # fmt: skip


@B08.on("end")
def _slow_consumer(stream: Stream) -> Iterator[Problem]:
    index = stream.index
    times = index.arrivals.t_ns
    late = [
        (at - times[read - 1], read)
        for at, read in zip(index.sent_t_ns, index.sent_read, strict=True)
        if 0 < read <= len(times)
    ]
    worst, read = max(late, default=(0, 0))
    if worst > S:
        count = sum(lag > S for lag, _ in late)
        n = min(index.arrivals.brought[read - 1], index.count) or None
        more = f", {count:,} times more than 1 s late" if count > 1 else ""
        yield Problem(f"the client took read {read:,} {duration(worst)} after it had come{more}", n)


B09 = define(
    "B09", "Streams that freeze together", "warn",
    what="""
        Several streams of the same time stall and go on at the same moments. Seen where their recordings are checked
        together.
        """,
    why="The event loop of the client is blocked, for example by a synchronous client in an async application.",
    example="three streams, each silent from 4.0 s to 6.2 s",
    fix="Use AsyncAnthropic in async code, and move blocking work to threads.",
    scope="session",
)  # fmt: skip

B10 = define(
    "B10", "No keep-alive", "info",
    what="A server that is not Anthropic's sent no byte for more than 25 s while the stream was open.",
    why="Hops cut connections that are idle for 60 s, some after 30.",
    example="a pause of 28 s at a self-hosted model",
    fix="Have the server send a comment line (or a ping) every 15 s.",
)  # fmt: skip


@B10.on("progress")
def _no_keepalive(stream: Stream) -> Iterator[Problem]:
    pause = next((pause for pause in _pauses(stream) if pause.gap_ns > 25 * S), None)
    if pause and stream.host and not stream.is_anthropic:
        yield Problem(f"{stream.host} sent nothing for {duration(pause.gap_ns)}, no ping either", at(stream, pause))


def at(stream: Stream, pause: Pause) -> int | None:
    """The event that came after a pause, or the last one where none did."""
    return min(pause.n, stream.index.count) or None


def deltas_of(stream: Stream, message: Message) -> tuple[int, int]:
    """The slice of `content_deltas` that belongs to a message."""
    deltas = stream.index.assembler.content_deltas
    end = message.stop_n or stream.index.count
    return bisect_left(deltas, message.start_n), bisect_right(deltas, end)
