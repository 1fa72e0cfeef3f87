"""T: the connection and the HTTP response around the stream."""

import re
from collections.abc import Iterator
from typing import Final

from inspector.diagnostics.ending import last_words
from inspector.diagnostics.finding import Problem, Severity, define
from inspector.diagnostics.rules.buffering import all_held, fixed_blocks, held_in_lumps
from inspector.diagnostics.stream import Stream
from inspector.protocol.endpoints import Operation
from inspector.protocol.errors import error_of
from inspector.protocol.source import STREAMING
from inspector.text.json_text import loads_or
from inspector.text.wording import counted, duration, quoted
from inspector.timeline.asked import EVENT_STREAMS

_RESET: Final = re.compile(
    r"ReadError|WriteError|ConnectionReset|ECONNRESET|EPIPE|BrokenPipe|Errno (?:104|54|32)\b|reset by peer", re.I
)
_HTTP2: Final = re.compile(r"StreamReset|stream_id|GOAWAY|ConnectionTerminated|HTTP/?2|\bh2\b|INTERNAL_ERROR", re.I)
_DECODED: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})
# Reads for each event, from which on the events are flushed.
_FLUSHED: Final = 0.3
_FEWEST_FLUSHED: Final = 4
_SNIFFED: Final = 4096
_ASK_AGAIN: Final = "Ask again. Look for the hop that closes, or for what restarted at that moment."
_PYTHON_ASKS_AGAIN: Final = "anthropic.APIConnectionError, after it was retried max_retries (2) times."
_OPEN_NS: Final = 2_000_000_000
_OPEN_PULLED_NS: Final = 10_000_000_000

T01 = define(
    "T01", "Stream cut: the body is not whole", "error",
    what="""
        The connection was closed before the HTTP body was complete: the last chunk is missing, or content-length was
        not reached. After message_stop it is a warning.
        """,
    why="The rest of the answer is lost: no connection to the API can be resumed.",
    example="peer closed connection without sending complete message body (incomplete chunked read)",
    fix="""
        Retry the whole turn. Look for the hop that closes: an idle timeout (raise it), a deploy, a worker that was
        killed; a comment line every 15 s keeps idle connections alive.
        """,
    python="httpx2.RemoteProtocolError, which is no anthropic.APIError: catch httpx2.HTTPError as well. Not retried.",
    typescript="TypeError: terminated (cause: UND_ERR_SOCKET, other side closed). Not retried.",
    scope="exchange",
    sources=(STREAMING,),
)  # fmt: skip
T02 = define(
    "T02", "Connection reset", "error",
    what="The other side, or a hop on the way, reset the connection (TCP RST) while the body was read.",
    why="The rest of the answer is lost: no connection to the API can be resumed.",
    example="[Errno 104] Connection reset by peer",
    fix="""
        Retry the whole turn. A reset is a crash or a firewall rather than a timeout: look at what restarted at that
        moment.
        """,
    python="httpx2.ReadError, in the async client with an empty message; no anthropic.APIError. Not retried.",
    typescript="TypeError: terminated (cause: ECONNRESET). Not retried.",
    scope="exchange",
    sources=(STREAMING,),
)  # fmt: skip
T03 = define(
    "T03", "HTTP/2 stream reset", "error",
    what="""
        An HTTP/2 leg was ended with RST_STREAM or GOAWAY before message_stop. Visible only where that leg was recorded:
        the SDKs speak HTTP/1.1.
        """,
    why="Mostly the idle timeout of a CDN, reported after the 200 has gone out.",
    example="ERR_HTTP2_PROTOCOL_ERROR 200 (OK)",
    fix="Send a comment line every 15 s through the CDN, or raise its timeout.",
    python="httpx2.RemoteProtocolError with http2=True; no anthropic.APIError.",
    typescript="TypeError: terminated; in browsers TypeError: network error.",
    scope="exchange",
)  # fmt: skip


def _cut(stream: Stream) -> str:
    """The code of the rule that says how the connection broke, "" where it did not."""
    if stream.reason != "reset":
        return ""
    failure = " ".join(stream.failure)
    if _HTTP2.search(failure):
        return "T03"
    return "T02" if _RESET.search(failure) else "T01"


