"""Whom the proxy refuses, and what holds up nobody."""

import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.capture.proxy.server import Proxy
from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress
from inspector.net.service_thread import in_thread
from inspector.recording import InspectorError
from tests.capture.proxy.bare import (
    EVENTS,
    GET,
    POST,
    STREAM_HEAD,
    Running,
    Server,
    Wire,
    answering,
    fixed,
    proxied,
)
from tests.capture.proxy.failing import answer_of, closed_port
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, free_port


def test_ending_the_proxy_cancels_what_streams(tmp_path: Path) -> None:
    with Server(answering(STREAM_HEAD + chunk(EVENTS[0]))) as upstream, proxied(upstream.url, tmp_path) as proxy:
        client_context = proxy.client()
        client = client_context.__enter__()
        client.send(POST)
        client.until(EVENTS[0] + b"\r\n")
    (lines,) = proxy.recorded()
    assert lines[-1]["reason"] == "cancelled"
    with pytest.raises((EOFError, ConnectionResetError)):
        client.until(b"never")
    client_context.__exit__(None, None, None)


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01", b"hello\r\n", b"GET / HTTP/2.0\r\n", b"GET /\r\n", b"\x00" * 9, b"\xff",
     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n folded: 1\r\n\r\n", b"GET x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n",
     b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
)  # fmt: skip
def test_garbage_is_a_bad_request(tmp_path: Path, sent: bytes) -> None:
    with closed_port() as url, proxied(url, tmp_path) as proxy, proxy.client() as client:
        client.send(sent)
        status, body = answer_of(client)
        assert client.rest() == b""
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")
    assert list(tmp_path.iterdir()) == []


def test_garbage_within_a_request(tmp_path: Path) -> None:
    with Server(answering_nothing) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
        assert answer_of(client)[0] == 400
        assert proxy.end()["reason"] == "cancelled"


def answering_nothing(wire: Wire, number: int) -> None:
    with pytest.raises((EOFError, ConnectionResetError)):
        wire.until(b"never")


def test_a_request_head_without_end(tmp_path: Path) -> None:
    with closed_port() as url, proxied(url, tmp_path) as proxy, proxy.client() as client:
        client.send(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 30_000)
        assert answer_of(client)[0] == 431


