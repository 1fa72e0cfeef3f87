"""T: transport, F: framing, E: errors."""

from inspector.text.json_text import dumps
from inspector.timeline import Exchange
from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import (
    ERROR,
    EVENT_STREAM,
    GOOD,
    PING,
    imported,
    message,
    recorded,
    spoken,
)  # fmt: skip
from tests.support import finish, sse, start

OPEN = sse(start(), *spoken("Hello")[:2])
INCOMPLETE = (
    "RemoteProtocolError",
    "peer closed connection without sending complete message body (incomplete chunked read)",
)
JSON = (("content-type", "application/json"),)

must("T01", "the last chunk is missing", lambda: recorded(OPEN, end="reset", error=INCOMPLETE), "error")
must("T01", "the same after message_stop", lambda: recorded(GOOD, end="reset", error=INCOMPLETE), "warn")
must_not("T01", "a clean end", lambda: recorded(OPEN, end="eof"))
must(
    "T02",
    "reset by peer",
    lambda: recorded(OPEN, end="reset", error=("ReadError", "[Errno 104] Connection reset by peer")),
    "error",
)
must("T02", "the async client's empty message", lambda: recorded(OPEN, end="reset", error=("ReadError", "")))
must_not("T02", "an unfinished body", lambda: recorded(OPEN, end="reset", error=INCOMPLETE))
must(
    "T03",
    "RST_STREAM",
    lambda: recorded(
        OPEN, end="reset", error=("RemoteProtocolError", "<StreamReset stream_id:1, error_code:8, remote_reset:True>")
    ),
    "error",
)
must_not("T03", "a TCP reset", lambda: recorded(OPEN, end="reset", error=("ReadError", "")))

must("T04", "a JSON message", lambda: recorded(dumps({"type": "message", "content": []}), headers=JSON), "error")
must(
    "T04",
    "a JSON error under 200",
    lambda: recorded(dumps({"type": "error", "error": {"type": "api_error", "message": "x"}}), headers=JSON),
)
must(
    "T04",
    "an HTML page",
    lambda: recorded(b"<html>\n\n<body>Log in</body></html>", headers=(("content-type", "text/html"),)),
)
must("T04", "nothing", lambda: recorded(b"", end="eof"))
must(
    "T04",
    "a saved stream without blank lines",
    lambda: imported(message(spoken("hi")).replace(b"\n\n", b"\n")),
    "error",
)
must("T04", "a saved stream without data fields", lambda: imported(message(spoken("hi")).replace(b"data: ", b"dta: ")))
must_not("T04", "a saved stream whose last blank line is missing", lambda: imported(message(spoken("hi"))[:-1]))
must_not(
    "T04",
    "no stream was asked for",
    lambda: recorded(dumps({"type": "message"}), headers=JSON, request={"stream": False}),
)
must_not("T04", "a time limit before anything came", lambda: recorded(b"", end="timeout"))
must_not("T04", "an error under its own status", lambda: recorded(b"{}", headers=JSON, status=529))

must(
    "T05",
    "events as text/plain",
    lambda: recorded(GOOD, headers=(("content-type", "text/plain"), ("request-id", "r"))),
    "warn",
)
must_not(
    "T05",
    "a charset parameter",
    lambda: recorded(GOOD, headers=(("content-type", "text/event-stream;charset=UTF-8"), ("request-id", "r"))),
)
must_not(
    "T05",
    "Bedrock's framing",
    lambda: recorded(GOOD, headers=(("content-type", "application/vnd.amazon.eventstream"), ("request-id", "r"))),
)
must_not("T05", "an import without headers", lambda: imported(GOOD))

GZIPPED = (*EVENT_STREAM, ("content-encoding", "gzip"))
ELSEWHERE = "http://localhost:8000/v1/messages"
must("T06", "gzip, and all of it at once", lambda: recorded([(8000, GOOD)], headers=GZIPPED, url=ELSEWHERE), "warn")
must("T06", "gzip that flows", lambda: recorded(GOOD, headers=GZIPPED, url=ELSEWHERE), "info")
must("T06", "gzip of the API itself", lambda: recorded(GOOD, headers=GZIPPED), "info")
must_not("T06", "identity", lambda: recorded(GOOD, headers=(*EVENT_STREAM, ("content-encoding", "identity"))))
must(
    "T07",
    "brotli that nobody decoded",
    lambda: recorded(b"\x8b\x0f\x80\xffdata\x03", headers=(*EVENT_STREAM, ("content-encoding", "br"))),
    "error",
)
must_not("T07", "gzip that was decoded", lambda: recorded(GOOD, headers=(*EVENT_STREAM, ("content-encoding", "gzip"))))

