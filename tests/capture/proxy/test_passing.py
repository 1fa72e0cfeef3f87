"""What passes: bytes, and the order in which they do."""

import gzip
import threading
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from anthropic import Anthropic
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.formats import open_exchange
from inspector.replay.answers import Answers
from inspector.replay.server import serve_in_thread
from tests.capture.proxy.bare import (
    EVENTS,
    GET,
    POST,
    STREAM_HEAD,
    Server,
    Wire,
    answering,
    fixed,
    kinds,
    proxied,
    streamed,
)
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, cut

RECORDINGS = Path(__file__).parents[3] / "recordings"


def test_each_read_reaches_the_client_before_the_next_one_is_sent(tmp_path: Path) -> None:
    seen = threading.Semaphore(0)

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        for piece in [STREAM_HEAD, *map(chunk, EVENTS), b"0\r\n\r\n"]:
            wire.send(piece)
            assert seen.acquire(timeout=LIMIT_S)

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        for piece in [STREAM_HEAD, *map(chunk, EVENTS), b"0\r\n\r\n"]:
            assert client.exactly(len(piece)) == piece
            seen.release()
        (lines,) = proxy.recorded()
    assert [line["event"] for line in lines if line["kind"] == "event"] == ["ping", "message_stop"]
    assert [line["read"] for line in lines if line["kind"] == "event"] == [1, 2]
    assert lines[-1]["reason"] == "complete"


@settings(max_examples=25, deadline=None)
@given(offsets=st.lists(st.integers(0, 400), max_size=20), zipped=st.booleans(), wanted=st.booleans())
def test_the_bytes_are_the_same_in_any_pieces(
    tmp_path_factory: pytest.TempPathFactory, offsets: list[int], zipped: bool, wanted: bool
) -> None:
    body = b"".join(EVENTS)
    packed = gzip.compress(body) if zipped else body
    coding = b"Content-Encoding: gzip\r\n" if zipped else b""
    whole = (
        STREAM_HEAD[:-2] + coding + b"\r\n" + b"".join(map(chunk, cut(packed, [5, 40]))) + b"0\r\nA: trailer\r\n\r\n"
        if wanted
        else fixed(packed, headers=coding)
    )

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        for piece in cut(whole, offsets):
            wire.send(piece)

    folder = tmp_path_factory.mktemp("session")
    with Server(serve) as upstream, proxied(upstream.url, folder) as proxy, proxy.client() as client:
        client.send(POST)
        assert client.exactly(len(whole)) == whole
        proxy.recorded()
    (path,) = folder.iterdir()
    with open_exchange(str(path)) as exchange:
        assert exchange.body() == body


def test_a_flushed_gzip_stream_is_recorded_event_by_event(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH) for event in EVENTS]
    seen = threading.Semaphore(0)

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD[:-2] + b"Content-Encoding: gzip\r\n\r\n")
        for piece in packed:
            wire.send(chunk(piece))
            assert seen.acquire(timeout=LIMIT_S)
        wire.send(chunk(packer.flush()) + b"0\r\n\r\n")

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        client.head()
        for piece in packed:
            assert client.exactly(len(chunk(piece))) == chunk(piece)
            seen.release()
        (lines,) = proxy.recorded()
    assert [line["read"] for line in lines if line["kind"] == "event"] == [1, 2]


