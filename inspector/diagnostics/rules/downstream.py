"""D: the leg from a server of your own to the browser."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.timing import S, at
from inspector.diagnostics.stream import Stream, block_name
from inspector.text.json_text import loads_or
from inspector.text.wording import duration, listed, quoted
from inspector.timeline.message import Block, decode

_SAMPLE: Final = 12
_GROWING: Final = 6

D01 = define(
    "D01", "Text with newlines behind data:", "error",
    what="The same as F05, on the way to the browser; it is reported as F05.",
    why="Everything after the first line end of a chunk is lost.",
    example='f"data: {text}\\n\\n" with "Hello\\n- item" in text.',
    fix="data: and the JSON of the text, or a data: line for each line.",
    scope="explained",
)  # fmt: skip
D02 = define(
    "D02", "Event framed twice on the way to the browser", "error",
    what="The same as F04, on the way to the browser; it is reported as F04.",
    why="The browser gets data: inside the data.",
    example='yield f"data: {chunk}\\n\\n" into an EventSourceResponse.',
    fix="Yield the bare payload where the framework makes the frames.",
    scope="explained",
)  # fmt: skip
D03 = define(
    "D03", "EventSource reconnects and generates again", "error",
    what="""
        A GET for an event stream ended normally without an event that says done, and the same GET came again within 60
        s. Seen where the recordings are checked together.
        """,
    why="EventSource takes every end for a failure and connects again: the model runs, and bills, again and again.",
    example="GET /chat?q=… ends, 3 s later the same GET with Last-Event-ID.",
    fix="""
        Send event: done at the end and call close() on it in the browser; answer a reconnect with 204; or use fetch
        instead of EventSource.
        """,
    scope="session",
)  # fmt: skip

D04 = define(
    "D04", "Headers missing on the way to the browser", "warn",
    what="""
        An event stream of a server of your own lacks cache-control: no-cache and no-transform, or x-accel-buffering:
        no, or has a content-length.
        """,
    why="Proxies and CDNs are free to buffer, compress or cache it.",
    example="content-type: text/event-stream and nothing else.",
    fix="Send content-type: text/event-stream, cache-control: no-cache, no-transform, and x-accel-buffering: no.",
)  # fmt: skip


@D04.on("end")
def _missing_headers(stream: Stream) -> Iterator[Problem]:
    if not _to_browser(stream):
        return
    cache = stream.response_header("cache-control").lower()
    lacks = [] if "no-cache" in cache or "no-store" in cache else ["cache-control: no-cache"]
    lacks += [] if "no-transform" in cache else ["no-transform in cache-control"]
    # nginx obeys that header and does not pass it on.
    told = stream.response_header("x-accel-buffering").lower() == "no" or "nginx" in stream.response_header("server")
    lacks += [] if told else ["x-accel-buffering: no"]
    surplus = "; content-length is set" if stream.response_header("content-length") else ""
    if lacks or surplus:
        yield Problem(
            f"the response has no {listed(lacks, 'and no')}{surplus}" if lacks else surplus.removeprefix("; ")
        )


def _to_browser(stream: Stream) -> bool:
    return stream.is_downstream and stream.media_type == "text/event-stream" and stream.is_ok


D05 = define(
    "D05", "No keep-alive to the browser", "warn",
    what="A server of your own sent the browser nothing for more than 15 s.",
    why="Upstream pings end at your server unless it passes them on; proxies on the way cut idle connections.",
    example="upstream pings every 10 s, downstream is silent for 40 s",
    fix="Send a comment line every 15 s while you wait for the model.",
)  # fmt: skip


@D05.on("progress")
def _silent(stream: Stream) -> Iterator[Problem]:
    pause = next((pause for pause in stream.pauses if pause.gap_ns > 15 * S), None)
    if pause and _to_browser(stream):
        yield Problem(f"nothing was sent for {duration(pause.gap_ns)}", at(stream, pause))


D06 = define(
    "D06", "Client left, upstream goes on", "warn",
    what="""
        The client of the proxy took nothing more and left, but more of the answer was read from the API for over 2 s.
        """,
    why="What is generated for nobody is billed.",
    example="the last bytes were taken at 2.0 s, the API was read until 9.4 s",
    fix="""
        Cancel the upstream request when the client disconnects: keep the stream in a with block inside the generator
        that the framework cancels.
        """,
    scope="exchange",
)  # fmt: skip


@D06.on("end")
def _nobody_listens(stream: Stream) -> Iterator[Problem]:
    index = stream.index
    if stream.reason != "cancelled" or not index.sent_t_ns or not index.arrivals.t_ns:
        return
    on = index.arrivals.t_ns[-1] - index.sent_t_ns[-1]
    if on > 2 * S and index.sent_read[-1] < len(index.arrivals.t_ns):
        yield Problem(f"the API was read for {duration(on)} after the client had taken its last bytes", stream.last)


D07 = define(
    "D07", "Six connections to one origin", "info",
    what="Five or more event streams of one origin were open at once. Seen where the recordings are checked together.",
    why="Over HTTP/1.1 a browser opens six connections to an origin, for all tabs together; the next request waits.",
    example="six tabs, each with an EventSource",
    fix="Serve over HTTP/2, or share one stream between tabs.",
    scope="session",
)  # fmt: skip

D08 = define(
    "D08", "Cross-origin stream without permission", "info",
    what="""
        A request with an Origin header got a response without access-control-allow-origin; or it went to Anthropic's
        API without anthropic-dangerous-direct-browser-access.
        """,
    why="The browser withholds the response. EventSource can neither send headers nor use POST.",
    example="origin: https://app.example, no access-control-allow-origin in the response.",
    fix="Send access-control-allow-origin, or call the API from your server: a key in the browser is no secret.",
    typescript="new Anthropic() in a browser throws unless dangerouslyAllowBrowser is set.",
    scope="exchange",
)  # fmt: skip


@D08.on("end")
def _cross_origin(stream: Stream) -> Iterator[Problem]:
    origin = stream.exchange.header("origin")
    if not origin or stream.index.response is None:
        return
    if stream.is_anthropic and not stream.exchange.header("anthropic-dangerous-direct-browser-access"):
        yield Problem(f"{quoted(origin)} called the API without anthropic-dangerous-direct-browser-access")
    elif not stream.response_header("access-control-allow-origin") and not origin.endswith(f"//{stream.host}"):
        yield Problem(f"the response to {quoted(origin)} has no access-control-allow-origin")


D09 = define(
    "D09", "No end after an upstream error", "warn",
    what="""
        The upstream failed and the server closed its own stream without a word. It takes both legs in one view, so this
        is only explained.
        """,
    why="The page shows a spinner for ever, or EventSource connects again.",
    example="upstream: event: error; downstream: the connection just ends.",
    fix="Send an event for the failure before you close, and handle it in the page.",
    scope="explained",
)  # fmt: skip
D10 = define(
    "D10", "React Native's fetch does not stream", "info",
    what="""
        The default fetch of React Native has no readable body. Not visible in a recording, so this is only explained.
        """,
    why="The SDK throws before the first event.",
    example="client.messages.stream(…) in Expo.",
    fix="Give the client expo/fetch.",
    typescript="AnthropicError whose text suggests expo/fetch.",
    scope="explained",
)  # fmt: skip

D11 = define(
    "D11", "Compressed on the way to the browser", "warn",
    what="An event stream of a server of your own is compressed with gzip.",
    why="The GZip middleware of older Starlette (0.41) and of Django holds the stream back until it ends.",
    example="content-encoding: gzip, server: uvicorn",
    fix="Update, or leave text/event-stream out of compression.",
)  # fmt: skip


@D11.on("end")
def _compressed(stream: Stream) -> Iterator[Problem]:
    if _to_browser(stream) and "gzip" in stream.coding:
        yield Problem("the event stream is compressed with gzip")


D12 = define(
    "D12", "Each event repeats the whole text", "info",
    what="Each event carries all of the text so far, not only what is new.",
    why="The bytes grow with the square of the text, and clients that append show everything many times over.",
    example='"He", "Hello", "Hello wor", "Hello world"',
    fix="Send what is new, or have the client replace instead of append.",
)  # fmt: skip


@D12.on("block")
def _accumulated(stream: Stream, block: Block) -> Iterator[Problem]:
    buffer = block.buffers.get("text_delta")
    if buffer is None or len(buffer.ends) < _GROWING:
        return
    starts = [0, *buffer.ends[: _SAMPLE - 1]]
    pieces = [decode(bytes(buffer.text[start:end])) for start, end in zip(starts, buffer.ends[:_SAMPLE], strict=False)]
    if _grows(pieces):
        yield Problem(f"each delta of {block_name(block)} repeats the text so far", buffer.events[1])


@D12.on("end")
def _accumulated_downstream(stream: Stream) -> Iterator[Problem]:
    if not stream.is_downstream or stream.is_messages:
        return
    index = stream.index
    events = [n for n in range(1, min(index.count, 4 * _SAMPLE) + 1) if index.code[n - 1]][:_SAMPLE]
    if _grows([_longest(stream.exchange.frame(n).data) for n in events]):
        yield Problem("each event repeats the text so far", events[1])


def _grows(pieces: list[str]) -> bool:
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < _GROWING:
        return False
    return all(after.startswith(before) and len(after) > len(before) for before, after in pairwise(pieces))


def _longest(data: str) -> str:
    """The longest string in the data of an event."""
    value: Any = loads_or(data, data)
    found, waiting = "", [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found = max(found, value, key=len)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found


D13 = define(
    "D13", "Exception after the headers", "error",
    what="""
        The server raised while it streamed: status 200, a body that breaks off, and an upstream that was fine. It takes
        both legs in one view; the broken body itself is T01.
        """,
    why="The failure looks like a network problem.",
    example='AttributeError in the generator of a StreamingResponse.',
    fix="Catch exceptions in the generator and send an error event; look at the server's log.",
    scope="explained",
)  # fmt: skip