must("T08", "a squid on the way", lambda: recorded(GOOD, headers=(*EVENT_STREAM, ("via", "1.1 squid"))), "info")
must_not(
    "T08",
    "Cloudflare and Google, as always",
    lambda: recorded(GOOD, headers=(*EVENT_STREAM, ("server", "cloudflare"), ("cf-ray", "x"), ("via", "1.1 google"))),
)
must("T09", "no request-id", lambda: recorded(GOOD, headers=(("content-type", "text/event-stream"),)), "info")
must_not(
    "T09",
    "another server",
    lambda: recorded(GOOD, url="http://localhost:8000/v1/messages", headers=(("content-type", "text/event-stream"),)),
)
must("T10", "76 s open after message_stop", lambda: recorded(GOOD, end_ms=76_600), "warn")
must_not("T10", "closed at once", lambda: recorded(GOOD, end_ms=600))


def renamed(name: bytes) -> bytes:
    return GOOD.replace(b"event: content_block_delta", b"event: " + name)


def bare(body: bytes) -> bytes:
    return b"".join(line for line in body.splitlines(keepends=True) if not line.startswith(b"event:"))


must("F01", "data only", lambda: recorded(bare(GOOD)), "error")
must_not("F01", "every event has its name", lambda: recorded(GOOD))
must_not("F01", "no space after the colon", lambda: recorded(GOOD.replace(b": ", b":")))
must("F02", "[DONE] without a name", lambda: recorded(GOOD + b"data: [DONE]\n\n"), "warn")
must("F02", "[DONE] with a name", lambda: recorded(GOOD + b"event: done\ndata: [DONE]\n\n"), "error")
must_not("F02", "[DONE] in the text", lambda: recorded(message(spoken("[DONE]"))))
must(
    "F03",
    "chat completion chunks",
    lambda: recorded(b'data: {"object":"chat.completion.chunk","choices":[]}\n\n' * 3, end="eof"),
    "error",
)
must(
    "F03",
    "events of the Responses API",
    lambda: recorded(b'event: response.created\ndata: {"type":"response.created"}\n\n', end="eof"),
)
must_not(
    "F03",
    "a server of your own",
    lambda: recorded(b'data: {"choices":[]}\n\n', method="GET", url="http://localhost/chat", end="eof"),
)
must("F04", "data: data:", lambda: recorded(GOOD.replace(b"data: {", b"data: data: {")), "error")
must_not("F04", "data: in the text", lambda: recorded(message(spoken("data: x"))))
must(
    "F05",
    "text with newlines",
    lambda: recorded(GOOD + b"data: Hello\n\n\ndata: - item\n\nnext para\n\n", url="http://localhost/messages"),
    "error",
)
must(
    "F05",
    "a bare line in a frame",
    lambda: recorded(b"event: x\ndata: Hello\nlost\n\n", url="http://localhost/messages", end="eof"),
)
must("F05", "a saved file with something after it", lambda: imported(GOOD + b"{}"), "warn")
must_not("F05", "comments, ids and retry", lambda: recorded(b": hi\nid: 1\nretry: 5\n\n" + GOOD))
must_not("F05", "a stream that is cut in a line", lambda: recorded(OPEN + b"event: mess", end="eof"))
must_not("F05", "an HTML page", lambda: recorded(b"<html>\n\n<p>", headers=(("content-type", "text/html"),)))

