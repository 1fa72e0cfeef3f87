"""F: the characters inside the events."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.framing import is_event_stream
from inspector.diagnostics.stream import Raw, Stream
from inspector.protocol.source import SSE
from inspector.text.wording import counted
from inspector.timeline.message import Block

_SPLITTING: Final = re.compile(rb"[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]")
_REPLACEMENT: Final = b"\xef\xbf\xbd"

F06 = define(
    "F06", "Newlines changed by the server's encoder", "warn",
    what="""
        An encoder that uses str.splitlines() drops a trailing newline or splits at U+2028. Only a comparison of what
        the server sent in with what came out shows it, so this is only explained.
        """,
    why="Code and Markdown lose line ends.",
    example='"a\\n" goes in, "a" comes out.',
    fix="Update the framework (FastAPI has repaired it), or encode the payload as JSON.",
    scope="explained",
)  # fmt: skip

F07 = define(
    "F07", "Line separator inside the JSON", "warn",
    what="The data holds a raw U+2028, U+2029, U+0085, vertical tab, form feed or one of U+001C to U+001E.",
    why="""
        The stream is right, and the SDKs read it. Clients that split lines with str.splitlines() cut the event in two
        there.
        """,
    example="A text delta with U+2028 in it, read with httpx iter_lines().",
    fix="""
        Clients: split at CR and LF only (httpx-sse from 0.4.2 on does); never feed iter_lines() to an SSE parser.
        Servers may send such characters as \\u2028.
        """,
    python="Nothing in the SDK. Response.iter_lines() of httpx2 and httpx-sse before 0.4.2 cut the event.",
    typescript="Nothing.",
)  # fmt: skip


@F07.on("progress")
def _separators(stream: Stream) -> Iterator[Problem]:
    if stream.is_log:
        # How a character was written is the program's that wrote the log.
        return
    index = stream.index
    events = [n for offset in index.separated if (n := _event_at(index.offset, offset))]
    if events:
        yield Problem(f"{counted(len(events), 'event holds', 'events hold')} a line separator that is no LF", events[0])


@F07.on("frame")
def _raw_separators(stream: Stream, raw: Raw) -> Iterator[Problem]:
    wanted = raw.frame.dispatched and not stream.index.separated and not stream.is_log
    found = _SPLITTING.search(raw.frame.raw) if wanted else None
    if found:
        first, count = stream.note("F07", raw.n)
        character = found[0].decode("utf-8", "replace")
        yield Problem(
            f"{counted(count, 'event holds', 'events hold')} a line separator that is no LF: U+{ord(character):04X}",
            first,
        )


def _event_at(offsets: Any, offset: int) -> int:
    at = bisect_left(offsets, offset)
    return at + 1 if at < len(offsets) and offsets[at] == offset else 0


F08 = define(
    "F08", "Damaged characters", "info",
    what="""
        The text that came holds U+FFFD, the replacement character. That reads split a character's bytes is normal and
        not reported.
        """,
    why="""
        A hop before this one has decoded the bytes read by read and destroyed characters. It may also be what the model
        wrote.
        """,
    example='"na\\ufffd\\ufffdve"',
    fix="In the proxy: pass bytes through, or decode with an incremental UTF-8 decoder.",
)  # fmt: skip


@F08.on("block")
def _damaged(stream: Stream, block: Block) -> Iterator[Problem]:
    for delta_type, buffer in block.buffers.items():
        at = buffer.text.find(_REPLACEMENT)
        if at >= 0:
            count = buffer.text.count(_REPLACEMENT)
            yield Problem(
                f"block {block.index} holds {counted(count, 'replacement character')} (U+FFFD) in its {delta_type}s",
                buffer.event_at(at),
            )


F09 = define(
    "F09", "Invalid UTF-8", "error",
    what="The bytes of an event are no UTF-8.",
    why="Event streams are UTF-8 whatever the header says. Clients raise, or put U+FFFD in its place.",
    example="A text delta in Latin-1: the byte E9 alone.",
    fix="Encode as UTF-8, and cut buffers between characters only.",
    python="UnicodeDecodeError in mid-stream, which is no anthropic.APIError.",
    typescript="Nothing: U+FFFD takes the place of the bytes.",
    sources=(SSE,),
)  # fmt: skip


@F09.on("frame")
def _invalid_utf8(stream: Stream, raw: Raw) -> Iterator[Problem]:
    try:
        raw.frame.raw.decode()
    except UnicodeDecodeError as error:
        if is_event_stream(stream) and stream.is_ok:
            byte = raw.frame.raw[error.start]
            yield Problem(f"byte {byte:02X} at offset {error.start:,} of the event is no UTF-8", raw.n)
