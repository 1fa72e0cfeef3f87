"""B: something on the way holds bytes back."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.rules.timing import deltas_of
from inspector.diagnostics.stream import Stream, usage_of
from inspector.protocol import DELTAS
from inspector.sse import Frame
from inspector.text.wording import clip, counted, duration
from inspector.timeline.index import NO_TIME
from inspector.timeline.message import Message

_WINDOW: Final = 50_000_000
_LATE: Final = 1_000_000_000
_LATE_PART: Final = 500_000_000
_FEWEST: Final = 10
# Tokens a second, by what is seen of them: no model writes that fast. With few of them chance may do it for a moment.
_IMPOSSIBLE: Final = 1000
_IMPLAUSIBLE: Final = 300
_MANY: Final = 40
_BYTES_A_TOKEN: Final = 3
_MOST_SPLITS: Final = 400
_SMALLEST_BLOCK: Final = 512
_SHOWN_TYPES: Final = tuple(name for name, delta in DELTAS.items() if delta.brings == "text")
# Lumps: what comes within so much time came together; so long before it nothing did; of so many deltas.
_TOGETHER: Final = 20_000_000
_HELD: Final = 150_000_000
_LUMP: Final = 5
_MOST_HELD: Final = 0.75
_NEARLY_ALL: Final = 0.9
_HEADERS_WITH_CONTENT: Final = 150_000_000
_FEW_READS: Final = 4
# No more deltas in a read than that: each was written by itself.
_FLUSHED: Final = 2
_EACH_WRITTEN: Final = "; they came in {}, each written by itself: a proxy that collects lets go of large pieces"
_FIX_APPLICATION: Final = (
    "Look into the application that writes the events: it collects the answer, or waits for all of it, and then writes "
    "event by event. Pass each event on when it comes."
)


class Suspect(NamedTuple):
    """Which hop has held something back, as a clause ("" where nothing shows it), and what to do about that one."""

    words: str
    fix: str | None = None


def suspect(stream: Stream, deltas: int, reads: int) -> Suspect:
    """Which hop has held so many deltas back and let them go in so many reads, as far as anything shows it.

    A proxy or a compressor that collects lets go of large pieces; an application that flushes its own buffer of events
    writes many small ones, and the proxy behind it passes them on.
    """
    hop, fix = _hop(stream, deltas, reads)
    # The proxy that recorded it has the times of its upstream leg: its own clients cannot have held that back.
    before = (
        f"; so it came from {clip(stream.host)}, before the proxy that recorded it" if _of_our_proxy(stream) else ""
    )
    return Suspect(hop + before, fix)


def _of_our_proxy(stream: Stream) -> bool:
    return stream.source.get("kind") == "proxy" and not stream.is_probe and bool(stream.host)


def _hop(stream: Stream, deltas: int, reads: int) -> Suspect:
    if stream.is_anthropic:
        # The API itself answers through Cloudflare, which does not collect.
        return Suspect("")
    if deltas < _FEW_READS * reads:
        each = deltas < _FLUSHED * reads and reads >= _FEWEST
        return Suspect(_EACH_WRITTEN.format(counted(reads, "read")), _FIX_APPLICATION) if each else Suspect("")
    server = " ".join(stream.response_header(name) for name in ("server", "via", "x-powered-by")).strip().lower()
    if stream.coding:
        return Suspect(
            f"; the response is compressed ({clip(stream.coding)}), perhaps without a flush after each event"
        )
    if stream.is_anthropic:
        # The API itself answers through Cloudflare, which does not collect.
        return Suspect("")
    if "nginx" in server or "openresty" in server:
        # nginx takes x-accel-buffering out, and where it collects the headers wait with the body.
        first, headers = stream.t_ns(next(iter(stream.dispatched), None)), stream.ttfb_ns
        early = first is not None and headers is not None and first - headers > _HEADERS_WITH_CONTENT
        passed = early or bool(stream.response_header("x-accel-buffering"))
        return Suspect("" if passed else "; nginx answered: its proxy_buffering is on by default")
    if "cloudflare" in server or "varnish" in server or stream.response_header("x-cache"):
        return Suspect(f"; a cache answered ({clip(server) or 'x-cache'}): it may collect the body")
    if "next.js" in server:
        return Suspect("; Next.js answered: rewrites and its compression collect the body")
    return Suspect("")


B01 = define(
    "B01", "Everything arrives at once", "error",
    what="""
        The first event came after more than 1 s, and the whole answer behind it faster than any model writes: 1,000
        tokens a second, 300 where there are 40 or more. A warning where the consumer's own pace is in the times.
        """,
    why="A hop collects the whole answer before it passes it on: the user waits as long as without streaming.",
    example="nothing for 8.2 s, then 214 events within 10 ms",
    fix="""
        Switch the buffering off in the hop that the headers point to. nginx: proxy_buffering off, or the header
        X-Accel-Buffering: no. Compression: not for text/event-stream. Next.js: a route handler with cache-control
        no-transform instead of a rewrite. Old Starlette or Django: no GZip middleware on the stream. Line ends: see
        F12.
        """,
)  # fmt: skip


@B01.on("message")
def _all_at_once(stream: Stream, message: Message) -> Iterator[Problem]:
    index = stream.index
    start, end = deltas_of(stream, message)
    if message.start_n != index.messages[0].start_n or end - start < _FEWEST or not index.arrivals.t_ns:
        return
    whole = message.stop_n or index.count
    first = index.t_ns[message.start_n - 1]
    last = index.t_ns[index.assembler.content_deltas[end - 1] - 1]
    if NO_TIME in (first, last) or first < _LATE or min(index.t_ns[:whole]) == NO_TIME:
        return
    took = last - first
    if took and not too_fast(_tokens(stream, message, end - start), took):
        return
    severity: Severity | None = "warn" if stream.pulled else None
    came = f"nothing came for {duration(first)}, then {counted(end - start, 'delta')} within {duration(took)}"
    hop = suspect(stream, end - start, index.arrivals.count_at(whole))
    yield Problem(came + hop.words, message.start_n, severity, hop.fix)


def too_fast(tokens: int, took_ns: int) -> bool:
    """Whether no model writes so many tokens in that time."""
    rate = tokens / (took_ns / 1e9) if took_ns > 0 else float("inf")
    return rate > _IMPOSSIBLE or (tokens >= _MANY and rate > _IMPLAUSIBLE)


def _tokens(stream: Stream, message: Message, deltas: int) -> int:
    """How many tokens came at the least: what is billed, as far as it can stand in what came, or one for a delta."""
    billed = max(
        (n for _, update in message.updates if type(n := usage_of(update).get("output_tokens")) is int), default=0
    )
    size = sum(len(buffer.text) for block in message.blocks for buffer in block.buffers.values())
    return max(deltas, min(billed, size // _BYTES_A_TOKEN))


B02 = define(
    "B02", "Blocks of a fixed size", "warn",
    what="""
        Reads end inside events, at least three of them and most have exactly the same size, from 512 bytes on, and
        there are pauses between them.
        """,
    why="A hop fills a buffer before it passes it on, so the text comes in lumps.",
    example="reads of 4,096 bytes, 1.2 s apart",
    fix="Switch buffering off in that hop, or make it flush after each write.",
)  # fmt: skip


@B02.on("end")
def fixed_blocks(stream: Stream) -> Iterator[Problem]:
    """What B02 finds, which another rule may ask too."""
    arrivals = stream.index.arrivals
    splits = list(dict.fromkeys(arrivals.split))[:_MOST_SPLITS]
    reads = len(arrivals.t_ns)
    if reads < 4 or len(splits) < 3 or stream.pulled:
        return
    ends = list(accumulate(stream.index.size, initial=0))
    borders: list[tuple[int, int]] = []
    for n in splits:
        frame = stream.exchange.frame(n) if n <= stream.index.count else stream.index.unfinished
        borders += [(ends[n - 1] + offset, at) for offset, at in _timed_splits(frame)] if frame else []
    sizes = Counter(later - earlier for earlier, later in pairwise([0, *(place for place, _ in borders)]))
    size, count = max(sizes.items(), key=itemgetter(1))
    gaps = sorted(later - earlier for (_, earlier), (_, later) in pairwise(borders))
    inside = len(borders) >= 0.6 * min(reads - 1, _MOST_SPLITS)
    if size < _SMALLEST_BLOCK or count < 3 or count < 0.6 * len(borders) or not inside:
        return
    if gaps[len(gaps) // 2] >= _WINDOW:
        came = (
            f"{counted(count, 'read')} of exactly {size:,} bytes, {duration(gaps[len(gaps) // 2])} apart in the middle"
        )
        hop = suspect(stream, stream.index.dispatched_at(stream.index.count), reads)
        yield Problem(came + hop.words, splits[0], fix=hop.fix)


def _timed_splits(frame: Frame) -> Iterator[tuple[int, int]]:
    """Where inside the frame reads ended, and when these came, as far as the recording has both as numbers."""
    for offset, t_ns in frame.splits:
        if isinstance(offset, int) and isinstance(t_ns, int):
            yield offset, t_ns


class _Lump(NamedTuple):
    """Deltas that came together after a pause: from event `n` on, so many within `took` after `waited` (ns)."""

    n: int
    deltas: int
    waited: int
    took: int
    reads: int


def _shown(stream: Stream, message: Message) -> list[int]:
    """The events that brought text or thinking; tool input the API holds back itself."""
    index = stream.index
    start, end = deltas_of(stream, message)
    codes = {code for code, kind in enumerate(index.event_types.known) if kind.part in _SHOWN_TYPES}
    return [n for n in index.assembler.content_deltas[start:end] if index.code[n - 1] in codes]


def _lumps(stream: Stream, shown: list[int], began: int) -> list[_Lump]:
    """What came together, faster than any model writes, after a pause that is long enough to have held it back."""
    if not shown:
        return []
    t_ns = [stream.index.t_ns[n - 1] for n in shown]
    starts = [at for at in range(len(shown)) if at == 0 or t_ns[at] - t_ns[at - 1] >= _TOGETHER]
    spans: list[tuple[int, int]] = []
    for start, end in zip(starts, [*starts[1:], len(shown)], strict=True):
        first = spans[-1][0] if spans else start
        # What was held comes in a few reads, as the network carries it.
        soon = spans and t_ns[start] - t_ns[start - 1] < _HELD and t_ns[start] - t_ns[first] > 0
        if soon and too_fast(end - first, t_ns[end - 1] - t_ns[first]):
            spans[-1] = first, end
        else:
            spans.append((start, end))
    lumps = []
    for start, end in spans:
        waited, took = t_ns[start] - (t_ns[start - 1] if start else began), t_ns[end - 1] - t_ns[start]
        if end - start >= _LUMP and waited >= _HELD and (took < _TOGETHER or too_fast(end - start, took)):
            reads = len({stream.index.read[n - 1] for n in shown[start:end]})
            lumps.append(_Lump(shown[start], end - start, waited, took, reads))
    return lumps


B11 = define(
    "B11", "Burst after a late first token", "warn",
    what="""
        The first token came more than 0.5 s after the first event, and together with it ten or more deltas of text or
        thinking, faster than any model writes. Tool input is not meant: the API holds that back itself.
        """,
    why="""
        A hop has held the beginning of the answer back. Who measures the time to the first token measures the buffer.
        """,
    example="first token at 4.1 s, with 63 deltas in the same read",
    fix="See B01: look for buffering and compression in the hops between.",
)  # fmt: skip


@B11.on("message")
def _late_burst(stream: Stream, message: Message) -> Iterator[Problem]:
    began = stream.t_ns(message.start_n)
    if began is None or message.start_n != stream.index.messages[0].start_n or stream.pulled or not _timed(stream):
        return
    # Most streams start in time: only of the others is all looked at.
    came = stream.t_ns(stream.index.assembler.first_content)
    if came is None or came - began < _LATE_PART:
        return
    shown = _shown(stream, message)
    if not shown or shown[0] != stream.index.assembler.first_content:
        return
    lump = next(iter(_lumps(stream, shown, began)), None)
    if lump and lump.n == shown[0] and lump.waited >= _LATE_PART and lump.deltas >= _FEWEST:
        within = "in one read" if lump.reads == 1 else f"within {duration(lump.took)}"
        late = f"the first token came {duration(lump.waited)} after message_start"
        hop = suspect(stream, lump.deltas, lump.reads)
        held = f"{late}, together with {counted(lump.deltas, 'delta')} {within}"
        yield Problem(held + hop.words, lump.n, fix=hop.fix)


def _timed(stream: Stream) -> bool:
    return bool(stream.index.arrivals.t_ns) and min(stream.index.t_ns, default=NO_TIME) != NO_TIME


B12 = define(
    "B12", "Held back and let go in lumps", "warn",
    what="""
        Most of the text or thinking came in lumps: five deltas or more at once, after at least 150 ms of nothing, three
        times or more. Or half a second or more of silence ended in a lump that holds what would have flowed meanwhile.
        Where the reads have one size it is B02, at the very beginning B11, of the whole answer B01.
        """,
    why="A hop collects events and lets them go by the clock, or at the end: the text stutters.",
    example="12 deltas every 500 ms",
    fix="Find the hop that collects (see B01), and make it flush after each event.",
)  # fmt: skip


@B12.on("message")
def _held_in_lumps(stream: Stream, message: Message) -> Iterator[Problem]:
    began = stream.t_ns(message.start_n)
    if began is None or stream.pulled or stream.is_log or not _timed(stream):
        return
    if found := held_in_lumps(stream, _shown(stream, message), began, "delta"):
        yield found


def held_in_lumps(stream: Stream, shown: list[int], began: int, noun: str) -> Problem | None:
    """What B12 finds of events by their numbers, all of which have a time; `began`: from when on they were due (ns)."""
    lumps = _lumps(stream, shown, began)
    if not lumps or any(fixed_blocks(stream)):
        return None
    held = sum(lump.deltas for lump in lumps)
    if len(lumps) >= 3 and held >= _MOST_HELD * len(shown):
        gap = sorted(lump.waited for lump in lumps)[len(lumps) // 2]
        came = f"{counted(held, noun)} of {len(shown):,} came in {counted(len(lumps), 'lump')}, {duration(gap)} apart"
        hop = suspect(stream, held, sum(lump.reads for lump in lumps))
        return Problem(f"{came} in the middle{hop.words}", lumps[0].n, fix=hop.fix)
    lasted = stream.index.t_ns[shown[-1] - 1] - began if shown else 0
    for lump in lumps:
        # What flows is measured by the rest: in so long a pause it would have brought about as much.
        rest, flowed = len(shown) - lump.deltas, lasted - lump.waited - lump.took
        due = rest / flowed * lump.waited if rest and flowed > 0 else 0
        if lump.n != shown[0] and lump.waited >= _LATE_PART and lump.deltas >= max(_FEWEST, due / 3):
            after = f"after {duration(lump.waited)} of nothing {counted(lump.deltas, noun)} came within "
            hop = suspect(stream, lump.deltas, lump.reads)
            return Problem(after + duration(lump.took) + hop.words, lump.n, fix=hop.fix)
    return None


def all_held(stream: Stream, shown: list[int], noun: str) -> Problem | None:
    """What B01 finds of events of any kind, by their numbers: nearly all in one lump or two, after more than 1 s.

    What of an event is a token nobody knows: each counts for one.
    """
    lumps = _lumps(stream, shown, 0)[:3]
    if not lumps or len(lumps) > 2 or len(shown) < _FEWEST:
        return None
    first, held = lumps[0], sum(lump.deltas for lump in lumps)
    if first.n != shown[0] or first.waited < _LATE or held < _NEARLY_ALL * len(shown):
        return None
    took = stream.index.t_ns[shown[-1] - 1] - first.waited
    hop = suspect(stream, held, sum(lump.reads for lump in lumps))
    came = f"nothing came for {duration(first.waited)}, then {counted(len(shown), noun)} within {duration(took)}"
    return Problem(came + hop.words, first.n, fix=hop.fix)
