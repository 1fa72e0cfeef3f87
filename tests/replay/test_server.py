import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from anthropic._exceptions import OverloadedError

from inspector.formats import open_exchanges
from inspector.recording import InspectorError
from inspector.replay.answers import Answers
from inspector.replay.server import serve_in_thread, serving
from inspector.timeline import Exchange
from tests.replay.recordings import BODY, ERROR, READS, STREAM, http_error, recording, request
from tests.replay.sdk import STALLS_S
from tests.replies import replied
from tests.support import CORPUS, LIMIT_S, RECORDINGS, sse, start


@contextmanager
def client_of(*exchanges: Exchange, log: Callable[[str], None] = lambda line: None) -> Iterator[httpx2.Client]:
    with (
        serve_in_thread(Answers(exchanges, speed=None), log=log) as base_url,
        httpx2.Client(base_url=base_url, trust_env=False, timeout=LIMIT_S) as client,
    ):
        yield client


def post(client: httpx2.Client, **fields: Any) -> httpx2.Response:
    return client.post("/v1/messages", json=request(**fields))


def test_recorded_streams_are_served_byte_by_byte() -> None:
    opened = [exchange.load() for path in (*RECORDINGS, *CORPUS[::9]) for exchange in open_exchanges(str(path))]
    # Others are broken off as they were: what had come until then is no response that a client takes for one.
    whole = [exchange for exchange in opened if (exchange.index.end or {}).get("reason") in (None, "complete")]
    assert len(whole) > 20
    with client_of(*whole) as client:
        for exchange in whole:
            assert post(client).content == exchange.body(), exchange.name
    for exchange in opened:
        exchange.close()


def test_a_read_is_a_chunk() -> None:
    pieces = [BODY[:7], BODY[7:300], BODY[300:301], BODY[301:], b"event: unfin"]
    with (
        client_of(recording(pieces, reason="eof")) as client,
        client.stream("POST", "/v1/messages", json=request()) as response,
    ):
        assert list(response.iter_raw()) == pieces


