"""The machine of a connection: what holds for any chunking, and whatever happens."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.capture.proxy.commands import (
    AbortClient,
    CloseClient,
    Command,
    EndRecording,
    ResetClient,
)
from inspector.capture.proxy.events import (
    ClientConnected,
    ClientEof,
    ClientFull,
    ClientTook,
    TimerFired,
    UpstreamChecked,
    UpstreamDrained,
    UpstreamFull,
    UpstreamLost,
    UpstreamUnreachable,
)
from tests.capture.proxy.bare import EVENTS, GET, POST, STREAM_HEAD, fixed, streamed
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.machines import FORWARDED, types
from tests.capture.raw_server import chunk
from tests.support import cut

# Any chunking gives the same bytes and the same recordings.

_REQUESTS = [
    (GET, FORWARDED, b""),
    (POST, b"POST /base/v1/messages HTTP/1.1\r\nHost: upstream:99\r\nContent-Length: 2\r\nVia: 1.1 inspector-1\r\n\r\n{}", b"{}"),
    (
        b"PUT /a?b HTTP/1.1\r\nhost: LOCALHOST:1\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
        b"PUT /base/a?b HTTP/1.1\r\nhost: upstream:99\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\nVia: 1.1 inspector-1\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
        b"hi",
    ),
    (b"\r\n\r\n" + GET, FORWARDED, b""),
]  # fmt: skip


_RESPONSES = [
    (fixed(b"plain"), 200, b"plain"),
    (streamed(*EVENTS), 200, b"".join(EVENTS)),
    (STREAM_HEAD + chunk(EVENTS[0]) + b"0;last\r\nA: trailer\r\n\r\n", 200, EVENTS[0]),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + fixed(b"late", b"404 No\xff"), 404, b"late"),
]  # fmt: skip


@dataclass
class Conversation:
    """Requests and their responses, the places where each side's bytes are cut, and who is first at each step."""

    pairs: list[tuple[tuple[bytes, bytes, bytes], tuple[bytes, int, bytes]]]
    client_cuts: list[int]
    upstream_cuts: list[list[int]]
    client_first: list[bool]


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    pairs = draw(st.lists(st.tuples(st.sampled_from(_REQUESTS), st.sampled_from(_RESPONSES)), min_size=1, max_size=4))
    places = st.lists(st.integers(0, 500), max_size=20)
    return Conversation(
        pairs, draw(places), [draw(places) for _ in pairs], draw(st.lists(st.booleans(), min_size=50, max_size=50))
    )


@settings(deadline=None)
@given(conversations(), st.booleans())
def test_any_chunking_gives_the_same_bytes_and_the_same_recordings(talk: Conversation, fresh: bool) -> None:
    driver = Driver(fresh=fresh)
    client = cut(b"".join(request for (request, _, _), _ in talk.pairs), talk.client_cuts)
    turns = iter(talk.client_first)
    for number, (_, (response, _, _)) in enumerate(talk.pairs):
        pieces = cut(response, talk.upstream_cuts[number])
        # A whole request must be there before its response comes.
        while len(driver.told) <= number or not driver.told[number].whole_request:
            driver.client(client.pop(0))
        for at_ns, piece in enumerate(pieces):
            if client and next(turns, True):
                driver.client(client.pop(0))
            driver.upstream(piece, at_ns)
    assert client == []
    assert driver.to_client == b"".join(response for _, (response, _, _) in talk.pairs)
    assert b"".join(driver.to_upstream) == b"".join(forwarded for (_, forwarded, _), _ in talk.pairs)
    assert len(driver.to_upstream) == (1 if fresh else len(talk.pairs))
    assert [(told.body, told.status, told.content, told.end) for told in driver.told] == [
        (body, status, content, EndRecording()) for (_, _, body), (_, status, content) in talk.pairs
    ]
    for told in driver.told:
        assert told.times == sorted(told.times)
        # All that came was taken.
        assert (told.taken[-1][0] if told.taken else 0) == len(told.times)
    driver.leave()


_PIECES = [
    *(request for request, _, _ in _REQUESTS), *(response for response, _, _ in _RESPONSES), STREAM_HEAD, chunk(b"x"),
    b"0\r\n\r\n", b"nonsense", b"\r\n", b"GET ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 70_000,
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", POST[:-1], b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n",
]  # fmt: skip


_HAPPENINGS = st.one_of(
    st.tuples(st.sampled_from(["client", "upstream"]), st.sampled_from(_PIECES)),
    st.tuples(
        st.sampled_from(["connect", "refused", "checked", "stale", "closed", "reset", "full", "took"]), st.none()
    ),
    st.tuples(st.sampled_from(["upstream full", "upstream drained", "timer", "eof"]), st.none()),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_HAPPENINGS, max_size=25))
def test_whatever_happens_the_commands_make_sense_and_nothing_is_left_open(
    happenings: list[tuple[str, bytes | None]],
) -> None:
    """The driver checks each command against what was there before it."""
    driver = Driver(by_hand=True)
    driver.feed(ClientConnected())
    closed = False
    for what, data in happenings:
        commands = happen(driver, what, data or b"")
        closed = closed or bool({CloseClient, ResetClient, AbortClient} & {*types(commands)})
        if closed:
            break
    driver.leave()
    assert driver.client(GET) == []


def happen(driver: Driver, what: str, data: bytes) -> list[Command]:
    """Has it happen, where it can; what comes of it."""
    match what:
        case "client" if not driver.client_paused:
            return driver.client(data)
        case "upstream" if driver.connected and not driver.upstream_paused:
            return driver.upstream(data)
        case "connect" if driver.connecting:
            return driver.connect()
        case "refused" if driver.connecting:
            driver.connecting = False
            return driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
        case "checked" | "stale" if driver.machine._checking:
            return driver.feed(UpstreamChecked(what == "checked"))
        case "closed" | "reset" if driver.connected:
            driver.connected = False
            return driver.feed(UpstreamLost(None if what == "closed" else ConnectionResetError()))
        case "full" if not driver.full:
            driver.full = True
            return driver.feed(ClientFull())
        case "took" if driver.full:
            driver.full = False
            return driver.feed(ClientTook())
        case "upstream full" | "upstream drained" if driver.connected:
            return driver.feed(UpstreamFull() if what == "upstream full" else UpstreamDrained())
        case "timer" if driver.timers:
            return driver.feed(TimerFired(driver.timers.pop()))
        case "eof":
            return driver.feed(ClientEof())
    return []
