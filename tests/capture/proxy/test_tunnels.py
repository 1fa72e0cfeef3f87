"""Tunnels that pass unseen, and what else a proxy with them serves."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.capture.proxy.settings import UpstreamAddress
from inspector.net.loopback import LOOPBACK
from tests.capture.proxy.bare import (
    GET,
    POST,
    Server,
    Wire,
    answering,
    fixed,
    proxied,
)
from tests.capture.proxy.tunnelling import connect, intercepting, interception, status
from tests.support import LIMIT_S, wait_until


def test_all_else_passes_unseen(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        assert wire.until(b"?") == b"\x16not TLS?"
        wire.send(b"\x00" * 300_000)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.rest() == b"bye"

    with Server(serve) as other, intercepting("http://127.0.0.1:9", tmp_path) as proxy:
        with proxy.client() as client:
            client.send(connect(other.url.removeprefix("http://")) + b"\x16not")
            assert client.head() == b"HTTP/1.1 200 Connection established\r\n\r\n"
            client.send(b" TLS?")
            assert client.rest() == b"\x00" * 300_000
            client.send(b"bye")
            client.socket.shutdown(socket.SHUT_WR)
        assert proxy.log == []
    assert list(tmp_path.iterdir()) == []
    assert proxy.notes == []


def test_a_tunnel_is_over_when_both_ends_have_said_so(tmp_path: Path) -> None:
    """Although neither has closed its connection."""
    over = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.rest() == b"bye"
        assert over.wait(LIMIT_S)

    def is_alone() -> bool:
        with proxy.client() as another:
            another.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            return status(another.rest()) == 502

    with (
        Server(serve) as other,
        proxied("http://127.0.0.1:9", tmp_path, interception=interception(), most=1) as proxy,
        proxy.client() as client,
    ):
        client.send(connect(other.url.removeprefix("http://")) + b"bye")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b"HTTP/1.1 200 Connection established\r\n\r\n"
        wait_until(is_alone)
        over.set()


def test_a_tunnel_takes_no_more_than_its_other_end_does(tmp_path: Path) -> None:
    body = bytes(32 << 20)
    stuck = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.socket.settimeout(0.5)
        sent = 0
        while sent < len(body) and not stuck.is_set():
            try:
                sent += wire.socket.send(body[sent : sent + (1 << 16)])
            except TimeoutError:
                stuck.set()
        wire.socket.settimeout(LIMIT_S)
        wire.send(body[sent:])

    with Server(serve) as other, intercepting("http://127.0.0.1:9", tmp_path) as proxy, proxy.client() as client:
        client.send(connect(other.url.removeprefix("http://")))
        client.head()
        assert stuck.wait(LIMIT_S)
        assert client.exactly(len(body)) == body


@pytest.mark.parametrize("which", ["client", "other"])
def test_a_tunnel_ends_with_either_of_its_ends(tmp_path: Path, which: str) -> None:
    ended, gone = threading.Event(), threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.exactly(2)
        if which == "other":
            wire.reset()
        else:
            with suppress(ConnectionResetError):
                wire.rest()
        gone.set()

    with Server(serve) as other, intercepting("http://127.0.0.1:9", tmp_path) as proxy, proxy.client() as client:
        client.send(connect(other.url.removeprefix("http://")))
        client.head()
        client.send(b"hi")
        if which == "client":
            client.reset()
        else:
            with suppress(ConnectionResetError):
                assert client.rest() == b""
            ended.set()
        assert gone.wait(LIMIT_S)


def test_an_open_tunnel_does_not_keep_the_proxy(tmp_path: Path) -> None:
    came, gone = threading.Event(), threading.Event()

    def serve(wire: Wire, number: int) -> None:
        came.set()
        with suppress(ConnectionResetError):
            wire.rest()
        gone.set()

    with Server(serve) as other, proxied("http://127.0.0.1:9", tmp_path, interception=interception()) as proxy:
        client = socket.create_connection((LOOPBACK, int(proxy.url.rpartition(":")[2])))
        client.sendall(connect(other.url.removeprefix("http://")))
        assert client.recv(1 << 10).startswith(b"HTTP/1.1 200")
        # A server that is closed takes nobody any more.
        assert came.wait(LIMIT_S)
    assert gone.wait(LIMIT_S)
    client.close()


def test_nobody_at_the_end_of_a_tunnel_is_an_answer(tmp_path: Path) -> None:
    with socket.socket() as bound, intercepting("http://127.0.0.1:9", tmp_path) as proxy, proxy.client() as client:
        bound.bind((LOOPBACK, 0))
        client.send(connect(f"127.0.0.1:{bound.getsockname()[1]}"))
        answer = client.rest()
    assert status(answer) == 502
    assert b"it refused the connection" in answer


def test_requests_to_the_base_url_go_on_as_before(tmp_path: Path) -> None:
    with (
        Server(answering(fixed())) as upstream,
        intercepting(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
        assert proxy.end()["reason"] == "complete"


def test_each_platform_has_a_base_url(tmp_path: Path) -> None:
    with (
        Server(answering(fixed(b"one"))) as one,
        Server(answering(fixed(b"two"))) as two,
        proxied(one.url, tmp_path, platforms={"VERTEX": UpstreamAddress.parse(f"{two.url}/v1")}) as proxy,
    ):
        for base_url, path, answer in [
            (proxy.url, b"/v1/messages", b"one"),
            (proxy.proxy.base_urls["VERTEX"], b"/projects/p", b"two"),
        ]:
            with socket.create_connection((LOOPBACK, int(base_url.rpartition(":")[2]))) as connection:
                client = Wire(connection)
                client.send(POST.replace(b"/v1/messages", path))
                assert client.exactly(len(fixed(b"one"))) == fixed(answer)
        first, second = proxy.recorded(2)
    assert (first[1]["url"], second[1]["url"]) == (f"{one.url}/v1/messages", f"{two.url}/v1/projects/p")