must("F07", "U+2028 in a delta", lambda: recorded(message(spoken("a\u2028b"))), "warn")
must_not("F07", "U+2028 as an escape", lambda: recorded(message(spoken("ab")).replace(b"ab", b"a\\u2028b")))
must_not(
    "F07",
    "dashes, quotes, accents and emoji",
    lambda: recorded(message(spoken("\u2014 \u201cna\u00efve\u201d \u2026 \U0001f30a"))),
)
must("F08", "U+FFFD in the text", lambda: recorded(message(spoken("na\ufffdve"))), "info")
must_not(
    "F08", "a read that splits a character", lambda: recorded([(300, GOOD[:-300] + b"\xc3"[:0]), (320, GOOD[-300:])])
)
must("F09", "Latin-1", lambda: recorded(message(spoken("XY")).replace(b"XY", b"na\xefve")), "error")
must_not("F09", "UTF-8", lambda: recorded(message(spoken("na\u00efve"))))
must("F11", "a byte order mark", lambda: recorded(b"\xef\xbb\xbf" + GOOD), "error")
must_not("F11", "U+FEFF in the text", lambda: recorded(message(spoken("\ufeff"), spoken(index=1))))
must("F12", "LF CR LF", lambda: recorded(GOOD.replace(b"\n\n", b"\n\r\n")), "error")
must("F12", "LF CR", lambda: recorded(GOOD.replace(b"\n\n", b"\n\r")))
must_not("F12", "CR LF throughout", lambda: recorded(GOOD.replace(b"\n", b"\r\n")))
must_not("F12", "CR throughout", lambda: recorded(GOOD.replace(b"\n", b"\r")))
must(
    "F13",
    "a read that ends with CR",
    lambda: recorded([(300, GOOD.replace(b"\n", b"\r\n")[:-3]), (320, b"\n\r\n")]),
    "info",
)
must_not("F13", "CR LF in one read", lambda: recorded([(300, GOOD.replace(b"\n", b"\r\n"))]))
must("F14", "no blank line at the end", lambda: recorded(GOOD[:-1], end="eof"), "error")
must("F14", "the same in a saved file", lambda: imported(GOOD[:-1]), "warn")
must_not("F14", "a stream that is cut in an event", lambda: recorded(GOOD[:-9], end="eof"))
must_not("F14", "a comment at the end", lambda: imported(GOOD + b": bye"))
must("F15", "cut JSON", lambda: recorded(GOOD + b'event: content_block_delta\ndata: {"type":"content\n\n'), "error")
must("F15", "NaN", lambda: recorded(GOOD + b'event: x\ndata: {"type":"x","y":NaN}\n\n'))
must_not("F15", "padding before the last brace", lambda: recorded(GOOD.replace(b"}}\n", b"}           }\n")))
must_not("F15", "a lone surrogate as an escape", lambda: recorded(message(spoken("XY")).replace(b"XY", b"\\ud83d")))
must("F16", "another name", lambda: recorded(renamed(b"message")), "error")
must("F16", "a delta named ping", lambda: recorded(renamed(b"ping")))
must_not("F16", "each by its type", lambda: recorded(GOOD))
must("F17", "a ping without a name", lambda: recorded(b'data: {"type":"ping"}\n\n' + GOOD), "info")
must("F17", "an empty heartbeat", lambda: recorded(b"event: heartbeat\ndata:\n\n" + GOOD))
must_not("F17", "comments and pings", lambda: recorded(b": keep-alive\n\n" + PING + GOOD))
must("F18", "ids", lambda: recorded(b"id: 1\n" + GOOD), "info")
must_not("F18", "id: in the text", lambda: recorded(message(spoken("\nid: 1"))))
must("F19", "100 KB", lambda: recorded(message(spoken("x" * 100_000))), "info")
must("F19", "2 MB", lambda: recorded(message(spoken("x" * 2_000_000))), "warn")
must_not("F19", "30 KB", lambda: recorded(message(spoken("x" * 30_000))))

