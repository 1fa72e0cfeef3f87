"""What goes wrong: with the upstream, with the client, with the disk."""

import os
import resource
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from anthropic import Anthropic, InternalServerError

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
    kinds,
    proxied,
    streamed,
)
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, free_port, wait_until


def answer_of(wire: Wire) -> tuple[int, dict[str, Any]]:
    """The status and the body of a whole answer with a Content-Length."""
    text = wire.request()
    head, _, body = text.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)


@contextmanager
def closed_port() -> Iterator[str]:
    """The address of a port that nobody listens on while the context lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


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
    with (
        Server(answering(b"HTTP/1.1 200 OK\r\nA:")) as upstream,
        proxied(upstream.url, tmp_path, response_s=0.1) as proxy,
    ):
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
    assert kinds(lines) == ["recording", "request", "response", "event", "sent", "tail", "end"]
    assert lines[-2]["raw"] == "event: mess"
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


def test_a_full_disk_stops_the_recording_and_not_the_stream(tmp_path: Path) -> None:
    more = threading.Event()
    big = b"data: " + b"x" * 100_000 + b"\n\n"

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD + chunk(EVENTS[0]))
        assert more.wait(LIMIT_S)
        wire.send(chunk(big) * 2 + b"0\r\n\r\n")
        wire.request()
        wire.send(streamed(big))
        wire.request()
        wire.send(fixed())

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Server(serve) as upstream, proxied(upstream.url, tmp_path) as proxy, proxy.client() as client:
        client.send(POST)
        client.until(EVENTS[0] + b"\r\n")
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
        try:
            more.set()
            assert client.until(b"\r\n0\r\n\r\n") == chunk(big) * 2 + b"0\r\n\r\n"
            client.send(POST)
            assert client.until(b"\r\n0\r\n\r\n") == streamed(big)
            for _ in range(2):
                assert proxy.logged.acquire(timeout=LIMIT_S)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
        assert proxy.logged.acquire(timeout=LIMIT_S)
    first, second, third = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert orjson.loads(first.splitlines()[3])["event"] == "ping"
    assert not first.endswith(b"\n")
    assert not second.endswith(b"\n")
    assert orjson.loads(third.splitlines()[-1])["reason"] == "complete"
    once, summary = proxy.notes
    assert "file too large: not everything is recorded, the streams go on" in once
    assert summary.startswith("2 of 3 exchanges are not in ")


def test_a_full_disk_costs_no_descriptors_and_leaves_no_file(tmp_path: Path) -> None:
    count = 30
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (
        Server(answering(*[fixed()] * count)) as upstream,
        proxied(upstream.url, tmp_path) as proxy,
        proxy.client() as client,
    ):
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            descriptors = set()
            for _ in range(count):
                client.send(POST)
                assert client.exactly(len(fixed())) == fixed()
                assert proxy.logged.acquire(timeout=20)
                descriptors.add(len(os.listdir("/proc/self/fd")))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert max(descriptors) - min(descriptors) < count // 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_no_reason_to_stop(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    with (
        Server(answering(fixed(), fixed())) as upstream,
        proxied(upstream.url, folder) as proxy,
        proxy.client() as client,
    ):
        for _ in range(2):
            client.send(POST)
            assert client.exactly(len(fixed())) == fixed()
    once, summary = proxy.notes
    assert "file exists: not everything is recorded" in once
    assert summary.startswith("2 of 2 exchanges are not in ")


def test_a_folder_that_vanishes_is_said_once_and_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    with (
        Server(answering(fixed(), fixed(), fixed())) as upstream,
        proxied(upstream.url, folder) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        client.exactly(len(fixed()))
        proxy.recorded()
        shutil.rmtree(folder)
        for _ in range(2):
            client.send(POST[:-1])
            wait_for_a_file(folder)
            shutil.rmtree(folder)
            client.send(POST[-1:])
            assert client.exactly(len(fixed())) == fixed()
            assert proxy.logged.acquire(timeout=LIMIT_S)
    once, summary = proxy.notes
    assert "recordings have vanished from it" in once
    assert summary.startswith("2 of 3 exchanges are not in ")


def wait_for_a_file(folder: Path) -> None:
    wait_until(lambda: folder.is_dir() and any(folder.iterdir()))


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