def test_the_request_arrives_as_it_was_but_for_this_hop(tmp_path: Path) -> None:
    requests: list[bytes] = []

    def serve(wire: Wire, number: int) -> None:
        requests.append(wire.request())
        wire.send(fixed())

    body = b'{"a": "\xff"}'
    sent = (
        b"PATCH /v1/x%%20y//z?b=1&&c=%%2f HTTP/1.1\r\nhOST: localhost:99\r\nX-Odd:  spaced \r\nx-odd: twice\r\n"
        b"Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nUpgrade: h2c\r\n"
        b"Authorization: Bearer sk-ant-1\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    with Server(serve) as upstream, proxied(upstream.url + "/base/", tmp_path) as proxy, proxy.client() as client:
        client.send(sent + body)
        assert client.exactly(len(fixed())) == fixed()
    authority = upstream.url.removeprefix("http://").encode()
    assert requests == [
        b"PATCH /base/v1/x%%20y//z?b=1&&c=%%2f HTTP/1.1\r\nhOST: %b\r\nX-Odd:  spaced \r\nx-odd: twice\r\n"
        b"Authorization: Bearer sk-ant-1\r\nContent-Length: %d\r\nVia: 1.1 inspector-1\r\nTE: trailers\r\nConnection: TE\r\n\r\n%b"
        % (authority, len(body), body)
    ]


@pytest.mark.parametrize(
    ("asked", "base", "why"),
    [
        (b"/messages", "", "its base URL may end in /v1"), (b"/v1/v1/messages", "", "its base URL needs no /v1"),
        (b"/v1/messages", "/v1", "the upstream needs no /v1"), (b"/messages", "/v1", ""), (b"/v1/messages", "", ""),
    ],
)  # fmt: skip
def test_a_base_url_of_the_other_kind_is_noted_once(tmp_path: Path, asked: bytes, base: str, why: str) -> None:
    targets: list[bytes] = []

    def serve(wire: Wire, number: int) -> None:
        for _ in range(2):
            targets.append(wire.request().split()[1])
            wire.send(fixed())

    with Server(serve) as upstream, proxied(upstream.url + base, tmp_path) as proxy, proxy.client() as client:
        for _ in range(2):
            client.send(POST.replace(b"/v1/messages", asked + b"?beta=true"))
            assert client.exactly(len(fixed())) == fixed()
        recorded = proxy.recorded(2)
    assert targets == [b"/v1/messages?beta=true"] * 2
    assert {lines[1]["url"] for lines in recorded} == {f"{upstream.url}/v1/messages?beta=true"}
    said = f"what a client asks at {asked.decode()} goes to {upstream.url}/v1/messages: {why}"
    assert proxy.notes == [said] * bool(why)


def test_the_response_keeps_its_headers_but_for_this_hop(tmp_path: Path) -> None:
    answer = (
        b"HTTP/1.1 299 Quite\xff Fine\r\nX-B: 1\r\nx-a:2 \r\nX-B: 3\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
        b"Keep-Alive: timeout=5\r\nSet-Cookie: secret\r\nContent-Length: 2\r\n\r\nok"
    )
    expected = b"HTTP/1.1 299 Quite\xff Fine\r\nX-B: 1\r\nx-a:2 \r\nX-B: 3\r\nSet-Cookie: secret\r\nContent-Length: 2\r\n\r\nok"
    with Server(answering(answer)) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET)
        assert client.exactly(len(expected)) == expected
        (lines,) = proxy.recorded()
    response = next(line for line in lines if line["kind"] == "response")
    assert response["status"] == 299
    assert ["Set-Cookie", "[redacted]"] in response["headers"]
    assert ["X-Hop", "1"] in response["headers"]


def test_bodiless_responses_and_reuse_of_both_connections(tmp_path: Path) -> None:
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
        streamed(*EVENTS),
        fixed(),
    ]
    head = GET.replace(b"GET", b"HEAD")
    with Server(answering(*answers)) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        for request, answer in zip([head, GET, GET, POST, POST], answers, strict=True):
            client.send(request)
            assert client.exactly(len(answer)) == answer
        assert len(proxy.recorded(5)) == 5
        client.socket.close()
    assert upstream.connections == 1


def test_pipelined_requests_are_answered_in_order(tmp_path: Path) -> None:
    answers = [fixed(b"one"), streamed(b"two"), fixed(b"three")]
    with Server(answering(*answers)) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST + b"\r\n" + GET + POST)
        assert client.exactly(len(b"".join(answers))) == b"".join(answers)
        client.socket.close()


