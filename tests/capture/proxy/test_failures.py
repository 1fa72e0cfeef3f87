"""What upstreams and clients do wrong."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, InternalServerError

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
    kinds,
    proxied,
)
from tests.capture.proxy.failing import answer_of, closed_port
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S


def failed(proxy: Running) -> tuple[int, str, dict[str, Any]]:
    """Status and message that a client gets, and the recording's end."""
    with proxy.client() as client:
        client.send(POST)
        status, body = answer_of(client)
        assert body["type"] == "error"
        message = body["error"]["message"]
        assert message.startswith("inspector proxy: ")
        end = proxy.end()
        # The connection to the proxy is as good as before.
        client.send(POST)
        assert answer_of(client)[0] == status
        proxy.recorded()
    return status, message, end


def test_refused(tmp_path: Path) -> None:
    with closed_port() as url, proxied(url, tmp_path) as proxy:
        status, message, end = failed(proxy)
    assert (status, end["reason"], end["error"]["type"]) == (502, "error", "ConnectionRefusedError")
    assert message == f"inspector proxy: {url}: it refused the connection: is it running?"


def test_refused_at_each_of_several_addresses(tmp_path: Path) -> None:
    with closed_port() as url, proxied(url.replace("127.0.0.1", "localhost"), tmp_path) as proxy:
        _, _, end = failed(proxy)
    assert end["error"]["type"] == "ConnectionRefusedError"


def test_unknown_host(tmp_path: Path) -> None:
    with proxied("http://nowhere.invalid", tmp_path) as proxy:
        status, message, end = failed(proxy)
    assert (status, end["reason"], end["error"]["type"]) == (502, "error", "gaierror")
    assert "cannot be resolved" in message


@pytest.mark.parametrize("with_reset", [False, True])
@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
def test_no_response(tmp_path: Path, sent: bytes, with_reset: bool) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(sent)
        if with_reset:
            wire.reset()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        if b"103" in sent and not with_reset:
            assert client.head() == sent
        if b"103" not in sent:
            assert answer_of(client)[0] == 502
        end = proxy.end()
    assert end["reason"] == "reset"
    assert end["error"]["type"] == ("ConnectionResetError" if with_reset else "IncompleteRead")


@pytest.mark.parametrize(
    "sent",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"],
)  # fmt: skip
def test_an_upstream_that_sends_something_else(tmp_path: Path, sent: bytes) -> None:
    with Server(answering(sent)) as upstream, proxied(upstream.url, tmp_path) as proxy:
        status, message, end = failed(proxy)
    assert (status, end["reason"], end["error"]["type"]) == (502, "error", "ProtocolError")
    assert "did not send an HTTP/1.1 response" in message


def test_a_head_without_end(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        with pytest.raises(ConnectionError):
            wire.send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10_000_000)

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy:
        status, message, _ = failed(proxy)
    assert status == 502
    assert "does not end within 128 KB" in message


def test_an_upstream_that_says_nothing(tmp_path: Path) -> None:
    def serve(wire: Wire, number: int) -> None:
        # On a busy machine its time may be over before the request is there.
        with suppress(EOFError, OSError):
            wire.request()
            wire.send(b"HTTP/1.1 200 OK\r\nA:")
            wire.rest()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path, response_s=0.1) as proxy:
        status, _, end = failed(proxy)
    assert (status, end["reason"], end["error"]["type"]) == (504, "timeout", "ResponseTimeout")


def test_an_upstream_that_does_not_accept(tmp_path: Path) -> None:
    with socket.socket() as full, proxied("http://127.0.0.1:1", tmp_path) as _:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(address)
            with proxied(f"http://127.0.0.1:{address[1]}", tmp_path / "s", connect_s=0.2) as proxy:
                status, _, end = failed(proxy)
    assert (status, end["reason"], end["error"]["type"]) == (504, "timeout", "ConnectTimeout")


def test_no_tls(tmp_path: Path) -> None:
    with Server(answering(fixed())) as upstream:
        upstream._serve = lambda wire, number: wire.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with proxied(upstream.url.replace("http:", "https:"), tmp_path) as proxy:
            status, message, end = failed(proxy)
    assert (status, end["reason"]) == (502, "error")
    assert "TLS" in message