def _how(stream: Stream) -> Problem:
    kind, message = stream.failure
    told = f" ({': '.join(filter(None, (kind, message)))})" if kind or message else ""
    times = stream.index.arrivals.t_ns
    idle = f", {duration(stream.end_ns - times[-1])} after the last byte" if times and stream.end_ns is not None else ""
    if stream.stopped:
        return Problem(f"the connection broke after message_stop{told}{idle}", stream.last, "warn", t_ns=stream.end_ns)
    if not stream.is_streamed:
        came = f"the connection broke{told}{idle}: {_came(stream)}"
        return Problem(came, stream.last, fix=_ASK_AGAIN, python=_PYTHON_ASKS_AGAIN, t_ns=stream.end_ns)
    return Problem(f"the connection broke{told}{idle}: {last_words(stream)}", stream.last, t_ns=stream.end_ns)


def _came(stream: Stream) -> str:
    """How much of an answer that is no stream had come."""
    if stream.index.response is None:
        return "no response had come"
    size = sum(stream.index.size) + len(stream.index.tail)
    return f"{counted(size, 'byte')} of the answer had come"


@T01.on("end")
def _body_unfinished(stream: Stream) -> Iterator[Problem]:
    if _cut(stream) == "T01":
        yield _how(stream)


@T02.on("end")
def _connection_reset(stream: Stream) -> Iterator[Problem]:
    if _cut(stream) == "T02":
        yield _how(stream)


@T03.on("end")
def _http2_reset(stream: Stream) -> Iterator[Problem]:
    if _cut(stream) == "T03":
        yield _how(stream)


T04 = define(
    "T04", "The response is no event stream", "error",
    what="""
        A stream was asked for and answered with status 200, but the body holds no event: a JSON message, a JSON error,
        a gateway's envelope, an HTML page, nothing. Where nobody knows what was asked for, only failures count.
        """,
    why="The SDKs do not look at the content type: they read zero events and report nothing.",
    example='HTTP 200, content-type application/json, {"type":"message",…}',
    fix="""
        Check the base URL first: an HTML page is mostly a login or error page of a gateway. A JSON message means that
        the server ignores stream: true; an error body belongs under a 4xx or 5xx status.
        """,
    python="create(stream=True) ends with no event and no exception; get_final_message() raises AssertionError.",
    typescript='AnthropicError "request ended without sending any chunks".',
)  # fmt: skip


@T04.on("end")
def no_event_stream(stream: Stream) -> Iterator[Problem]:
    """What T04 finds, which another rule may ask too."""
    index = stream.index
    if index.dispatched_at(index.count) or _undecoded(stream):
        return
    if index.response is None:
        # A saved event stream of which nobody can read an event; where the body is empty nothing is known. A reply or
        # an error that was saved alone is nothing else: nobody knows that a stream was asked for.
        saved = _head(stream).strip()
        if not stream.is_import or not saved or stream.lone_error or _is_reply(saved):
            return
    elif (
        not stream.is_ok
        or (stream.asks_for_stream is False and not stream.is_downstream)
        or stream.reason not in ("complete", "eof", "")
        or (stream.is_probe and stream.media_type != "text/event-stream")
        or not (stream.asks_for_stream or stream.media_type == "text/event-stream" or _is_unknown_failure(stream))
    ):
        return
    head = _head(stream).lstrip()
    fix = None
    kind = stream.media_type or "no content type"
    if not head:
        what = "an empty body"
    elif failure := _failure(head):
        what = failure
        kind += f", status {stream.status}" if stream.status else ""
    elif head.startswith(b"{"):
        what = "a reply that is not streamed: the server ignored stream: true"
    elif b"\ndata:" in head and not index.count:
        what = "an event stream without a blank line: no event in it ever ends"
        fix = "End every event with an empty line."
    else:
        what = f"something else: {quoted(head[:60].decode('utf-8', 'replace'))}"
    yield Problem(f"the response ({kind}) is {what}", stream.last, fix=fix)


def _is_reply(head: bytes) -> bool:
    value = loads_or(head)
    return isinstance(value, dict) and value.get("type") == "message"


def _is_unknown_failure(stream: Stream) -> bool:
    """Whether an error came under a good status, and nobody knows what was asked for."""
    return not stream.request and bool(_failure(_head(stream).lstrip()))


