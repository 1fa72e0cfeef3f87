"""Tunnels to the API: what a client sees, and what is recorded."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.net.loopback import LOOPBACK
from tests.capture.proxy.bare import (
    EVENTS,
    GET,
    STREAM_HEAD,
    Server,
    Wire,
    answering,
    fixed,
    kinds,
    streamed,
)
from tests.capture.proxy.tunnelling import API, ASK, connect, intercepting, secure, status, trusting
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, wait_until


def test_what_goes_to_the_api_is_recorded(tmp_path: Path) -> None:
    with Server(answering(streamed(*EVENTS), fixed())) as upstream, intercepting(upstream.url, tmp_path) as proxy:
        with secure(proxy) as client:
            assert isinstance(client.socket, ssl.SSLSocket)
            assert client.socket.selected_alpn_protocol() == "http/1.1"
            client.send(ASK)
            assert client.until(b"0\r\n\r\n") == streamed(*EVENTS)
            client.send(ASK)
            assert client.exactly(len(fixed())) == fixed()
        first, second = proxy.recorded(2)
    assert kinds(first) == ["recording", "request", "response", "event", "event", "sent", "end"]
    assert first[1]["url"] == f"{upstream.url}/v1/messages"
    assert second[-1]["reason"] == "complete"
    assert not any("roxy-" in name for lines in (first, second) for name, _ in lines[1]["headers"])
    assert proxy.notes == []


def test_a_client_may_send_all_it_has_with_the_end_of_the_handshake(tmp_path: Path) -> None:
    with (
        Server(answering(fixed())) as upstream,
        intercepting(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        client.send(connect(f"{API}:443"))
        client.head()
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting().wrap_bio(came, goes, server_hostname=API)
        with suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        client.send(goes.read())
        while True:
            came.write(client.socket.recv(1 << 16))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
        tls.write(ASK)
        client.send(goes.read())
        answer = b""
        while len(answer) < len(fixed()):
            try:
                answer += tls.read(1 << 16)
            except ssl.SSLWantReadError:
                came.write(client.socket.recv(1 << 16))
        assert answer == fixed()
        assert proxy.end()["reason"] == "complete"


def test_a_large_answer_comes_whole(tmp_path: Path) -> None:
    body = bytes(1 << 23)
    with Server(answering(fixed(body))) as upstream, intercepting(upstream.url, tmp_path) as proxy:
        with secure(proxy) as client:
            client.send(ASK)
            assert client.exactly(len(fixed(body))) == fixed(body)
        assert proxy.end()["reason"] == "complete"


def test_a_client_that_leaves_is_recorded(tmp_path: Path) -> None:
    left = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + chunk(EVENTS[0]))
        with suppress(ConnectionResetError):
            assert wire.rest() == b""
        left.set()

    with Server(serve) as upstream, intercepting(upstream.url, tmp_path) as proxy:
        with secure(proxy) as client:
            client.send(ASK)
            client.until(EVENTS[0])
        assert left.wait(LIMIT_S)
        assert proxy.end()["reason"] == "cancelled"


def test_an_upstream_that_is_cut_is_cut_for_the_client_too(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + chunk(EVENTS[0]))
        wire.reset_once_sent()

    with Server(serve) as upstream, intercepting(upstream.url, tmp_path) as proxy:
        with secure(proxy) as client:
            client.send(ASK)
            with pytest.raises((ConnectionResetError, ssl.SSLEOFError, EOFError)):
                client.until(b"\r\n0\r\n\r\n")
        assert proxy.end()["reason"] == "reset"


def test_an_upstream_that_is_down_is_an_answer(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind((LOOPBACK, 0))
        with intercepting(f"http://127.0.0.1:{bound.getsockname()[1]}", tmp_path) as proxy, secure(proxy) as client:
            client.send(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert b"it refused the connection" in client.rest()


def test_a_client_that_does_not_trust_us_is_one_note(tmp_path: Path) -> None:
    with intercepting("http://127.0.0.1:9", tmp_path) as proxy:
        for _ in range(2):
            with pytest.raises(ssl.SSLError), secure(proxy, trust=trusting(cafile=False)):
                pass
        wait_until(lambda: proxy.notes)
    (note,) = proxy.notes
    assert note.startswith(f"a client does not trust the certificate for {API}: it may pin another one")


def test_another_host_at_the_end_of_the_tunnel_is_refused(tmp_path: Path) -> None:
    with intercepting("http://127.0.0.1:9", tmp_path) as proxy:
        with pytest.raises(ssl.SSLError), secure(proxy, names="console.anthropic.com"):
            pass
        wait_until(lambda: proxy.notes)
    assert proxy.notes == [f"a client asks for a tunnel to {API}, and for another host at its end: it gets none"]


@pytest.mark.parametrize("sent", [b"SSH-2.0-x\r\n", GET, b""])
def test_no_tls_in_the_tunnel_is_one_note(tmp_path: Path, sent: bytes) -> None:
    with intercepting("http://127.0.0.1:9", tmp_path) as proxy:
        with proxy.client() as client:
            client.send(connect(f"{API}:443"))
            client.head()
            client.send(sent)
            client.socket.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                client.rest()
        wait_until(lambda: proxy.notes)
        with proxy.client() as client:
            client.send(GET.replace(b"HTTP/1.1", b"HTTP/3"))
            assert status(client.rest()) == 400
    (note,) = proxy.notes
    assert note.startswith(f"a client asks for a tunnel to {API}, and ")


def test_http_2_is_told_what_is_spoken(tmp_path: Path) -> None:
    with intercepting("http://127.0.0.1:9", tmp_path) as proxy, secure(proxy) as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert status(client.head()) == 400