@pytest.mark.parametrize("method", [b"CONNECT 127.0.0.1:443", b"GET /"])
def test_tunnels_are_refused(tmp_path: Path, method: bytes) -> None:
    with closed_port() as url, proxied(url, tmp_path) as proxy, proxy.client() as client:
        client.send(method + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert answer_of(client)[0] == 501


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        (b"GET /", b"evil.example", 403), (b"GET /", b"evil.example:80", 403), (b"GET /", b"127.0.0.1.evil.example", 403),
        (b"GET /", b"", 403), (b"GET /", b"127.0.0.1@evil.example", 403), (b"GET http://evil.example/", b"127.0.0.1", 403),
        (b"GET /", b"localhost:1", 200), (b"GET /", b"LOCALHOST", 200), (b"GET /", b"[::1]:1", 200),
        (b"GET http://127.0.0.1:1/", b"127.0.0.1:1", 200),
    ],
)  # fmt: skip
def test_only_the_proxys_own_host_is_served(tmp_path: Path, request_line: bytes, host: bytes, status: int) -> None:
    with (
        Server(answering(fixed(b"{}"))) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        client.send(request_line + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        got, body = answer_of(client)
        client.socket.close()
    assert got == status
    assert (body.get("error") or {}).get("type") == ("permission_error" if status == 403 else None)


@pytest.mark.parametrize("origin", [b"http://localhost:3000", b"http://LOCALHOST:3000", b"http://localhost:3001", b""])
@pytest.mark.parametrize("target", [b"GET /v1/models", b"GET x"])
def test_pages_that_may_use_the_proxy_may_read_its_own_answers(tmp_path: Path, origin: bytes, target: bytes) -> None:
    origins = frozenset({"http://localhost:3000"})
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        upstream = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with proxied(upstream, tmp_path, origins=origins) as proxy, proxy.client() as client:
            named = b"Origin: %b\r\n" % origin if origin else b""
            client.send(target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + named + b"\r\n")
            answer = client.rest()
    assert answer[9:12] == (
        b"403" if origin.endswith(b"1") and b"/" in target else b"502" if b"/" in target else b"400"
    )
    allowed = b"\r\nAccess-Control-Allow-Origin: %b\r\nVary: Origin\r\n" % origin
    assert (allowed in answer) == origin.lower().endswith(b":3000")


def test_an_allowed_address_is_served(tmp_path: Path) -> None:
    server = Server(answering(fixed(b"{}")))
    with server as upstream, proxied(upstream.url, tmp_path, address="127.0.0.2") as proxy, proxy.client() as client:
        assert proxy.url.startswith("http://127.0.0.2:")
        client.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.2:7\r\n\r\n")
        assert answer_of(client)[0] == 200


def test_a_proxy_is_not_its_own_upstream(tmp_path: Path) -> None:
    port = free_port()
    with (
        pytest.raises(InspectorError, match="is this proxy itself"),
        proxied(f"http://localhost:{port}", tmp_path, port=port),
    ):
        pass


def test_another_machine_on_the_same_port_is_a_good_upstream(tmp_path: Path) -> None:
    port = free_port()
    with proxied(f"http://192.0.2.1:{port}", tmp_path, port=port, address="0.0.0.0") as proxy:
        assert proxy.url


def test_a_request_that_comes_round_is_refused(tmp_path: Path) -> None:
    """Two proxies that have one another as upstream: a POST makes two recordings, not thousands."""
    port = free_port()
    first, second = tmp_path / "first", tmp_path / "second"
    with (
        proxied(f"http://127.0.0.1:{port}", first, hop="inspector-a") as proxy,
        proxied(proxy.url, second, port=port, hop="inspector-b") as other,
        proxy.client() as client,
    ):
        client.send(POST)
        status, body = answer_of(client)
        assert (proxy.end()["reason"], other.end()["reason"]) == ("complete", "complete")
    assert status == 508
    assert "leads back to it" in body["error"]["message"]
    assert [len(list(folder.iterdir())) for folder in (first, second)] == [1, 1]


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(tmp_path: Path, begun: bytes) -> None:
    with closed_port() as url, proxied(url, tmp_path, head_s=0.1) as proxy, proxy.client() as client:
        client.send(begun)
        answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 408 ") if begun else answer == b""


def test_an_idle_connection_is_kept(tmp_path: Path) -> None:
    with (
        Server(answering(fixed(), fixed())) as upstream,
        proxied(upstream.url, tmp_path, head_s=0.05) as proxy,
        proxy.client() as client,
        proxy.client() as other,
    ):
        client.send(GET)
        assert client.exactly(len(fixed())) == fixed()
        # The other one's time is over; so would be that of the first.
        assert other.rest() == b""
        client.send(GET)
        assert client.exactly(len(fixed())) == fixed()


def test_one_connection_too_many_is_told_so_and_the_others_go_on(tmp_path: Path) -> None:
    with (
        Server(answering(STREAM_HEAD + chunk(EVENTS[0]))) as upstream,
        proxied(upstream.url, tmp_path, most=1) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        client.until(EVENTS[0])
        for _ in range(3):
            with proxy.client() as refused:
                refused.send(POST)
                status, body = answer_of(refused)
                assert refused.rest() == b""
            assert (status, body["error"]["message"]) == (
                503, "inspector proxy: too many connections are open: try again",
            )  # fmt: skip
        client.socket.close()
        assert proxy.end()["reason"] == "cancelled"


def test_whoever_does_not_hear_what_is_said_holds_nothing_up(tmp_path: Path) -> None:
    heard = threading.Event()

    def stuck(line: str) -> None:
        assert heard.wait(LIMIT_S)

    proxy = Proxy(ProxySettings(UpstreamAddress.parse("http://127.0.0.1:9"), tmp_path), stuck, stuck)
    with Server(answering(*[fixed()] * 5)) as upstream:
        proxy.settings = replace(proxy.settings, upstream=UpstreamAddress.parse(upstream.url))
        with in_thread(proxy.serving, "inspector proxy") as url, Running(url, tmp_path).client() as client:
            for _ in range(5):
                client.send(POST)
                assert client.exactly(len(fixed())) == fixed()
    assert proxy.unheard
    heard.set()


def test_a_slow_client_holds_the_upstream_back_and_is_seen_to_be_slow(tmp_path: Path) -> None:
    body = b"x" * (32 << 20)
    stuck = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        wire.socket.settimeout(0.5)
        sent = 0
        while not stuck.is_set():
            try:
                sent += wire.socket.send(body[sent : sent + (1 << 16)])
            except TimeoutError:
                stuck.set()
        wire.socket.settimeout(LIMIT_S)
        wire.send(body[sent:])

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        client.send(GET)
        client.head()
        assert stuck.wait(LIMIT_S)
        assert client.exactly(len(body)) == body
        (lines,) = proxy.recorded()
    sent = [line for line in lines if line["kind"] == "sent"]
    arrived = {}
    for line in lines:
        if line["kind"] in ("spill", "tail"):
            splits = line.get("splits", [])
            arrived |= {line["read"] - len(splits) + at: t_ns for at, (_, t_ns) in enumerate(splits)}
            arrived[line["read"]] = line["t_ns"]
    assert sent[-1]["read"] == lines[-2]["read"]
    assert any(line["t_ns"] - arrived[line["read"]] > 300_000_000 for line in sent if line["read"] in arrived)
