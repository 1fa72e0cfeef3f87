"""D: an endpoint of your own that was probed, whatever the events are that it sends."""

from collections.abc import Iterator

from inspector.diagnostics.finding import Problem, define
from inspector.diagnostics.rules.buffering import all_held, held_in_lumps
from inspector.diagnostics.rules.transport import no_event_stream
from inspector.diagnostics.stream import Stream

D14 = define(
    "D14", "Not one event came", "error",
    what="""
        The endpoint that was probed answered with success and sent no event, whatever its content type. What clients of
        the Messages API would make of such an answer is T04.
        """,
    why="The page waits for a stream that never starts, and an EventSource gives up for good.",
    example="GET /chat answered with 200, content-type text/html and a login page.",
    fix="Check the URL, and whether it wants a POST with --data or other headers.",
    python="Nothing: an SDK does not read it.",
    typescript="EventSource reports an error; fetch() hands out the body, whatever it is.",
    scope="endpoint",
)  # fmt: skip


@D14.on("end")
def _no_event(stream: Stream) -> Iterator[Problem]:
    if not stream.is_ok or stream.index.response is None or stream.index.dispatched_at(stream.index.count):
        return
    if stream.reason != "cancelled" and not any(no_event_stream(stream)):
        yield Problem(f"not one event came, and the content type is {stream.media_type or 'missing'}")


D15 = define(
    "D15", "The endpoint's events all come at once", "error",
    what="""
        The first event of the endpoint that was probed came after more than 1 s, and nine of ten events in one lump or
        two, faster than any model writes. What B01 says of a message holds here for events of any kind.
        """,
    why="A hop collects the whole answer before it passes it on: the page waits as long as without streaming.",
    example="nothing for 8.2 s, then 214 events within 10 ms",
    fix="""
        Switch the buffering off in the hop that the headers point to. nginx: proxy_buffering off, or the header
        X-Accel-Buffering: no. Compression: not for text/event-stream. Next.js: a route handler with cache-control
        no-transform instead of a rewrite.
        """,
    python="Nothing: an SDK does not read it.",
    typescript="Nothing: EventSource and fetch() hand the events out when they come.",
    scope="endpoint",
)  # fmt: skip


@D15.on("end")
def _all_at_once(stream: Stream) -> Iterator[Problem]:
    events = _timed_events(stream)
    if found := all_held(stream, events, "event"):
        yield found


def _timed_events(stream: Stream) -> list[int]:
    """The events of an endpoint that are judged here; none where times are missing, or B01 and B12 judge them."""
    if not stream.is_ok or stream.is_messages:
        return []
    events = stream.dispatched
    return events if all(stream.t_ns(n) is not None for n in events) else []


D16 = define(
    "D16", "The endpoint's events come in lumps", "warn",
    what="""
        Most events of the endpoint that was probed came in lumps, or half a second or more of silence ended in one:
        what B12 says of a message holds here for events of any kind. Where the reads have a fixed size it is B02.
        """,
    why="A hop collects events before it passes them on, so the text stutters.",
    example="48 events in 5 reads, 500 ms apart",
    fix="Switch buffering off in the hop that collects them (nginx: proxy_buffering off), or flush each event.",
    python="Nothing: an SDK does not read it.",
    typescript="Nothing: EventSource and fetch() hand the events out when they come.",
    scope="endpoint",
)  # fmt: skip


@D16.on("end")
def _in_lumps(stream: Stream) -> Iterator[Problem]:
    events = _timed_events(stream)
    if not all_held(stream, events, "event") and (found := held_in_lumps(stream, events, 0, "event")):
        yield found


D17 = define(
    "D17", "The endpoint does not say that it is done", "error",
    what="""
        The stream of the endpoint that was probed ended without an event that says so: done, end, close, complete, stop
        or the like by its type, or [DONE]. A warning where it was asked with POST.
        """,
    why="""
        EventSource takes every end for a failure and connects again: all is generated again, see D03. Who reads with
        fetch cannot tell the end from a cut.
        """,
    example="data: bye, and the end of the body.",
    fix="""
        Send an event, such as done, as the last one, and call close() on it in the browser; answer a reconnect with
        204.
        """,
    python="Nothing: an SDK does not read it.",
    typescript="EventSource connects again after about 3 s; fetch() just ends.",
    scope="endpoint",
)  # fmt: skip


@D17.on("end")
def _never_done(stream: Stream) -> Iterator[Problem]:
    ended = stream.is_ok and stream.reason in ("complete", "eof")
    if not ended or not stream.index.dispatched_at(stream.index.count) or stream.says_done:
        return
    if str(stream.request.get("method")).upper() == "GET":
        yield Problem("it ended without an event that says so: EventSource connects again, and all is generated again")
    else:
        yield Problem(
            "it ended without an event that says so: the page cannot tell the end from a cut",
            severity="warn",
            fix="Send an event, such as done, as the last one.",
        )
