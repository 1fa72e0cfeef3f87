"""Upstreams that are reached through somebody else's proxy."""

import ssl
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.net.loopback import LOOPBACK
from inspector.net.outgoing import OutgoingProxy
from tests.capture.proxy.bare import (
    EVENTS,
    POST,
    Server,
    Wire,
    answering,
    fixed,
    proxied,
    streamed,
)
from tests.capture.proxy.tunnelling import API, ASK, AUTHORITY, connect, interception, secure, status

# Upstreams that are reached through somebody else's proxy


def far(answer: bytes, asked: list[bytes], upstream: bytes = b"") -> Server:
    """A proxy that answers CONNECT so, and, where it makes a tunnel, is the upstream as well."""

    def serve(wire: Wire, number: int) -> None:
        asked.append(wire.head())
        wire.send(answer)
        if upstream:
            answering(upstream)(wire, number)

    return Server(serve)


def route(server: Server) -> OutgoingProxy:
    return OutgoingProxy("HTTPS_PROXY", LOOPBACK, int(server.url.rpartition(":")[2]), False, "user:secret")


def test_an_upstream_behind_a_proxy_is_reached(tmp_path: Path) -> None:
    asked: list[bytes] = []
    with (
        far(b"HTTP/1.1 200 OK\r\n\r\n", asked, fixed()) as other,
        proxied("http://far.example/base", tmp_path, route=lambda scheme, host: route(other)) as proxy,
        proxy.client() as client,
    ):
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
        (lines,) = proxy.recorded()
    assert lines[1]["url"] == "http://far.example/base/v1/messages"
    assert asked[0].startswith(b"CONNECT far.example:80 HTTP/1.1\r\n")
    assert b64encode(b"user:secret") in asked[0]
    assert "secret" not in "".join([*proxy.log, *proxy.notes, str(lines)])


def test_a_proxy_on_the_way_that_refuses_is_named(tmp_path: Path) -> None:
    with (
        far(b"HTTP/1.1 407 No\r\n\r\n", []) as other,
        proxied("http://far.example", tmp_path, route=lambda scheme, host: route(other)) as proxy,
        proxy.client() as client,
    ):
        client.send(POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = client.rest()
        assert proxy.end()["error"]["type"] == "TunnelError"
    assert status(answer) == 502
    assert b"of HTTPS_PROXY answers 407" in answer
    assert b"secret" not in answer


def test_what_passes_unseen_goes_the_same_way(tmp_path: Path) -> None:
    asked: list[bytes] = []
    with (
        far(b"HTTP/1.1 200 OK\r\n\r\n", asked, fixed()) as other,
        proxied("http://far.example", tmp_path, interception=interception(), route=lambda *host: route(other)) as proxy,
        proxy.client() as client,
    ):
        client.send(connect("else.example:443"))
        assert client.head() == b"HTTP/1.1 200 Connection established\r\n\r\n"
        client.send(POST)
        assert client.exactly(len(fixed())) == fixed()
    assert asked[0].startswith(b"CONNECT else.example:443 HTTP/1.1\r\n")


@pytest.fixture
def trusted(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upstreams may have certificates of this authority."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    path.write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("expected", [API, "other.example"])
def test_decrypted_and_encrypted_again(tmp_path: Path, expected: str) -> None:
    """All the way: TLS with the client, TLS with the API's own host, which a proxy on the way leads to."""
    asked: list[bytes] = []

    def serve(wire: Wire, number: int) -> None:
        asked.append(wire.head())
        wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
        context = AUTHORITY.context(expected)
        context.sni_callback = None
        with suppress(ssl.SSLError), context.wrap_socket(wire.socket, server_side=True) as secured:
            upstream = Wire(secured)
            for _ in range(2):
                asked.append(upstream.request())
                upstream.send(streamed(*EVENTS))
            assert upstream.rest() == b""

    with (
        Server(serve) as other,
        proxied("http://127.0.0.1:9", tmp_path, interception=interception(), route=lambda *host: route(other)) as proxy,
        secure(proxy) as client,
    ):
        client.send(ASK)
        if expected == API:
            assert client.until(b"0\r\n\r\n") == streamed(*EVENTS)
            client.send(ASK)
            assert client.until(b"0\r\n\r\n") == streamed(*EVENTS)
            lines = proxy.recorded(2)[0]
            assert lines[1]["url"] == f"https://{API}/v1/messages"
            assert asked[0].startswith(b"CONNECT api.anthropic.com:443 ")
            assert asked[1] == asked[2] == ASK.replace(b"\r\n\r\n", b"\r\nVia: 1.1 inspector-1\r\n\r\n")
        else:
            assert status(client.head()) == 502
            assert proxy.end()["error"]["type"] == "SSLCertVerificationError"
