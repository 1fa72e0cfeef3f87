"""F: the bytes between the events: line ends, names, keep-alives, sizes."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.framing import BOM
from inspector.diagnostics.stream import Raw, Stream
from inspector.protocol.source import SSE
from inspector.text.wording import counted, quoted

_KEEPALIVES: Final = ("ping", "keepalive", "keep-alive", "heartbeat", "")
_ID_OR_RETRY: Final = re.compile(rb"(?:\A|[\r\n])(id|retry)(?=[:\r\n])")
_LARGE: Final = 64 << 10
_HUGE: Final = 1 << 20
# A gateway that renames every event shows it often enough.
_MOST_RENAMED: Final = 50

F10 = define(
    "F10", "Events split over reads", "info",
    what="""
        A read ends in the middle of an event. That is normal and never reported; code that parses each chunk by itself
        breaks on it.
        """,
    why="How TCP and HTTP cut the bytes says nothing about events.",
    example='JSON.parse raises "Unexpected end of JSON input" now and then, more often behind a proxy.',
    fix="Use an SSE parser that keeps what is unfinished. inspector serve --fault rechunk=1 shows whether yours does.",
    scope="explained",
)  # fmt: skip

F11 = define(
    "F11", "Byte order mark at the start", "error",
    what="The body begins with EF BB BF.",
    why="""
        The standard says to skip it. Python's SDK does not: the first line becomes an unknown field, and message_start
        loses its name.
        """,
    example="EF BB BF event: message_start",
    fix="Do not write a byte order mark: encode as utf-8, not as utf-8-sig.",
    python="message_start is dropped; get_final_message() raises AssertionError.",
    typescript="Nothing: it is skipped.",
    sources=(SSE,),
)  # fmt: skip


@F11.on("frame")
def _byte_order_mark(stream: Stream, raw: Raw) -> Iterator[Problem]:
    if raw.n == 1 and raw.frame.raw.startswith(BOM) and raw.frame.dispatched:
        yield Problem(f"the body begins with a byte order mark, so {quoted(raw.frame.name)} loses its name", 1)


F12 = define(
    "F12", "Mixed line ends around the blank line", "error",
    what="""
        The blank line after an event ends in another way than the line before it: LF and then CR LF, or LF and then CR.
        """,
    why="""
        The standard allows it. Python's SDK waits for two equal line ends and holds everything back until they come, at
        worst to the end of the stream.
        """,
    example="data: {…} LF CR LF",
    fix="""
        Let the gateway send one kind of line end throughout; most often something appends CR LF to lines that end with
        LF.
        """,
    python="No exception: the events are all there, but arrive late, at worst all at the end.",
    typescript="Nothing.",
    sources=(SSE,),
)  # fmt: skip


@F12.on("frame")
def _mixed_line_ends(stream: Stream, raw: Raw) -> Iterator[Problem]:
    end = raw.frame.raw
    mixed = (end.endswith(b"\n\r\n") and not end.endswith(b"\r\n\r\n")) or (
        end.endswith(b"\n\r") and not end.endswith(b"\r\n\r")
    )
    if mixed and raw.frame.dispatched:
        first, count = stream.note("F12", raw.n)
        ends = "LF CR LF" if end.endswith(b"\r\n") else "LF CR"
        yield Problem(f"{counted(count, 'event ends', 'events end')} with {ends}: Python's SDK holds them back", first)


F13 = define(
    "F13", "CR LF split over two reads", "info",
    what="A read ends with CR, and the next one begins with the LF that belongs to it.",
    why="Parsers that take each of the two for a line end see a blank line that is none, and dispatch too early.",
    example="data: {…} CR | LF CR LF",
    fix="Use a parser that skips an LF after a CR, also over the border of two reads.",
    sources=(SSE,),
)  # fmt: skip


@F13.on("frame")
def _split_line_end(stream: Stream, raw: Raw) -> Iterator[Problem]:
    text = raw.frame.raw
    offsets = [offset for offset, _ in raw.frame.splits if isinstance(offset, int)]
    inside = any(0 < offset < len(text) and text[offset - 1 : offset + 1] == b"\r\n" for offset in offsets)
    if inside or (raw.n > 1 and text.startswith(b"\n") and stream.exchange.frame(raw.n - 1).raw.endswith(b"\r")):
        first, count = stream.note("F13", raw.n)
        yield Problem(f"{counted(count, 'CR LF is', 'CR LFs are')} split over two reads", first)


F16 = define(
    "F16", "Name and type disagree", "error",
    what="The SSE name of an event is another one than the type in its data.",
    why="""
        SDKs go by the type, but by the name for ping and error; browsers and many gateways go by the name. They see
        different streams.
        """,
    example='event: message / data: {"type":"content_block_delta",…}',
    fix="Send the type as the name of the event.",
    python="Goes by the type; an event named ping is dropped, one named error raises.",
    typescript="As in Python.",
    scope="messages",
)  # fmt: skip


_RAISED_FOR_IT: Final = "Raises anthropic.APIStatusError with status_code 200 for it, whatever it holds."
_THROWN_FOR_IT: Final = "Throws APIError for it, whatever it holds."
_BY_TYPE: Final = "No exception: it goes by the type."


@F16.on("progress")
def _renamed(stream: Stream) -> Iterator[Problem]:
    index = stream.index
    numbers = index.assembler.renamed
    seen = set()
    for n in numbers[:_MOST_RENAMED]:
        kind = index.event_types[index.code[n - 1]].event
        name = stream.exchange.frame(n).name
        if name and kind != "error" and (name, kind) not in seen and n <= index.count:
            seen.add((name, kind))
            lost = ": SDKs drop it" if name == "ping" else ": SDKs raise an error for it" if name == "error" else ""
            more = f" ({len(numbers):,} events in all have another name than their type)" if len(numbers) > 1 else ""
            follows: Literal["lost"] | None = "lost" if name == "ping" else None
            python = _RAISED_FOR_IT if name == "error" else _BY_TYPE
            what = f"the event is named {quoted(name)}, its type is {quoted(kind)}{lost}{more}"
            typescript = _THROWN_FOR_IT if name == "error" else _BY_TYPE
            yield Problem(what, n, python=python, typescript=typescript, follows=follows)


F17 = define(
    "F17", "Unusual keep-alive", "info",
    what="""
        Something that is neither a ping event nor a comment line keeps the connection alive: a ping without a name, or
        an event without content.
        """,
    why="SDKs pass over it, but other clients, EventSource among them, hand it out as a message.",
    example='data: {"type":"ping"} without an event line, or event: heartbeat with empty data.',
    fix="Send a comment line (a colon and a blank line), or event: ping.",
    scope="messages",
)  # fmt: skip


@F17.on("frame")
def _odd_keepalive(stream: Stream, raw: Raw) -> Iterator[Problem]:
    frame = raw.frame
    if not frame.dispatched or frame.name in ("ping", "error"):
        return
    unnamed_ping = not frame.name and isinstance(raw.data, dict) and raw.data.get("type") == "ping"
    if unnamed_ping or frame.data.strip().lower() in _KEEPALIVES:
        first, count = stream.note("F17", raw.n)
        shown = f"{frame.name or 'no name'}, data {quoted(frame.data, 30)}"
        yield Problem(
            f"{counted(count, 'keep-alive is', 'keep-alives are')} neither a ping event nor a comment ({shown})", first
        )


F18 = define(
    "F18", "id or retry in the stream", "info",
    what="Events have id or retry fields, which the API does not send.",
    why="A proxy adds them. SDKs pass over both; an EventSource remembers them and reconnects with them.",
    example="id: 7 / retry: 3000",
    fix="Nothing for the SDKs. For browsers see D03.",
    python="Nothing: both are read and not used.",
    typescript="Nothing.",
    sources=(SSE,),
)  # fmt: skip


@F18.on("frame")
def _id_or_retry(stream: Stream, raw: Raw) -> Iterator[Problem]:
    found = None if stream.is_downstream else _ID_OR_RETRY.search(raw.frame.raw)
    if found:
        first, count = stream.note("F18", raw.n)
        yield Problem(f"{counted(count, 'frame has', 'frames have')} an id or retry field ({found[1].decode()})", first)


F19 = define(
    "F19", "Very large event", "info",
    what="""
        An event is larger than 64 KiB; over 1 MiB it is a warning. Search results and compactions come whole in one
        event.
        """,
    why="""
        Proxies and parsers with small buffers stall or give up: httpx2's EventSource has a limit, so have many line
        readers.
        """,
    example="A web_search_tool_result of 1.4 MB in content_block_start.",
    fix="Raise the limit of the reader (max_event_size, buffer of the proxy), or ask for fewer results.",
)  # fmt: skip


@F19.on("progress")
def _large(stream: Stream) -> Iterator[Problem]:
    sizes = stream.index.size[stream.sized : stream.index.count]
    if sizes and max(sizes) > _LARGE:
        for n, size in enumerate(sizes, stream.sized + 1):
            if size > _LARGE and stream.index.code[n - 1]:
                yield Problem(f"the event has {size:,} bytes", n, "warn" if size > _HUGE else None)
    stream.sized += len(sizes)