must("E01", "overloaded in mid-stream", lambda: recorded(OPEN + ERROR, end="eof"), "error")
must("E01", "an error first thing", lambda: recorded(ERROR, end="eof"))
must_not("E01", "the word error in the text", lambda: recorded(message(spoken("event: error"))))
must("E02", "an error after text", lambda: recorded(OPEN + ERROR, end="eof"), "error")
must_not("E02", "an error before text", lambda: recorded(sse(start()) + ERROR, end="eof"))
must("E03", "an error without a name", lambda: recorded(OPEN + ERROR.partition(b"\n")[2], end="eof"), "error")
must(
    "E03",
    "an error named message",
    lambda: recorded(OPEN + ERROR.replace(b"event: error", b"event: message"), end="eof"),
)
must_not("E03", "an error by its name", lambda: recorded(OPEN + ERROR, end="eof"))
must("E04", "plain text", lambda: recorded(OPEN + b"event: error\ndata: upstream timed out\n\n", end="eof"), "error")
must("E04", "no data", lambda: recorded(OPEN + b"event: error\n\n", end="eof"))
must("E04", "a JSON string", lambda: recorded(OPEN + b'event: error\ndata: "bad"\n\n', end="eof"))
must_not("E04", "an object", lambda: recorded(OPEN + ERROR, end="eof"))
must("E05", "message_stop after the error", lambda: recorded(OPEN + ERROR + sse(*finish())), "info")
must_not("E05", "a ping after the error", lambda: recorded(OPEN + ERROR + PING, end="eof"))
must(
    "E06",
    "529",
    lambda: recorded(
        dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        headers=JSON,
        status=529,
    ),
    "error",
)
must_not("E06", "200", lambda: recorded(GOOD))
LONE = dumps({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}})
must("E06", "an error body that was saved alone", lambda: imported(LONE), "error")
must("E06", "the same on one line, read as an event", lambda: imported(b"event: error\ndata: %b\n\n" % LONE, "events"))
must_not("E01", "an error body that was saved alone", lambda: imported(b"event: error\ndata: %b\n\n" % LONE, "events"))
must_not("T04", "an error body that was saved alone", lambda: imported(LONE))
must_not("T04", "a message that was saved alone", lambda: imported(dumps(start()["message"])))
must_not("E06", "an error event that was saved as it was on the wire", lambda: imported(ERROR))
must("E01", "an error event that was saved as it was on the wire", lambda: imported(ERROR))


def retried(value: str, status: int = 429, **more: str) -> Exchange:
    """A response that the SDKs ask again for, with a retry-after; it came at 10:00:00.3."""
    return recorded(LONE, status=status, headers=[*JSON, ("retry-after", value), *more.items()], end="complete")


must("E11", "a word", lambda: retried("soon"), "warn")
must("E11", "seconds with their unit", lambda: retried("30s"), "warn")
must("E11", "a date of ISO 8601", lambda: retried("2026-11-22T10:00:30Z"), "warn")
must("E11", "a moment instead of a wait", lambda: retried("1795341630"), "warn")
must("E11", "a date that is over", lambda: retried("Sun, 22 Nov 2026 09:59:30 GMT"), "info")
must("E11", "an hour", lambda: retried("3600"), "info")
must_not("E11", "seconds", lambda: retried("12"))
must_not("E11", "a date of HTTP", lambda: retried("Sun, 22 Nov 2026 10:00:30 GMT"))
must_not("E11", "a word that nobody waits for", lambda: retried("soon", status=400))
must_not("E11", "not to be retried", lambda: retried("soon", **{"x-should-retry": "false"}))
must("E07", "the second retry", lambda: recorded(GOOD, sent_headers=[("x-stainless-retry-count", "2")]), "info")
must_not("E07", "the first attempt", lambda: recorded(GOOD, sent_headers=[("x-stainless-retry-count", "0")]))
must(
    "E08",
    "end_turn in a word, 0 tokens",
    lambda: recorded(message(spoken("The capital of Fra"), output_tokens=0)),
    "error",
)
must_not("E08", "0 tokens after a full stop", lambda: recorded(message(spoken("Paris."), output_tokens=0)))
must("E09", "the client left", lambda: recorded(OPEN, end="cancelled"), "info")
must_not("E09", "the client left after message_stop", lambda: recorded(GOOD, end="cancelled"))

RAN_TOGETHER = GOOD.replace(
    b"\n\nevent: content_block_stop", b'\nevent: ping\ndata: {"type": "ping"}\n\nevent: content_block_stop'
)
must("F20", "a ping ran into a delta", lambda: recorded(RAN_TOGETHER), "error")
must(
    "F20",
    "two deltas in one frame",
    lambda: recorded(GOOD.replace(b"}}\n\nevent: content_block_delta", b"}}\nevent: content_block_delta", 1)),
)
must_not(
    "F15",
    "two deltas in one frame",
    lambda: recorded(GOOD.replace(b"}}\n\nevent: content_block_delta", b"}}\nevent: content_block_delta", 1)),
)
must_not("F20", "JSON on two data lines", lambda: recorded(GOOD.replace(b'"index":0,', b'"index":0,\ndata: ')))