@pytest.mark.parametrize("with_reset", [False, True])
def test_a_cut_response_is_the_same_failure_as_without_the_proxy(tmp_path: Path, with_reset: bool) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + chunk(EVENTS[0]) + b"99\r\nevent: mess")
        # Else a reset may overtake what is on its way.
        assert seen.acquire(timeout=LIMIT_S)
        if with_reset:
            wire.reset()

    def failure_at(url: str) -> tuple[type[BaseException], str, bytes]:
        body = b""
        try:
            with httpx2.stream("POST", url, content=b"{}") as response:
                for data in response.iter_raw():
                    body += data
                    if body.endswith(b"mess"):
                        seen.release()
        except httpx2.HTTPError as error:
            return type(error), str(error), body
        raise AssertionError("the response was whole")

    seen = threading.Semaphore(0)
    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy:
        assert failure_at(upstream.url) == failure_at(proxy.url)
        (lines,) = proxy.recorded()
    # The unfinished frame is spilled where it is 45 ms before the connection ends.
    spills = [line for line in lines if line["kind"] == "spill"]
    whole = ["recording", "request", "response", "event", "sent", "tail", "end"]
    assert [kind for kind in kinds(lines) if kind != "spill"] == whole
    assert "".join(line["raw"] for line in [*spills, lines[-2]]) == "event: mess"
    assert lines[-1]["reason"] == "reset"
    assert lines[-1]["error"]["type"] == ("ConnectionResetError" if with_reset else "IncompleteRead")


def test_a_reset_does_not_overtake_what_a_slow_client_has_not_read(tmp_path: Path) -> None:
    # More than the client's system takes unread, less than that and the proxy's together.
    body = b"x" * (512 << 10)
    was_reset = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + body)
        wire.reset_once_sent()
        was_reset.set()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(GET)
        client.head()
        assert was_reset.wait(LIMIT_S)
        assert client.exactly(len(body)) == body
        with pytest.raises(ConnectionResetError):
            client.rest()
        assert proxy.end()["error"]["type"] == "ConnectionResetError"


def test_malformed_chunks_reach_the_client_as_they_are(tmp_path: Path) -> None:
    whole = STREAM_HEAD + chunk(EVENTS[0]) + b"nonsense\r\n"
    with Server(answering(whole)) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        assert client.rest() == whole
        (lines,) = proxy.recorded()
    assert [line["event"] for line in lines if line["kind"] == "event"] == ["ping"]
    assert (lines[-1]["reason"], lines[-1]["error"]["type"]) == ("error", "ProtocolError")


@pytest.mark.parametrize("answered", [False, True])
def test_a_client_that_leaves_takes_the_upstream_along(tmp_path: Path, answered: bool) -> None:
    asked, left = threading.Event(), threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        asked.set()
        if answered:
            wire.send(STREAM_HEAD + chunk(EVENTS[0]))
        with pytest.raises((EOFError, ConnectionResetError)):
            wire.until(b"never")
        left.set()

    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy:
        with proxy.client() as client:
            client.send(POST)
            if answered:
                client.until(EVENTS[0] + b"\r\n")
            assert asked.wait(LIMIT_S)
        assert left.wait(LIMIT_S)
        (lines,) = proxy.recorded()
    assert kinds(lines) == ["recording", "request", *(["response", "event", "sent"] if answered else []), "end"]
    assert lines[-1]["reason"] == "cancelled"


def test_a_client_that_leaves_in_the_middle_of_an_upload_that_nobody_takes(tmp_path: Path) -> None:
    """Neither side reads any more: the proxy must notice all the same."""
    left = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.head()
        proxy_gave_up.wait(LIMIT_S)
        left.set()

    proxy_gave_up = threading.Event()
    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy:
        with proxy.client() as client:
            client.send(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\n")
            client.socket.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.send(b"x" * (64 << 20))
            client.reset()
        assert proxy.end()["reason"] == "cancelled"
        proxy_gave_up.set()


def test_the_sdk_sees_an_error_that_names_the_proxy(tmp_path: Path) -> None:
    with closed_port() as url, proxied(url, tmp_path) as proxy:
        with (
            Anthropic(api_key="k", base_url=proxy.url, max_retries=1) as client,
            pytest.raises(InternalServerError) as caught,
        ):
            client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}])
        recordings = proxy.recorded(2)
    assert "inspector proxy" in caught.value.message
    assert [lines[0]["source"]["attempt"] for lines in recordings] == [1, 2]