def test_headers_are_the_recorded_ones_but_for_framing_coding_and_hops() -> None:
    recorded = [
        *STREAM,
        ["Retry-After", "7"],
        ["content-encoding", "gzip"],
        ["Content-Length", "12345"],
        ["transfer-encoding", "chunked"],
        ["connection", "X-Hop"],
        ["keep-alive", "timeout=5"],
        ["x-hop", "1"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
        ["x-bad", "a\r\nb: c"],
        ["not a name", "x"],
    ]
    with client_of(recording(headers=recorded)) as client:
        response = post(client)
    assert sorted(response.headers.multi_items()) == [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("request-id", "req_1"),
        ("retry-after", "7"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("transfer-encoding", "chunked"),
    ]
    assert response.content == BODY


def test_without_a_recorded_response_there_is_a_healthy_head() -> None:
    with client_of(recording(status=None)) as client:
        response = post(client)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["request-id"].startswith("req_")


def test_files_are_used_in_order_and_by_the_name_of_the_model() -> None:
    names = ["a.jsonl", "b.wrapped.jsonl", "c.sse"]
    with client_of(*(recording([sse(start(id=name))], name=f"dir/{name}") for name in names)) as client:
        models = ["x", "c", "x", "b.wrapped", "b.wrapped", "x", "x", None]
        used = [json.loads(post(client, model=model).text.split("data: ")[1])["message"]["id"] for model in models]
    assert used == [names[at] for at in (0, 2, 1, 1, 1, 2, 0, 1)]


@pytest.mark.parametrize("stream", [False, None, "true"])
def test_unstreamed_is_the_message(stream: Any) -> None:
    exchange = recording()
    with client_of(exchange) as client:
        response = post(client, stream=stream)
    assert response.json() == exchange.view().message
    assert response.headers["content-type"] == "application/json"
    assert response.headers["request-id"] == "req_1"


def test_unstreamed_errors_have_the_status_of_their_type() -> None:
    streamed = recording([READS[0], sse(ERROR)], reason="eof")
    with client_of(streamed, http_error(429, "rate_limit_error", ["retry-after", "2"]), recording([])) as client:
        in_stream, before, nothing = (post(client, stream=False) for _ in range(3))
    assert (in_stream.status_code, in_stream.json()) == (529, ERROR)
    assert (before.status_code, before.headers["retry-after"]) == (429, "2")
    assert before.json()["error"]["type"] == "rate_limit_error"
    assert (nothing.status_code, nothing.json()["error"]["type"]) == (500, "api_error")


def test_http_errors_come_back_byte_by_byte() -> None:
    exchange = http_error(529, "overloaded_error", ["x-should-retry", "true"])
    with client_of(exchange) as client:
        response = post(client)
    assert (response.status_code, response.content) == (529, exchange.body())
    assert response.headers["x-should-retry"] == "true"


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    with client_of(recording(status=status)) as client:
        assert [(post(client).status_code, post(client).content)] == [(status, b"")]


def test_whatever_else_is_asked_gets_an_error_of_the_apis_shape() -> None:
    log: list[str] = []
    with client_of(recording(), log=log.append) as client:
        answers = [
            client.get("/"),
            client.get("/v1/models/none"),
            client.get("/v1/files"),
            client.post("/", json={}),
            client.post("/v1/models", json={}),
            client.get("/v1/messages/count_tokens"),
            client.get("/v1/messages"),
            client.put("/v1/messages", json={}),
            client.post("/v1/messages", content=b"{"),
            client.post("/v1/messages", json=[]),
            client.post("/v1/messages", content=b"\xff"),
            client.post("/v1/messages", json={}, headers={"host": "evil.example"}),
            client.post("/v1/messages", json={}, headers={"host": "127.0.0.1.evil.example"}),
            client.post("/v1/messages", json={}, headers={"origin": "http://localhost:3000"}),
            client.post("/v1/messages", json={}, headers={"sec-fetch-site": "cross-site"}),
            client.post("/v1/messages", content=bytes(33 << 20)),
        ]
        assert client.post("/v1/messages?beta=true", json=request()).content == BODY
    found = [(answer.status_code, answer.json()["error"]["type"]) for answer in answers]
    assert found == [
        *[(404, "not_found_error")] * 4,
        *[(405, "invalid_request_error")] * 4,
        *[(400, "invalid_request_error")] * 3,
        *[(403, "permission_error")] * 4,
        (413, "request_too_large"),
    ]
    assert all(answer.json().keys() == {"type", "error"} and answer.json()["type"] == "error" for answer in answers)
    assert [answer.headers["allow"] for answer in answers[4:6]] == ["GET, HEAD", "POST"]
    assert len(log) == len(answers) + 1


def test_a_session_answers_messages_with_its_messages() -> None:
    """Not with what a client asked beside them."""
    others = [replied("HEAD", "/", headers=()), replied("POST", "/v1/messages/count_tokens", {"input_tokens": 5})]
    with (
        serve_in_thread(Answers([*others, recording()])) as base_url,
        httpx2.Client(base_url=base_url, timeout=LIMIT_S) as client,
    ):
        assert [client.post("/v1/messages", json=request()).content for _ in range(2)] == [BODY, BODY]


def test_what_clients_ask_before_their_first_message_is_answered() -> None:
    """A fault is not spent on it, nor a recording."""
    other = recording([sse(start(model="claude-b"))], name="b.jsonl")
    with (
        serve_in_thread(Answers([recording(), other, recording()], faults=["status=529:times=1"])) as base_url,
        Anthropic(base_url=base_url, api_key="k", max_retries=0, timeout=LIMIT_S) as client,
    ):
        hello = [httpx2.head(base_url), httpx2.head(f"{base_url}/api/hello"), httpx2.get(f"{base_url}/api/hello")]
        assert [(answer.status_code, answer.content[:1]) for answer in hello] == [(200, b""), (200, b""), (200, b"{")]
        models = client.models.list()
        assert [model.id for model in models] == ["claude-test", "claude-b"]
        assert client.models.retrieve("claude-b").type == "model"
        messages: Any = [{"role": "user", "content": "x" * 4000}]
        counted = client.messages.count_tokens(model="claude-b", messages=messages)
        assert 1000 <= counted.input_tokens < 1100
        with pytest.raises(OverloadedError):
            client.messages.create(model="m", max_tokens=1, messages=messages)
        first = client.messages.create(model="m", max_tokens=1, messages=messages)
    assert first.model == "claude-b"


@pytest.mark.parametrize("path", ["/messages", "/messages?beta=true", "/v1/v1/messages"])
def test_both_kinds_of_base_urls_are_served(path: str) -> None:
    with client_of(recording()) as client:
        assert client.post(path, json=request()).content == BODY


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80"])
def test_hosts_of_this_machine_are_served(host: str) -> None:
    with client_of(recording()) as client:
        assert client.post("/v1/messages", json=request(), headers={"host": host}).content == BODY


def raw(base_url: str, sent: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", int(base_url.rpartition(":")[2])), LIMIT_S) as connection:
        connection.sendall(sent)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def post_bytes(fields: dict[str, Any], *headers: str, version: str = "1.1") -> bytes:
    body = json.dumps(fields).encode()
    head = [f"POST /v1/messages HTTP/{version}", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def test_requests_on_one_connection_are_answered_in_turn() -> None:
    with serve_in_thread(Answers([recording()], speed=None)) as base_url:
        received = raw(base_url, post_bytes(request()) + post_bytes({}, "Connection: close"))
    first, second = received.split(b"0\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert second.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(second.partition(b"\r\n\r\n")[2])["content"][0]["text"] == "Hello, wörld"


def test_http_1_0_gets_a_body_that_ends_with_the_connection() -> None:
    with serve_in_thread(Answers([recording()], speed=None)) as base_url:
        assert raw(base_url, post_bytes(request(), version="1.0")).partition(b"\r\n\r\n")[2] == BODY


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 200_000 + b"\r\n\r\n"])
def test_what_is_no_http_is_refused(sent: bytes) -> None:
    with serve_in_thread(Answers([recording()])) as base_url:
        received = raw(base_url, sent)
    assert received.startswith(b"HTTP/1.1 4")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["type"] == "error"


def test_a_client_that_waits_for_100_gets_it() -> None:
    with serve_in_thread(Answers([recording()], speed=None)) as base_url:
        received = raw(base_url, post_bytes({}, "Expect: 100-continue", "Connection: close"))
    assert b"HTTP/1.1 200 OK\r\n" in received


@pytest.mark.parametrize(
    ("reason", "error", "raised"),
    [
        ("reset", "httpx2.ReadError", httpx2.ReadError),
        ("reset", "ConnectionResetError", httpx2.ReadError),
        ("reset", "httpx2.RemoteProtocolError", httpx2.RemoteProtocolError),
        ("reset", None, httpx2.RemoteProtocolError),
        ("cancelled", None, httpx2.RemoteProtocolError),
        ("error", "ValueError", httpx2.RemoteProtocolError),
        ("timeout", "httpx2.ReadTimeout", httpx2.ReadTimeout),
        (None, None, httpx2.RemoteProtocolError),
        ("eof", None, None),
    ],
)
def test_a_body_ends_as_it_ended(reason: str | None, error: str | None, raised: type[Exception] | None) -> None:
    with client_of(recording(READS[:3], reason=reason, error=error)) as client:
        client.timeout = httpx2.Timeout(LIMIT_S, read=STALLS_S if reason == "timeout" else LIMIT_S)
        received: list[bytes] = []
        with (
            pytest.raises(raised) if raised else nullcontext(),
            client.stream("POST", "/v1/messages", json=request()) as response,
        ):
            received.extend(response.iter_raw())
        assert received == READS[:3]


@pytest.mark.parametrize(
    ("reason", "error", "raised"),
    [
        ("reset", "httpx2.ReadError", httpx2.ReadError),
        ("reset", "httpx2.RemoteProtocolError", httpx2.RemoteProtocolError),
        ("timeout", "httpx2.ReadTimeout", httpx2.ReadTimeout),
    ],
)
def test_a_request_that_was_never_answered_is_not(reason: str, error: str, raised: type[Exception]) -> None:
    with client_of(recording([], status=None, reason=reason, error=error)) as client:
        client.timeout = httpx2.Timeout(LIMIT_S, read=STALLS_S if reason == "timeout" else LIMIT_S)
        with pytest.raises(raised):
            post(client)


def test_an_import_ends_cleanly() -> None:
    from tests.support import exchange_of_body

    with client_of(exchange_of_body(READS[:2], source="import", end=None)) as client:
        assert post(client).content == b"".join(READS[:2])


class Gate:
    """Time that stands still until it is let go on: each step that is not yet due waits for its turn."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(0)
        self.waits: list[float] = []
        self.waiting = asyncio.Event()
        self.left = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds:
            self.waits.append(round(seconds))
            self.waiting.set()
            try:
                await self.turns.acquire()
            except asyncio.CancelledError:
                self.left.set()
                raise


@pytest.fixture
async def gated() -> AsyncIterator[tuple[Gate, httpx2.AsyncClient]]:
    gate = Gate()
    async with (
        serving(Answers([recording()]), sleep=gate.sleep) as base_url,
        httpx2.AsyncClient(base_url=base_url, trust_env=False, timeout=LIMIT_S) as client,
    ):
        yield gate, client


async def test_each_read_comes_before_the_next_is_sent(gated: tuple[Gate, httpx2.AsyncClient]) -> None:
    gate, client = gated
    gate.turns.release()
    async with client.stream("POST", "/v1/messages", json=request()) as response:
        # The head is here, and no read is let go yet.
        assert response.headers["request-id"] == "req_1"
        chunks = response.aiter_raw()
        for read in READS:
            gate.turns.release()
            assert await anext(chunks) == read
        gate.turns.release()
        with pytest.raises(StopAsyncIteration):
            await anext(chunks)
    assert gate.waits == list(range(1, len(READS) + 3))


async def test_a_client_that_leaves_ends_its_handler_at_once(gated: tuple[Gate, httpx2.AsyncClient]) -> None:
    gate, client = gated
    gate.turns.release()
    async with client.stream("POST", "/v1/messages", json=request()):
        await gate.waiting.wait()
    await asyncio.wait_for(gate.left.wait(), LIMIT_S)


async def test_the_server_ends_with_streams_open() -> None:
    gate = Gate()
    async with httpx2.AsyncClient(trust_env=False, timeout=LIMIT_S) as client:
        async with serving(Answers([recording(), recording(reason="timeout")]), sleep=gate.sleep) as base_url:
            gate.turns.release()
            response = await client.send(
                client.build_request("POST", f"{base_url}/v1/messages", json=request()), stream=True
            )
        with pytest.raises(httpx2.TransportError):
            await response.aread()
        await response.aclose()


def test_a_port_in_use_is_one_clear_line() -> None:
    with serve_in_thread(Answers([recording()])) as base_url:
        port = int(base_url.rpartition(":")[2])
        with (
            pytest.raises(InspectorError, match=f"port {port} is in use"),
            serve_in_thread(Answers([recording()]), port),
        ):
            pass
