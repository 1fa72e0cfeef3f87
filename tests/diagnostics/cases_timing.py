"""B: timing, K: client, D: downstream."""

from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import (
    EVENT_STREAM,
    GOOD,
    Reads,
    called,
    imported,
    message,
    paced,
    recorded,
    spoken,
    thought,
    with_pause,
)  # fmt: skip
from tests.support import sse, start

LONG = message(spoken(*["word "] * 60), output_tokens=120)
OPEN = sse(start(), *spoken(*["word "] * 30))[:-80]
LOCAL = "http://localhost:8000/v1/messages"
CHAT = "http://localhost:8000/chat?q=1"
OWN = (("content-type", "text/event-stream"),)
BLESSED = (*OWN, ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no"))


def at_once(body: bytes, at_ms: float) -> Reads:
    return [(at_ms, body)]


def in_blocks(body: bytes, size: int, every_ms: float) -> Reads:
    return [(300 + every_ms * at, body[start : start + size]) for at, start in enumerate(range(0, len(body), size))]


def uneven(body: bytes) -> Reads:
    """Reads that end inside events, each 37 bytes longer than the one before."""
    reads, start, size = [], 0, 2900
    while start < len(body):
        reads.append((300.0 + 1200 * len(reads), body[start : start + size]))
        start, size = start + size, size + 37
    return reads


must("B01", "everything after 8.2 s", lambda: recorded(at_once(LONG, 8200)), "error")
must("B01", "the same, but the consumer's pace is in it", lambda: recorded(at_once(LONG, 8200), clock="pull"), "warn")
must_not("B01", "everything at once, soon", lambda: recorded(at_once(LONG, 500)))
must_not("B01", "a stream that starts late", lambda: recorded(paced(LONG, 8200)))
must_not(
    "B01",
    "tool input held back by the API",
    lambda: recorded(
        [
            *paced(LONG[: LONG.index(b"event: content_block_delta")], 1500),
            (4000, LONG[LONG.index(b"event: content_block_delta") :]),
        ]
    ),
)
must_not("B01", "no times", lambda: imported(LONG))

BIG = message(spoken(*["x" * 300] * 120))
must("B02", "reads of 4,096 bytes, 1.2 s apart", lambda: recorded(in_blocks(BIG, 4096, 1200)), "warn")
must("B02", "reads of 3,001 bytes", lambda: recorded(in_blocks(BIG, 3001, 1200)), "warn")
must_not("B02", "reads of any sizes", lambda: recorded(uneven(BIG)))
must_not("B02", "4,096 bytes at full speed", lambda: recorded(in_blocks(BIG, 4096, 1)))


def in_lumps(body: bytes, size: int, every_ms: float) -> Reads:
    """So many events at a time."""
    events = [piece for _, piece in paced(body)]
    return [
        (300 + every_ms * at, b"".join(events[start : start + size]))
        for at, start in enumerate(range(0, len(events), size))
    ]


def held_end(body: bytes, count: int) -> Reads:
    """The last events at once, after as long as they took to write."""
    reads = paced(body, every_ms=60)
    return [*reads[:-count], (reads[-1][0], b"".join(piece for _, piece in reads[-count:]))]


must("B12", "12 events every 500 ms", lambda: recorded(in_lumps(LONG, 12, 500)), "warn")
must("B12", "the last 30 events at once", lambda: recorded(held_end(LONG, 30)), "warn")
must_not("B12", "2 events every 100 ms", lambda: recorded(in_lumps(LONG, 2, 100)))
must_not("B12", "a pause, and then it flows", lambda: recorded(with_pause(LONG, 30, 8)))
must_not("B12", "the consumer's own pace", lambda: recorded(in_lumps(LONG, 12, 500), clock="pull"))

must("B03", "first token after 14 s", lambda: recorded(with_pause(LONG, 2, 14)), "info")
must_not("B03", "first token after 340 ms", lambda: recorded(LONG))

must("B04", "12 s without a byte", lambda: recorded(with_pause(LONG, 30, 12)), "warn")
must("B04", "70 s without a byte, elsewhere", lambda: recorded(with_pause(LONG, 30, 70), url=LOCAL), "error")
must("B04", "70 s in a stream of the API that went on", lambda: recorded(with_pause(LONG, 30, 70)), "warn")
must("B04", "silent until the time limit", lambda: recorded(OPEN, end="timeout", end_ms=90_000), "error")
must_not("B04", "4 s without a byte", lambda: recorded(with_pause(LONG, 30, 4)))
must_not("B04", "every event is 12 s after the one before", lambda: recorded(paced(GOOD, 300, 12_000)))

must(
    "B05",
    "cut after 60.02 s of silence",
    lambda: recorded(OPEN, end="eof", end_ms=paced(OPEN)[-1][0] + 60_020),
    "error",
)
must("B05", "cut 300 s after the request", lambda: recorded(paced(OPEN, 299_340), end="eof", end_ms=300_100), "info")
must_not("B05", "cut after 42 s of silence", lambda: recorded(OPEN, end="eof", end_ms=paced(OPEN)[-1][0] + 42_000))
must_not("B05", "60 s open after message_stop", lambda: recorded(GOOD, end_ms=60_000))

must("B06", "262 s without a byte", lambda: recorded(with_pause(LONG, 30, 262)), "warn")
must_not("B06", "70 s without a byte", lambda: recorded(with_pause(LONG, 30, 70)))

TOOL = message(called("", *['{"a":', '"b",', '"c":', '"d",', '"e":', '"f"', "}"]), stop_reason="tool_use")
HELD = [(at if place < 3 else 6000 + place, piece) for place, (at, piece) in enumerate(paced(TOOL))]
must("B07", "6 s, then all of the input", lambda: recorded(HELD), "info")
must_not("B07", "input that flows", lambda: recorded(TOOL))

must("B08", "taken 2.3 s late", lambda: recorded(GOOD, taken=[(310, 1), (2640, 2)]), "warn")
must_not("B08", "taken at once", lambda: recorded(GOOD, taken=[(310, 1), (330, 2)]))

must("B10", "28 s of silence on a server of your own", lambda: recorded(with_pause(LONG, 30, 28), url=LOCAL), "info")
must_not("B10", "28 s of silence of the API", lambda: recorded(with_pause(LONG, 30, 28)))


def held_start(body: bytes, count: int) -> Reads:
    """The first deltas of a text held for 4 s, then all in one read; the rest flows."""
    reads = paced(body)
    return [
        *reads[:2],
        (4300, b"".join(piece for _, piece in reads[2 : 2 + count])),
        *((at + 4400, piece) for at, piece in reads[2 + count :]),
    ]


must("B11", "63 deltas with the first token", lambda: recorded(held_start(LONG, 40)), "warn")
must_not("B11", "3 deltas with the first token", lambda: recorded(held_start(LONG, 3)))
must_not("B11", "the model thought first, unseen", lambda: recorded([*paced(message(thought(), spoken()), 300, 900)]))

PYTHON = [("x-stainless-lang", "python"), ("x-stainless-read-timeout", "30")]
must(
    "K01",
    "a cut stream for the Python SDK",
    lambda: recorded(OPEN, end="reset", error=("ReadError", ""), sent_headers=PYTHON),
    "info",
)
must_not("K01", "the same for curl", lambda: recorded(OPEN, end="reset", error=("ReadError", "")))
must("K05", "30 s allowed, 22 s needed", lambda: recorded(with_pause(LONG, 30, 22), sent_headers=PYTHON), "info")
must_not("K05", "30 s allowed, 4 s needed", lambda: recorded(with_pause(LONG, 30, 4), sent_headers=PYTHON))
BEARER = [("authorization", "Bearer [redacted]")]
must(
    "K07",
    "a gateway refuses a bearer token",
    lambda: recorded(b"{}", status=401, url=LOCAL, sent_headers=BEARER),
    "info",
)
must_not(
    "K07",
    "it refuses an x-api-key too",
    lambda: recorded(b"{}", status=401, url=LOCAL, sent_headers=[*BEARER, ("x-api-key", "[redacted]")]),
)
VERSION = [("anthropic-version", "2026-10-21")]
must(
    "K09",
    "a gateway does not know the version",
    lambda: recorded(b'{"error":"anthropic-version: unsupported"}', status=400, url=LOCAL, sent_headers=VERSION),
    "info",
)
must_not("K09", "another 400", lambda: recorded(b'{"error":"max_tokens"}', status=400, url=LOCAL, sent_headers=VERSION))


def own(*pieces: str) -> bytes:
    return b"".join(b"data: %b\n\n" % piece.encode() for piece in pieces)


WORDS = own("He", "llo", " wor", "ld")
must("D04", "content type only", lambda: recorded(WORDS, method="GET", url=CHAT, headers=OWN, end="eof"), "warn")
must_not("D04", "all headers", lambda: recorded(WORDS, method="GET", url=CHAT, headers=BLESSED, end="eof"))
must_not("D04", "the API itself", lambda: recorded(GOOD))
must(
    "D05",
    "20 s of silence for a browser",
    lambda: recorded([(300, WORDS), (20_400, WORDS)], method="GET", url=CHAT, headers=BLESSED, end="eof"),
    "warn",
)
must_not("D05", "20 s of silence of the API", lambda: recorded(with_pause(LONG, 30, 20)))
must(
    "D06",
    "read for 7 s after the client had left",
    lambda: recorded(paced(LONG, 300, 150), end="cancelled", taken=[(310, 1), (460, 2)]),
    "warn",
)
must_not("D06", "stopped when the client left", lambda: recorded(OPEN, end="cancelled", taken=[(310, 1), (900, 32)]))
ORIGIN = [("origin", "https://app.example")]
must(
    "D08",
    "no access-control-allow-origin",
    lambda: recorded(WORDS, method="GET", url=CHAT, headers=BLESSED, sent_headers=ORIGIN, end="eof"),
    "info",
)
must_not(
    "D08",
    "allowed",
    lambda: recorded(
        WORDS,
        method="GET",
        url=CHAT,
        headers=(*BLESSED, ("access-control-allow-origin", "*")),
        sent_headers=ORIGIN,
        end="eof",
    ),
)
must(
    "D11",
    "gzip for the browser",
    lambda: recorded(WORDS, method="GET", url=CHAT, headers=(*BLESSED, ("content-encoding", "gzip")), end="eof"),
    "warn",
)
must_not("D11", "gzip of the API", lambda: recorded(GOOD, headers=(*EVENT_STREAM, ("content-encoding", "gzip"))))
GROWING = [
    "He",
    "Hello",
    "Hello wor",
    "Hello world",
    "Hello world, how",
    "Hello world, how are",
    "Hello world, how are you",
]
must("D12", "each delta repeats the text", lambda: recorded(message(spoken(*GROWING))), "info")
must(
    "D12",
    "each event of your own server does",
    lambda: recorded(
        own(*(f'{{"text":"{text}"}}' for text in GROWING)), method="GET", url=CHAT, headers=BLESSED, end="eof"
    ),
)
must_not("D12", "the same word again and again", lambda: recorded(LONG))