def test_interim_responses_pass(tmp_path: Path) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    def serve(wire: Wire, number: int) -> None:
        wire.head()
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert wire.exactly(4) == b"body"
        wire.send(interim + fixed())

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"body")
        assert client.head() == interim
        assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert [line["status"] for line in lines if line["kind"] == "response"] == [200]
    assert lines[1]["body_raw"] == "body"


def test_a_request_streams_too(tmp_path: Path) -> None:
    pieces = [chunk(b'{"a":'), chunk(b"1}"), b"0\r\nX-Sum: 1\r\n\r\n"]
    seen = threading.Semaphore(0)

    def serve(wire: Wire, number: int) -> None:
        wire.head()
        for piece in pieces:
            assert wire.exactly(len(piece)) == piece
            seen.release()
        wire.send(fixed())

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            client.send(piece)
            assert seen.acquire(timeout=LIMIT_S)
        assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert lines[1]["body"] == {"a": 1}


def test_a_large_request_passes_and_is_left_out(tmp_path: Path) -> None:
    size = 40 << 20

    def serve(wire: Wire, number: int) -> None:
        wire.head()
        left = size
        while left:
            left -= len(wire.exactly(min(left, 1 << 20)))
        wire.send(fixed())

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(40):
            client.send(b"x" * (1 << 20))
        assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert kinds(lines) == ["recording", "request", "response", "sent", "tail", "end"]
    assert not {"body", "body_raw", "body_b64"} & lines[1].keys()
    assert len(proxy.notes) == 1
    assert "above 32 MB" in proxy.notes[0]


def test_a_body_of_a_megabyte_is_recorded(tmp_path: Path) -> None:
    body = b'{"text":"%b","key":"sk-ant-abc"}' % (b"x" * (1 << 20))
    with Server(answering(fixed())) as upstream:
        with proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert kinds(lines) == ["recording", "request", "response", "sent", "tail", "end"]
    assert lines[1]["body"] == {"text": "x" * (1 << 20), "key": "[redacted]"}


def test_an_early_answer_is_passed_on_and_the_rest_of_the_request_goes_on(tmp_path: Path) -> None:
    answered = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.head()
        wire.send(fixed(b"no", b"413 Too Large"))
        assert answered.wait(LIMIT_S)
        assert wire.exactly(4) == b"late"
        wire.request()
        wire.send(fixed(b"next"))

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n")
        client.until(b"no")
        answered.set()
        client.send(b"late" + GET)
        assert client.until(b"next") == fixed(b"next")


def test_an_upstream_that_answers_and_closes_before_it_has_the_request(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.head()
        wire.send(fixed(b"no", b"413 Too Large", b"Connection: close\r\n"))

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 100_000)
        assert client.until(b"no").startswith(b"HTTP/1.1 413 ")
        client.send(b"x" * 100_000)
        assert proxy.end()["reason"] == "complete"


def test_a_body_that_ends_with_the_connection(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(b"HTTP/1.0 200 OK\r\n\r\n" + EVENTS[1])

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET)
        assert client.rest() == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + EVENTS[1]
        assert proxy.end()["reason"] == "complete"


def test_an_old_client_gets_no_chunks(tmp_path: Path) -> None:
    answer = answering(streamed(*EVENTS))
    with Server(answer) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        assert client.rest() == head + b"".join(EVENTS)


def test_what_the_next_hop_needs_is_there(tmp_path: Path) -> None:
    requests: list[bytes] = []

    def serve(wire: Wire, number: int) -> None:
        requests.append(wire.request())
        wire.send(fixed())

    sent = b"POST http://localhost?q HTTP/1.0\r\nConnection: content-length\r\nContent-Length: 2\r\n\r\nok"
    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(sent)
        assert client.rest().endswith(b"\r\n\r\nok")
    authority = upstream.url.removeprefix("http://").encode()
    assert requests == [
        b"POST /?q HTTP/1.1\r\nHost: %b\r\nContent-Length: 2\r\nVia: 1.0 inspector-1\r\n\r\nok" % authority
    ]


