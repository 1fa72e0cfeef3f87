"""B: something on the way holds bytes back."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.rules.timing import deltas_of
from inspector.diagnostics.stream import Stream, usage_of
from inspector.protocol import DELTAS
from inspector.sse import Frame
from inspector.text.wording import counted, duration
from inspector.timeline.index import NO_TIME
from inspector.timeline.message import Message

_WINDOW: Final = 50_000_000
_LATE: Final = 1_000_000_000
_FEWEST: Final = 10
_SHARE: Final = 0.9
_FASTEST: Final = 1000
_BLOCKS: Final = (4096, 8192, 16384, 32768, 65536)
_MOST_SPLITS: Final = 400
_SHOWN_TYPES: Final = tuple(name for name, delta in DELTAS.items() if delta.brings == "text")

B01 = define(
    "B01", "Everything arrives at once", "error",
    what="""
        The first event came after more than 1 s, nearly all of the body within 50 ms (or in two reads at most), and
        faster than any model writes (1,000 tokens a second). A warning where the consumer's own pace is in the times.
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
    times, sizes = index.t_ns[:whole], list(index.size[:whole])
    first = times[message.start_n - 1]
    last = times[index.assembler.content_deltas[end - 1] - 1]
    if NO_TIME in (first, last) or first < _LATE or min(times) == NO_TIME:
        return
    tokens = next(
        (n for _, update in reversed(message.updates) if isinstance(n := usage_of(update).get("output_tokens"), int)), 0
    )
    took = last - first
    if took and max(tokens, end - start) / (took / 1e9) <= _FASTEST:
        return
    if not (_mostly_at_once(times, sizes) or index.arrivals.count_at(whole) <= 2):
        return
    severity: Severity | None = "warn" if stream.pulled else None
    came = f"nothing came for {duration(first)}, then {counted(end - start, 'delta')} within {duration(took)}"
    yield Problem(came + stream.suspect, message.start_n, severity)


def _mostly_at_once(times: "list[int] | array[int]", sizes: list[int]) -> bool:
    ends = [0, *accumulate(sizes)]
    need = _SHARE * ends[-1]
    for at, t_ns in enumerate(times):
        if ends[-1] - ends[at] < need:
            return False
        if ends[bisect_right(times, t_ns + _WINDOW)] - ends[at] >= need:
            return True
    return False


B02 = define(
    "B02", "Blocks of a fixed size", "warn",
    what="""
        Most reads end inside an event, at least three have exactly 4, 8, 16, 32 or 64 KiB, and there are pauses between
        them.
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
    sizes = Counter(later - earlier for (earlier, _), (later, _) in pairwise(borders))
    size, count = max(((size, sizes[size]) for size in _BLOCKS), key=lambda pair: pair[1])
    gaps = sorted(later - earlier for (_, earlier), (_, later) in pairwise(borders))
    if count >= 3 and len(borders) >= 0.8 * min(reads - 1, _MOST_SPLITS) and gaps[len(gaps) // 2] >= _WINDOW:
        yield Problem(
            f"{counted(count, 'read')} of exactly {size:,} bytes, {duration(gaps[len(gaps) // 2])} apart in the middle",
            splits[0],
        )


def _timed_splits(frame: Frame) -> Iterator[tuple[int, int]]:
    """Where inside the frame reads ended, and when these came, as far as the recording has both as numbers."""
    for offset, t_ns in frame.splits:
        if isinstance(offset, int) and isinstance(t_ns, int):
            yield offset, t_ns


B11 = define(
    "B11", "Burst after a late first token", "warn",
    what="""
        The first token came more than 1 s after the first event, and the read that brought it brought ten or more
        deltas of text or thinking. Tool input is not meant: the API holds that back itself.
        """,
    why="""
        A hop has held the beginning of the answer back. Who measures the time to the first token measures the buffer.
        """,
    example="first token at 4.1 s, with 63 deltas in the same read",
    fix="See B01: look for buffering and compression in the hops between.",
)  # fmt: skip


@B11.on("message")
def _late_burst(stream: Stream, message: Message) -> Iterator[Problem]:
    index = stream.index
    first = index.assembler.first_content
    if first is None or message.start_n != index.messages[0].start_n or stream.pulled or first < message.start_n:
        return
    began, came = stream.t_ns(message.start_n), stream.t_ns(first)
    read = index.read[first - 1]
    if began is None or came is None or came - began < _LATE or not read:
        return
    last = min(bisect_right(index.read, read), message.stop_n or index.count)
    codes = [code for code, kind in enumerate(index.event_types.known) if kind.part in _SHOWN_TYPES]
    count = sum(index.code.count(code, first - 1, last) for code in codes)
    if count >= _FEWEST:
        late = f"the first token came {duration(came - began)} after message_start"
        yield Problem(f"{late}, together with {counted(count, 'delta')} in one read", first)