def _failure(head: bytes) -> str:
    """What a body is that tells of a failure under a good status, "" where it is none."""
    if head[:1] == b"<":
        return "an HTML page"
    value = loads_or(head)
    if not isinstance(value, dict) or "content" in value:
        return ""
    error = error_of(value)
    if error.type or error.message is not None:
        said = f": {error.type or 'an error'} {quoted('' if error.message is None else str(error.message), 80)}"
        return f"a JSON error{said}"
    # Gateways that have an answer of their own for everything: {"code":500,"msg":"…","success":false}.
    words = next((value[key] for key in ("msg", "message", "detail") if isinstance(value.get(key), str)), None)
    if words is not None and {"code", "status", "success"} & value.keys():
        return f"an envelope of a gateway: {quoted(words, 80)}"
    return ""


def _head(stream: Stream) -> bytes:
    head = b""
    for n in range(1, stream.index.count + 1):
        head += stream.exchange.frame(n).raw
        if len(head) >= _SNIFFED:
            return head
    return head + stream.index.tail[:_SNIFFED]


T05 = define(
    "T05", "Event stream under another content type", "warn",
    what="Events came, but the content type is not text/event-stream.",
    why="""
        The SDKs do not care. A browser's EventSource gives up for good, and proxies that stream only text/event-stream
        hold the answer back.
        """,
    example="content-type: text/plain; charset=utf-8",
    fix="Send content-type: text/event-stream.",
)  # fmt: skip


@T05.on("end")
def _wrong_type(stream: Stream) -> Iterator[Problem]:
    if stream.index.response is None or not stream.is_ok or stream.media_type in EVENT_STREAMS:
        return
    if stream.is_import and stream.media_type in ("", "application/vnd.amazon.eventstream"):
        return
    if stream.index.dispatched_at(stream.index.count):
        yield Problem(f"the content type is {quoted(stream.media_type) if stream.media_type else 'missing'}")


T06 = define(
    "T06", "Compressed stream", "warn",
    what="""
        The response has a content-encoding. Where the events flow all the same, and of api.anthropic.com itself, which
        flushes, it is an info.
        """,
    why="""
        A compressor that is not flushed after each event holds everything back until the end. Where it is flushed the
        times are right, and compression only costs CPU.
        """,
    example="content-encoding: gzip",
    fix="""
        Switch compression off for text/event-stream in the proxy or framework that adds it, or ask for none:
        accept-encoding: identity.
        """,
)  # fmt: skip


@T06.on("end")
def _compressed(stream: Stream) -> Iterator[Problem]:
    if stream.coding and stream.is_ok and stream.index.dispatched_at(stream.index.count):
        severity: Severity | None = "info" if stream.is_anthropic or _flows(stream) else None
        yield Problem(f"the response is compressed with {quoted(stream.coding)}", severity=severity)


def _flows(stream: Stream) -> bool:
    """Whether events came when they were due: in several reads, and neither held back nor in lumps."""
    index = stream.index
    events = stream.dispatched
    if len(events) < _FEWEST_FLUSHED or len(index.arrivals.t_ns) < _FEWEST_FLUSHED:
        return False
    if stream.pulled or any(stream.t_ns(n) is None for n in events):
        return len(index.arrivals.t_ns) >= _FLUSHED * len(events)
    began = index.t_ns[events[0] - 1]
    held = all_held(stream, events, "event") or held_in_lumps(stream, events, began, "event")
    return held is None and not any(fixed_blocks(stream))


T07 = define(
    "T07", "Compression that cannot be undone", "error",
    what="""
        The response has a content-encoding that is unknown or whose data is damaged or cut, and not one event could be
        read.
        """,
    why="HTTP clients hand such bytes on as they are, so the stream seems empty.",
    example="content-encoding: br, read by a client without brotli.",
    fix="Ask for what the client can decode (accept-encoding), and repair the hop that adds or strips the header.",
    python="Nothing, silently: zero events; get_final_message() raises AssertionError.",
    typescript='AnthropicError "request ended without sending any chunks", or TypeError: terminated.',
)  # fmt: skip


@T07.on("end")
def _undecodable(stream: Stream) -> Iterator[Problem]:
    if stream.is_ok and _undecoded(stream):
        size = sum(stream.index.size) + len(stream.index.tail)
        message = f"{counted(size, 'byte')} of {quoted(stream.coding)} could not be decoded to a single event"
        yield Problem(message, stream.last, "warn" if stream.is_import else None)


