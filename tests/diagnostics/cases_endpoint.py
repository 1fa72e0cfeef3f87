"""D: endpoints that were probed."""

from typing import Any

from inspector.timeline import Exchange
from tests.diagnostics.cases import must, must_not
from tests.diagnostics.streams import GOOD, Reads, message, paced, recorded, spoken
from tests.support import sse, start

CHAT = "http://localhost:8000/chat?q=1"
BLESSED = (
    ("content-type", "text/event-stream"),
    ("cache-control", "no-cache, no-transform"),
    ("x-accel-buffering", "no"),
)
HTML = (("content-type", "text/html"),)
DONE = b"event: done\ndata: {}\n\n"
PIECES = [b'event: text\ndata: {"text": "%d"}\n\n' % number for number in range(12)]
WHOLE = b"".join([*PIECES, DONE])


def probed(body: bytes | Reads = WHOLE, end: str = "complete", **more: Any) -> Exchange:
    """What `inspector probe` records of an endpoint, by default with a GET."""
    return recorded(
        body,
        **{"kind": "live", "source": {"probe": True}, "method": "GET", "url": CHAT, "headers": BLESSED} | more,
        end=end,
    )


must("D14", "a GET that gets an HTML page", lambda: probed(b"<html>", headers=HTML), "error")
must("D14", "a connection that broke before the first event", lambda: probed(b": hi\n\n", end="reset", headers=HTML))
must_not("D14", "an event stream without an event, which T04 has", lambda: probed(b"", end="eof"))
must_not("D14", "the probe left before anything came", lambda: probed(b"", end="cancelled"))
must_not("D14", "an error under its own status", lambda: probed(b"nope", status=404, headers=HTML))
must_not("D14", "a page that was no probe's", lambda: probed(b"<html>", headers=HTML, source={}))
must_not("D14", "one event", lambda: probed(DONE))

must("D15", "13 events in one read after 2 s", lambda: probed([(2000, WHOLE)]), "error")
must("D15", "13 reads within 12 ms after 2 s", lambda: probed(paced(WHOLE, 2000, 1)), "error")
must("D15", "in two reads, 200 ms apart", lambda: probed([(2000, b"".join(PIECES)), (2200, DONE)]))
must("D15", "ten events", lambda: probed([(2000, b"".join([*PIECES[:9], DONE]))]))
must("D15", "after just 1 s", lambda: probed([(1000, WHOLE)]))
NINE_AND_ONE = [PIECES[0]] * 9
must("D15", "nine of ten within 8 ms", lambda: probed([*paced(b"".join(NINE_AND_ONE), 2000, 1), (3000, DONE)]))
must_not(
    "D15", "nine of ten as a model writes", lambda: probed([*paced(b"".join(NINE_AND_ONE), 2000, 6), (3000, DONE)])
)
FIRST, REST = b"".join(PIECES[:6]), b"".join([*PIECES[6:], DONE])
must("D15", "half in one read, half in another 200 ms later", lambda: probed([(2000, FIRST), (2200, REST)]))
must_not(
    "D15", "a third in each of three reads", lambda: probed([(2000, FIRST), (2200, REST[:-40]), (2400, REST[-40:])])
)
must_not("D15", "the first event alone, in time", lambda: probed([(900, PIECES[0]), (2000, WHOLE)]))
must_not("D15", "an error of the server", lambda: probed([(2000, WHOLE)], status=500))
must_not("D15", "nine events", lambda: probed([(2000, b"".join([*PIECES[:8], DONE]))]))
must_not("D15", "all at once after 999 ms", lambda: probed([(999, WHOLE)]))
must_not("D15", "a slow start, then an event every 60 ms", lambda: probed(paced(WHOLE, 2000, 60)))
must_not("D15", "the Messages API, of which B01 speaks", lambda: probed([(2000, GOOD)]))
must_not("D15", "a recording that is no probe's", lambda: probed([(2000, WHOLE)], source={}))

EIGHT = b"".join(PIECES[:8])
LONG = WHOLE * 60
BLOCKS = [(500 + 1200.0 * at, LONG[start : start + 4096]) for at, start in enumerate(range(0, len(LONG), 4096))]
LUMPS = [(500.0 * at, b"".join(PIECES)) for at in range(1, 5)] + [(2001.0, DONE)]
must("D16", "12 events in a read, every 500 ms", lambda: probed(LUMPS), "warn")
must("D16", "a read every 150 ms", lambda: probed([(150.0 * at, b"".join(PIECES)) for at in range(1, 5)]))
must_not("D16", "a read every 149 ms", lambda: probed([(149.0 * at, b"".join(PIECES)) for at in range(1, 5)]))
must("D16", "eight events in each of three reads", lambda: probed([(500.0 * at, EIGHT) for at in range(1, 4)]))
must("D16", "eight in each but the last", lambda: probed([*((500.0 * at, EIGHT) for at in range(1, 4)), (2000, DONE)]))
must_not("D16", "an error of the server", lambda: probed(LUMPS, status=500))
must_not("D16", "reads of 4,096 bytes, of which B02 speaks", lambda: probed(BLOCKS))
must("B02", "an endpoint whose reads have 4,096 bytes", lambda: probed(BLOCKS))
must_not("D16", "three events in a read", lambda: probed([(at, b"".join(PIECES[:3])) for at, _ in LUMPS]))
must("D16", "two reads, half a second apart", lambda: probed(LUMPS[:2]))
must_not("D16", "two reads, 490 ms apart", lambda: probed([LUMPS[0], (990.0, LUMPS[1][1])]))
must_not("D16", "the Messages API", lambda: probed([(at, message(spoken(*["x"] * 20))) for at, _ in LUMPS]))
must_not("D16", "a recording that is no probe's", lambda: probed(LUMPS, source={}))

must("D17", "a GET that just ends", lambda: probed(PIECES[0], end="eof"), "error")
must("D17", "a POST that just ends", lambda: probed(PIECES[0], method="POST"), "warn")
must("D17", "a message without message_stop", lambda: probed(sse(start(), *spoken()), end="eof"))
must_not("D17", "event: done", lambda: probed())
must_not("D17", "[DONE]", lambda: probed(PIECES[0] + b"data: [DONE]\n\n: bye\n\n"))
must_not("D17", "an error event, whatever its case", lambda: probed(PIECES[0] + b"event: Error\ndata: {}\n\n"))
must_not("D17", "an error of the server", lambda: probed(PIECES[0], end="eof", status=500))
must_not("D17", "no event at all", lambda: probed(b": hi\n\n", end="eof"))
must_not("D17", "a whole message", lambda: probed(GOOD))
must_not("D17", "a broken connection", lambda: probed(PIECES[0], end="reset"))
must_not("D17", "a recording that is no probe's", lambda: probed(PIECES[0], end="eof", source={}))

# What the rules for the Messages API say of a stream does not hold for the events of others.
must_not("F15", "an endpoint whose data is plain text", lambda: probed(b"event: text\ndata: Hello\n\n" + DONE))
must_not("F16", "an endpoint with types of its own", lambda: probed(b'event: a\ndata: {"type":"b"}\n\n' + DONE))
must_not("F17", "an endpoint's empty event", lambda: probed(b"event: start\ndata:\n\n" + DONE))
must("F17", "the same in a message", lambda: probed(b"event: start\ndata:\n\n" + GOOD))
must_not("E09", "the probe left", lambda: probed(PIECES[0], end="cancelled"))