HTML = b"<html>\n<head><title>502 Bad Gateway</title></head>\n</html>\n"
BEGUN = sse(start(), *spoken("Let me", stop=False))
DELTA = sse(spoken("hi")[1])
must("E10", "an HTML page behind a delta", lambda: recorded(BEGUN + HTML, end="eof"), "error")
must(
    "E10",
    "a JSON error behind a delta",
    lambda: recorded(BEGUN + b'{"error":{"message":"upstream timed out"}}', end="eof"),
)
must("E10", "plain text behind a delta", lambda: recorded(BEGUN + b"upstream request timeout", end="eof"), "error")
must("E10", "the same in an event without a name", lambda: recorded(BEGUN + b"data: upstream error\n\n", end="eof"))
must("E10", "a page in an event without a name", lambda: recorded(BEGUN + b"data: %b\n\n" % HTML.replace(b"\n", b"")))
must("E10", "JSON of a framework", lambda: recorded(BEGUN + b'{"detail":"Internal server error"}\n\n', end="eof"))
must("E10", "a page behind half an event", lambda: recorded(BEGUN + GOOD[:99] + HTML, end="eof"))
must("E10", "a page before a made-up end", lambda: recorded(BEGUN + HTML + b"\n\n" + sse(*finish())))
must_not("E10", "half an event that is about HTML", lambda: recorded(BEGUN + sse(spoken("<html></html>")[1])[:-6]))
must_not("E10", "what follows a line end within JSON", lambda: recorded(BEGUN + DELTA.replace(b"hi", b"h\n\ni")))
must_not("E10", "a keepalive of its own", lambda: recorded(BEGUN + b"data: keep-alive\n\n", end="eof"))
must_not("P01", "plain text behind a delta", lambda: recorded(BEGUN + b"upstream request timeout", end="eof"))
must_not("F05", "plain text behind a delta", lambda: recorded(BEGUN + b"upstream request timeout\n\n", end="eof"))
must("P20", "an error without a type", lambda: recorded(BEGUN + b'event: content_block_delta\ndata: {"error":{}}\n\n'))
must_not("P16", "the same", lambda: recorded(BEGUN + b'event: content_block_delta\ndata: {"error":{}}\n\n'))
must_not("E10", "a frame that is cut", lambda: recorded(BEGUN + b"event: content_bl", end="eof"))
must_not("E10", "a page instead of a stream", lambda: recorded(HTML, headers=[("content-type", "text/html")]))
must_not("F05", "an HTML page behind a delta", lambda: recorded(BEGUN + HTML, end="eof"))
must_not("P01", "an HTML page behind a delta", lambda: recorded(BEGUN + HTML, end="eof"))

UNTYPED = b'data: {"error":{"message":"Internal server error"}}\n\n'
must("E03", "an error without a name and a type", lambda: recorded(BEGUN + UNTYPED, end="eof"), "error")
must_not("P01", "an error without a name and a type", lambda: recorded(BEGUN + UNTYPED, end="eof"))
must_not(
    "E03",
    "an error in an event of somebody's own",
    lambda: recorded(b'event: failed\ndata: {"error":"x"}\n\n', url="http://localhost/chat"),
)


def saved(kind: str, body: bytes):  # type: ignore[no-untyped-def]
    """A response that somebody saved without its request."""
    return lambda: recorded(body, headers=[("content-type", kind)], known=False)


must(
    "T04",
    "a JSON error, nobody knows the request",
    saved("application/json", b'{"type":"error","error":{"type":"api_error","message":"x"}}'),
    "error",
)
must("T04", "an HTML page, nobody knows the request", saved("text/html", b"<html><title>Login</title></html>"), "error")
must("T04", "an envelope", lambda: recorded(b'{"code":500,"msg":"NOT_FOUND","success":false}', headers=JSON), "error")
must_not("T04", "JSON that is no failure, nobody knows the request", saved("application/json", b'{"data":[]}'))
must_not(
    "T04",
    "a message, nobody knows the request",
    saved("application/json", b'{"type":"message","content":[],"error":null}'),
)

CUT = sse(spoken("测试")[1])
CUT = CUT[: CUT.index("试".encode()) + 2]
must("P01", "a cut within a character", lambda: recorded(BEGUN + CUT, end="eof"), "error")
must("P01", "the same in a saved file", lambda: imported(BEGUN + CUT), "error")
must("E10", "a page that is no UTF-8", lambda: recorded(BEGUN + "<html>Gew\xe4hr</html>".encode("latin-1"), end="eof"))