def test_more_than_the_whole_response_goes_to_nobody(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(fixed(b"%d" % number) + fixed(b"not asked for"))
        with suppress(ConnectionResetError):
            wire.rest()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        for number in (1, 2):
            client.send(POST)
            assert client.exactly(len(fixed(b"1"))) == fixed(b"%d" % number)
        client.socket.close()


def test_a_client_that_asks_to_close_is_closed(tmp_path: Path) -> None:
    with Server(answering(fixed())) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET[:-2] + b"Connection: close\r\n\r\n")
        assert client.rest() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def test_an_upstream_that_closes_an_idle_connection_is_asked_on_a_new_one(tmp_path: Path) -> None:
    closed = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(fixed(b"%d" % number))
        wire.socket.close()
        closed.set()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        for number in (1, 2, 3):
            client.send(POST)
            assert client.exactly(len(fixed(b"1"))) == fixed(b"%d" % number)
            assert closed.wait(LIMIT_S)
            closed.clear()
        assert [lines[-1]["reason"] for lines in proxy.recorded(3)] == ["complete"] * 3


@pytest.mark.parametrize(("request_bytes", "connections"), [(GET, 2), (POST, 1)])
def test_only_what_may_be_sent_twice_is(tmp_path: Path, request_bytes: bytes, connections: int) -> None:
    """The upstream takes the second request on a connection, and closes that without a word."""

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(fixed(b"%d" % number))
        if number == 1:
            wire.request()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(request_bytes)
        client.until(b"1")
        client.exactly(len(fixed(b"1")) - len(b"HTTP/1"))
        client.send(request_bytes)
        answer = client.head()
        proxy.recorded(2)
    assert answer.startswith(b"HTTP/1.1 200" if connections == 2 else b"HTTP/1.1 502")
    assert upstream.connections == connections


def test_the_real_sdk_gets_what_it_gets_without_the_proxy(tmp_path: Path) -> None:
    with (
        open_exchange(str(RECORDINGS / "tool-use.jsonl")) as exchange,
        serve_in_thread(Answers([exchange], None)) as url,
    ):
        with proxied(url, tmp_path) as proxy:
            events = []
            for base_url in (url, proxy.url):
                with Anthropic(api_key="sk-ant-secret", base_url=base_url) as client:
                    stream = client.messages.create(
                        model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}], stream=True
                    )
                    events.append([event.to_json() for event in stream])
            proxy.recorded()
        assert events[0] == events[1] != []
        (path,) = tmp_path.iterdir()
        with open_exchange(str(path)) as recorded:
            assert recorded.body() == exchange.body()
            assert recorded.view().message == exchange.view().message
            request = recorded.request
    assert b"sk-ant-secret" not in path.read_bytes()
    assert request is not None
    assert request["url"] == url + "/v1/messages"


def test_many_streams_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def serve(wire: Wire, number: int) -> None:
        mark = wire.request().rpartition(b" ")[2]
        for n in range(60):
            wire.send((STREAM_HEAD if n == 0 else b"") + chunk(b"data: %b %d\n\n" % (mark, n)))
        wire.send(b"0\r\n\r\n")

    def ask(mark: bytes) -> None:
        try:
            with proxy.client() as client:
                client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n %b" % mark)
                assert client.head() == STREAM_HEAD
                for n in range(60):
                    assert client.until(b"\n\n\r\n") == chunk(b"data: %b %d\n\n" % (mark, n))
        except BaseException as error:  # noqa: BLE001 raised in the test's thread
            failures.append(error)

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy:
        threads = [threading.Thread(target=ask, args=(b"%03d" % n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recordings = proxy.recorded(50)
    assert failures == []
    bodies = {"".join(line.get("raw", "") for line in lines) for lines in recordings}
    assert bodies == {"".join(f"data: {mark:03} {n}\n\n" for n in range(60)) for mark in range(50)}
