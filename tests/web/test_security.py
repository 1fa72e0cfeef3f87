"""What the chat refuses, and what it bounds."""

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from inspector.web.server import Connection
from tests.capture.raw_server import Do, chunk, head, reply
from tests.support import LIMIT_S, sse
from tests.web.support import KEY, chat, text_events, until

HELLO = text_events("Hello")


def address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"origin": "{url}"}, 200),
        ({"origin": "http://localhost:3000"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_only_the_pages_of_this_server_may_ask(
    headers: dict[str, str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        sent = {name: value.format(url=it.url) for name, value in headers.items()}
        for path in ("/", "/chat?message=hi"):
            response = httpx2.get(it.url + path, headers=sent, timeout=LIMIT_S)
            assert response.status_code == status
            assert "default-src 'none'" in response.headers["content-security-policy"]
        assert len(it.upstream.requests) == (status == 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"},
        {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    ],
)
def test_an_address_that_is_opened_asks_nothing(
    headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        assert httpx2.get(f"{it.url}/chat?message=hi", headers=headers, timeout=LIMIT_S).status_code == 403
        assert httpx2.get(it.url, headers=headers, timeout=LIMIT_S).status_code == 200
        assert not it.upstream.requests


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_message_of_a_megabyte_is_refused(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    megabyte = "x" * (1 << 20)
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        if method == "GET":
            # httpx2 makes no URL of that length.
            with socket.create_connection(address(it.url)) as client:
                client.sendall(f"GET /chat?message={megabyte} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
                status = int(client.recv(100).split()[1])
        else:
            response = httpx2.post(f"{it.url}/chat", json={"message": megabyte}, timeout=LIMIT_S)
            status = response.status_code
            assert response.json()["error"] == {"type": "request_too_large", "message": "a message may have 256 KB"}
        assert status == 413
        assert not it.upstream.requests


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"message":"hi"}', "text/plain", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"message":7}', "application/json", 400),
        (b'{"message":" "}', "application/json", 400),
    ],
)
def test_what_is_no_message_is_refused(
    content: bytes, kind: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        response = httpx2.post(f"{it.url}/chat", content=content, headers={"content-type": kind}, timeout=LIMIT_S)
        assert response.status_code == status
        assert response.json()["error"]["message"]
        assert not it.upstream.requests


def test_the_key_never_reaches_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = f"your key {KEY} is not good"
    error = sse({"type": "error", "error": {"type": "authentication_error", "message": quoted}})
    refused = b'{"type":"error","error":{"type":"authentication_error","message":"%b"}}' % quoted.encode()
    scripts = reply(*HELLO[:3], error), reply(refused, status=401, content_type="application/json")
    with chat(monkeypatch, tmp_path, *scripts) as it:
        bodies = [httpx2.get(f"{it.url}/chat?message=hi&upstream=1", timeout=LIMIT_S).text for _ in scripts]
        pages = [httpx2.get(it.url + path, timeout=LIMIT_S).text for path in ("/", "/about", "/static/chat.js")]
        assert KEY.encode() in it.upstream.requests[0]
    assert all("your key [redacted] is not good" in body for body in bodies)
    assert not any(KEY in text for text in [*bodies, *pages])


def test_the_page_has_no_inline_script_or_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it:
        response = httpx2.get(it.url, timeout=LIMIT_S)
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert response.text.count("<script") == response.text.count('<script type="module" src=') == 1


def test_nothing_outside_the_static_folder_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO)) as it, socket.create_connection(address(it.url)) as client:
        client.sendall(b"GET /static/../app.py HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert client.recv(100).split()[1] == b"404"


def test_one_request_too_many_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = [head(), chunk(HELLO[0]), Do.HOLD]
    with chat(monkeypatch, tmp_path, script, most_requests=1) as it:
        with httpx2.stream("GET", f"{it.url}/chat?message=hi&upstream=1", timeout=LIMIT_S) as response:
            # Kept: the response is closed with its iterator.
            sent = until(response, "upstream")
            next(sent)
            refused = httpx2.get(f"{it.url}/chat?message=hi", timeout=LIMIT_S)
        assert refused.status_code == 503
        assert "already" in refused.json()["error"]["message"]
        assert it.upstream.client_left.wait(LIMIT_S)


class Few(Connection):
    most = 2


def test_a_thousand_open_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with chat(monkeypatch, tmp_path, reply(*HELLO), connection=Few) as it:
        idle = [socket.create_connection(address(it.url)) for _ in range(Few.most)]
        refused = httpx2.get(f"{it.url}/about", timeout=LIMIT_S)
        for client in idle:
            client.close()
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert "already" in refused.json()["error"]["message"]


class Impatient(Connection):
    longest_silence_s = 0.05
    longest_unread_s = 0.05


def test_a_connection_that_asks_for_nothing_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        chat(monkeypatch, tmp_path, reply(*HELLO), connection=Impatient) as it,
        socket.create_connection(address(it.url), timeout=LIMIT_S) as client,
    ):
        client.sendall(b"GET / HTT")
        assert client.recv(1) == b""


def test_a_client_that_never_reads_is_cut_off_and_its_upstream_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads its own upstream no faster than the client reads it, and not for ever."""
    flood = [chunk(sse({"type": "ping", "filling": "x" * 60_000})) for _ in range(500)]
    with chat(monkeypatch, tmp_path, [head(), *flood, Do.HOLD], connection=Impatient) as it:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(address(it.url))
            client.sendall(b"GET /chat?message=hi&upstream=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert it.upstream.client_left.wait(LIMIT_S)
        [recorded] = it.recordings()
    assert len(recorded.body()) < 60_000 * len(flood) / 2
    assert threading.active_count() < 50
