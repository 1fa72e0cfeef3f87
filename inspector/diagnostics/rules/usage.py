"""U: usage and billing."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.stream import Stream, late_usage, usage_of
from inspector.protocol.source import (
    BILLED,
    CACHING,
    COUNTING,
    NO_USAGE,
    OPENAI_USAGE,
    SDK_SOURCE,
    SDK_TYPES,
    STREAMING,
)
from inspector.text.wording import counted, listed
from inspector.timeline.message import Message

_INPUT: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_COUNTS: Final = (*_INPUT, "output_tokens")
_MUCH_HIDDEN: Final = 500


def _number(usage: dict[str, Any], key: str) -> int:
    value = usage.get(key)
    return value if isinstance(value, int) else 0


def _input(usage: dict[str, Any]) -> int:
    return sum(_number(usage, key) for key in _INPUT)


def _last_usage(message: Message) -> dict[str, Any]:
    return next((usage for _, update in reversed(message.updates) if (usage := usage_of(update))), {})


U01 = define(
    "U01", "Usage is repeated, not added to", "info",
    what="""
        message_delta repeats the input or cache tokens that message_start had. Its figures are totals: they replace the
        earlier ones. Nothing is wrong with the stream; the figures show what a client that adds them would count.
        """,
    why="A client that adds the figures up counts the input twice.",
    example="1,200 input tokens in message_start and 1,200 in message_delta: the total is 1,200, not 2,400.",
    fix="Take the last figure of each field that came; never add those of message_start and message_delta.",
    sources=(STREAMING, CACHING),
)  # fmt: skip


@U01.on("message")
def _repeated(stream: Stream, message: Message) -> Iterator[Problem]:
    first = usage_of(message.start)
    for n, update in message.updates[-1:]:
        last = usage_of(update)
        same = [key for key in _INPUT if _number(last, key) and last.get(key) == first.get(key)]
        if same:
            right = sum(_number(last, key) if key in last else _number(first, key) for key in _INPUT)
            wrong = _input(first) + _input(last)
            times = f", {wrong / right:.1f} times as many" if right else ""
            yield Problem(f"the input is {right:,} tokens; adding both usages gives {wrong:,}{times}", n)


U02 = define(
    "U02", "The output count of message_start is a placeholder", "info",
    what="""
        The stream ended before message_delta, so the only output_tokens are those of message_start, which are 1 to 8
        whatever follows.
        """,
    why="Who bills from it counts next to nothing.",
    example="output_tokens 1 in message_start, 400 text deltas, end of the body.",
    fix="Take output_tokens from the last message_delta only; without one the figure is unknown.",
    sources=(STREAMING,),
)  # fmt: skip


@U02.on("end")
def _placeholder(stream: Stream) -> Iterator[Problem]:
    message = stream.message
    if message and not message.implied and not message.updates and stream.index.assembler.first_content:
        tokens = usage_of(message.start).get("output_tokens")
        if isinstance(tokens, int):
            yield Problem(
                f"output_tokens {tokens} of message_start is a placeholder, the real count never came", message.start_n
            )


U03 = define(
    "U03", "No input tokens in message_start", "warn",
    what="""
        The usage in message_start counts no input at all, cached or not, and message_delta has the figure; or neither
        has one although there was output.
        """,
    why="Context meters and cost displays that read message_start show nothing.",
    example='{"input_tokens":0,"output_tokens":0} in message_start, {"input_tokens":350} in message_delta.',
    fix="Servers: count the prompt before message_start. Clients: take over what message_delta brings.",
    sources=(CACHING, SDK_TYPES),
)  # fmt: skip


@U03.on("message")
def _no_input(stream: Stream, message: Message) -> Iterator[Problem]:
    first, last = usage_of(message.start), _last_usage(message)
    if message.implied or not first or _input(first) or not last:
        return
    none = "0 input tokens" if any(key in first for key in _INPUT) else "no input tokens, not even 0"
    if _input(last):
        yield Problem(f"message_start counts {none}, message_delta {_input(last):,}", message.start_n)
    elif _number(last, "output_tokens"):
        yield Problem(f"{none} for {_number(last, 'output_tokens'):,} output tokens", message.start_n)


U04 = define(
    "U04", "Usage goes down", "info",
    what="""
        A later figure is smaller than an earlier one although usage is cumulative. Growing is normal: server tools add
        input. So is a smaller one after compaction or a fallback.
        """,
    why="""
        The later figure overwrites the right one. Some servers count the cached prefix as input at first and take it
        out later.
        """,
    example="input_tokens 8,834 in message_start, 18 in message_delta with 8,831 cached.",
    fix="""
        Servers: send totals, with input_tokens without the cached part from the beginning. Clients: compare input +
        cache_creation + cache_read, not one of them.
        """,
    python="The smaller figure overwrites the larger one.",
    typescript="The smaller figure overwrites the larger one.",
    sources=(STREAMING, CACHING),
)  # fmt: skip


@U04.on("message")
def _falling(stream: Stream, message: Message) -> Iterator[Problem]:
    if any(block.type in ("compaction", "fallback") for block in message.blocks) or message.restarted:
        return
    told = [(message.start_n, usage_of(message.start)), *((n, usage_of(update)) for n, update in message.updates)]
    if any(usage.get("iterations") for _, usage in told):
        return
    for (_, before), (n, after) in pairwise(told):
        # The output count of message_start is a placeholder, but a total of 0 is below it all the same.
        fallen = [key for key in _COUNTS if isinstance(after.get(key), int) and after[key] < _number(before, key)]
        if fallen:
            figures = listed(f"{key} from {_number(before, key):,} to {after[key]:,}" for key in fallen)
            yield Problem(f"{figures}; all input: {_input(before):,} to {_input(after):,}", n)


U10 = define(
    "U10", "Counted as nothing", "warn",
    what="Text, thinking or tool input came, the message has its stop reason, and the usage says 0 output tokens.",
    why="Meters and bills that go by the usage count nothing for a whole answer.",
    example='200 text deltas, then "usage":{"input_tokens":0,"output_tokens":0}.',
    fix="""
        In the gateway: pass the upstream's usage on; OpenAI's API sends it only for stream_options.include_usage. In
        the client: take 0 beside an answer for unknown.
        """,
    sources=(NO_USAGE, OPENAI_USAGE,),
)  # fmt: skip


@U10.on("message")
def _nothing_counted(stream: Stream, message: Message) -> Iterator[Problem]:
    last = _last_usage(message)
    brought = sum(len(buffer.text) for block in message.blocks for buffer in block.buffers.values())
    if message.implied or message.stop_n is None or not brought or late_usage(stream, message):
        return
    if type(last.get("output_tokens")) is int and last["output_tokens"] == 0:
        yield Problem(f"0 output tokens for {counted(brought, 'byte')} of content", message.updates[-1][0])


U11 = define(
    "U11", "Usage in message_stop", "warn",
    what="message_stop carries a usage. The protocol has it in message_start and message_delta only.",
    why="SDKs do not look for it there, so the figures that they give are those that came before.",
    example='{"type":"message_stop","usage":{"input_tokens":42,"output_tokens":9}}',
    fix="In the gateway: send the final usage with message_delta.",
    python="Nothing, silently: it is not taken over.",
    typescript="Nothing, silently: it is not taken over.",
    sources=(SDK_TYPES,),
)  # fmt: skip


@U11.on("message")
def _usage_too_late(stream: Stream, message: Message) -> Iterator[Problem]:
    if usage := late_usage(stream, message):
        figures = listed(f"{key} {usage[key]}" for key in _COUNTS if key in usage)
        yield Problem(f"message_stop has a usage{f': {figures}' if figures else ''}", message.stop_n)


U12 = define(
    "U12", "Cache figures contradict each other", "warn",
    what="The cache writes by lifetime, in usage.cache_creation, are not cache_creation_input_tokens together.",
    why="The two lifetimes cost differently, so nobody can say what the writes cost.",
    example='"cache_creation_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":0,…}',
    fix="In the gateway: pass all of the usage on, or leave the split out.",
    sources=(SDK_TYPES,),
)  # fmt: skip


@U12.on("message")
def _split_differs(stream: Stream, message: Message) -> Iterator[Problem]:
    told = [(message.start_n, usage_of(message.start)), *((n, usage_of(update)) for n, update in message.updates)]
    for n, usage in told:
        total, split = usage.get("cache_creation_input_tokens"), usage.get("cache_creation")
        parts = [value for value in split.values() if type(value) is int] if isinstance(split, dict) else []
        if type(total) is int and parts and sum(parts) != total:
            yield Problem(f"{total:,} tokens were written to the cache, but {sum(parts):,} by lifetime", n)


U05 = define(
    "U05", "Nothing came from the cache", "info",
    what="The request has cache_control, and no token was read from the cache.",
    why="The whole prompt is billed at full price or more, and the first token takes longer.",
    example="cache_read_input_tokens 0, cache_creation_input_tokens 2,048 at every turn.",
    fix="""
        Right for the first request. After that: keep everything before the breakpoint byte for byte the same (tools,
        system, order of keys), stay above the model's least cacheable length and within the cache's lifetime.
        """,
    sources=(CACHING,),
)  # fmt: skip


@U05.on("message")
def _no_cache_hit(stream: Stream, message: Message) -> Iterator[Problem]:
    if message.implied or not stream.body or "'cache_control'" not in repr(stream.body):
        return
    usage = {**usage_of(message.start), **_last_usage(message)}
    if usage and not _number(usage, "cache_read_input_tokens"):
        written = _number(usage, "cache_creation_input_tokens")
        yield Problem(
            f"cache_control in the request, 0 tokens read from the cache, {written:,} written", message.start_n
        )


U06 = define(
    "U06", "Cost unknown", "warn",
    what="""
        The stream ended, by a cut, an error or because the client left, after content had come and before message_delta
        told the usage.
        """,
    why="What was generated may be billed all the same, and no figure says how much.",
    example="200 text deltas, then a connection reset.",
    fix="""
        Count the text that came with the token counting endpoint, which gives an estimate; log the request-id.
        """,
    sources=(STREAMING, BILLED, COUNTING,),
)  # fmt: skip


@U06.on("end")
def _cost_unknown(stream: Stream) -> Iterator[Problem]:
    message = stream.message
    if message is None or message.updates or message.stop_n or not stream.index.assembler.first_content:
        return
    characters = sum(len(buffer.text) for block in message.blocks for buffer in block.buffers.values())
    yield Problem(
        f"no final usage came; {characters:,} bytes of content did, about {counted(characters // 4, 'token')}",
        stream.last,
    )


U07 = define(
    "U07", "The same request again after a cut", "error",
    what="""
        A request has the body of one that was cut, failed or abandoned after content had come, within 60 seconds. Seen
        where several recordings are checked together.
        """,
    why="The answer is generated, and may be billed, twice, and a client that keeps the first part shows it twice.",
    example="A stream is cut after 3,000 characters; the same request follows 2 s later.",
    fix="""
        Discard the partial answer before you retry, and tell the user. Retry in one place only: not in the SDK, a
        gateway and the application at once. Repair the cut itself.
        """,
    python="The SDK itself never retries once the headers have come; this is your code or a layer around it.",
    typescript="As in Python.",
    scope="session",
    sources=(SDK_SOURCE, BILLED,),
)  # fmt: skip