def _undecoded(stream: Stream) -> bool:
    index = stream.index
    if not stream.coding or index.dispatched_at(index.count) or not (index.count or index.tail):
        return False
    codings = {coding.strip() for coding in stream.coding.split(",")}
    try:
        text = _head(stream)[: _SNIFFED // 2].decode("utf-8")
    except UnicodeDecodeError:
        return True
    return not codings <= _DECODED or "\0" in text


T08 = define(
    "T08", "A proxy in front of the API", "info",
    what="""
        The request went to api.anthropic.com, and the response has via or x-cache headers that the API itself does not
        send.
        """,
    why="""
        Proxies from the environment (HTTPS_PROXY) or the system settings are used without being asked for, and may
        buffer, cut or log.
        """,
    example="via: 1.1 squid",
    fix="Look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, and the system's proxy settings.",
    scope="exchange",
)  # fmt: skip


@T08.on("end")
def _proxied(stream: Stream) -> Iterator[Problem]:
    if not stream.is_anthropic:
        return
    via = stream.response_header("via")
    foreign = [hop for hop in map(str.strip, via.split(",")) if hop and hop != "1.1 google"]
    if cache := stream.response_header("x-cache"):
        foreign.append(f"x-cache {cache}")
    if foreign:
        yield Problem(f"the response came through {quoted(', '.join(foreign))}")


T09 = define(
    "T09", "No request-id", "info",
    what="""
        A successful response of api.anthropic.com has no request-id header. Not in imported files, whose headers are
        often filtered.
        """,
    why="Support cannot trace the request. A proxy strips headers, or another server answers.",
    example="HTTP 200 from api.anthropic.com with content-type and date only.",
    fix="Let the proxy pass response headers through.",
    scope="exchange",
)  # fmt: skip


@T09.on("end")
def _no_request_id(stream: Stream) -> Iterator[Problem]:
    answered = stream.is_anthropic and stream.status is not None and stream.is_ok and not stream.is_import
    # What only wants to know whether somebody is there may be answered on the way.
    plain = stream.operation in (Operation.HEALTH_CHECK, Operation.OTHER)
    if answered and not plain and not stream.response_header("request-id"):
        yield Problem("the response has no request-id")


T10 = define(
    "T10", "Connection stays open after message_stop", "warn",
    what="The body did not end within 2 s after message_stop (10 s where the consumer's pace is in the times).",
    why="Clients that read to the end of the body hang although the answer is there; 76 s were reported.",
    example="message_stop at 3.2 s, end of the body at 79 s.",
    fix="Servers and gateways: end the body after message_stop. Clients: stop reading at message_stop.",
    python="Iteration goes on until the body ends: code after the loop, and get_final_message(), wait for it.",
    typescript="As in Python.",
)  # fmt: skip


@T10.on("end")
def _stays_open(stream: Stream) -> Iterator[Problem]:
    message = stream.message
    stopped = stream.t_ns(message.stop_n) if message else None
    if message is None or stopped is None or stream.end_ns is None:
        return
    waited = stream.end_ns - stopped
    if waited > (_OPEN_PULLED_NS if stream.pulled else _OPEN_NS):
        yield Problem(f"the body ended {duration(waited)} after message_stop", message.stop_n)


T11 = define(
    "T11", "No answer", "error",
    what="""
        What was asked is no stream (an unstreamed message, count_tokens, models, files, batches), and no whole answer
        came: no connection, or a time limit.
        """,
    why="Nothing is known of what the server made of it. An unstreamed message may have been generated, and is billed.",
    example="GET /v1/models: connection refused",
    fix="Check the address and whether the server runs; for messages that take long ask for a stream.",
    python="APIConnectionError or APITimeoutError, after it was retried max_retries (2) times.",
    typescript="APIConnectionError or APIConnectionTimeoutError, retried as in Python; TypeError in mid-body.",
    scope="exchange",
)  # fmt: skip


@T11.on("end")
def _unanswered(stream: Stream) -> Iterator[Problem]:
    if stream.is_streamed or stream.reason not in ("timeout", "error"):
        return
    failure = ": ".join(filter(None, stream.failure))
    how = "a time limit" if stream.reason == "timeout" else "an error"
    told = f" ({failure})" if failure else ""
    yield Problem(f"{how} ended it{told}: {_came(stream)}", stream.last, t_ns=stream.end_ns)
