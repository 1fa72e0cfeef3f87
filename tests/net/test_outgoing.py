"""The environment's proxy, and connections through one."""

import asyncio
from base64 import b64encode

import pytest

from inspector.net.outgoing import OutgoingProxy, TunnelError, connect, environment_proxy, usable_proxy
from tests.capture.proxy.bare import Server, Wire

_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("environment", "scheme", "host", "expected"),
    [
        ({}, "https", "a.example", None),
        ({"HTTPS_PROXY": "http://p.example:3128"}, "https", "a.example", ("HTTPS_PROXY", "p.example", 3128, False, "")),
        ({"https_proxy": "p.example"}, "https", "a.example", ("HTTPS_PROXY", "p.example", 80, False, "")),
        ({"HTTPS_PROXY": "http://p.example"}, "http", "a.example", None),
        ({"HTTP_PROXY": "http://p.example"}, "http", "a.example", ("HTTP_PROXY", "p.example", 80, False, "")),
        ({"ALL_PROXY": "https://u:p%40@[::1]"}, "http", "a.example", ("ALL_PROXY", "::1", 443, True, "u:p@")),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "x,.example"}, "https", "a.example", None),
        ({"HTTPS_PROXY": "http://p.example", "NO_PROXY": "*"}, "https", "a.example", None),
        ({"HTTPS_PROXY": "http://p.example"}, "https", "127.0.0.1", None),
        ({"HTTPS_PROXY": "http://p.example"}, "https", "::1", None),
        ({"HTTPS_PROXY": "http://p.example"}, "https", "localhost", None),
    ],
)
def test_the_environment_says_which(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], scheme: str, host: str, expected: object
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    proxy = environment_proxy(scheme, host)
    found = proxy and (proxy.variable, proxy.host, proxy.port, proxy.tls, proxy.credentials)
    assert found == expected
    assert usable_proxy(scheme, host) == proxy


@pytest.mark.parametrize("url", ["socks5://u:secret@p.example:1080", "http://", "http://p:99999", "http://[::1"])
def test_a_proxy_of_another_kind_is_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(ValueError) as raised:
        environment_proxy("https", "a.example")
    assert "secret" not in str(raised.value)
    assert usable_proxy("https", "a.example") is None


class Listener(asyncio.Protocol):
    """Keeps what comes, and says `hi`."""

    def __init__(self) -> None:
        self.came = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hi")

    def data_received(self, data: bytes) -> None:
        self.came += data

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set_result(error)


def through(server: Server, credentials: str = "", host: str = "a.example") -> bytes:
    async def run() -> bytes:
        port = int(server.url.rpartition(":")[2])
        proxy = OutgoingProxy("HTTPS_PROXY", "127.0.0.1", port, False, credentials)
        listener = await connect(Listener, host, 443, None, proxy)
        await listener.ended
        return listener.came

    return asyncio.run(run())


@pytest.mark.parametrize("credentials", ["", "user:pass word"])
@pytest.mark.parametrize(
    "pieces", [[b"HTTP/1.1 200 OK\r\n\r\nearly"], [b"HTTP/1.0 2", b"00 Fine\r\nX: y\r\n", b"\r\nearly"]]
)
def test_through_a_proxy(credentials: str, pieces: list[bytes]) -> None:
    asked: list[bytes] = []

    def serve(wire: Wire, number: int) -> None:
        asked.append(wire.head())
        for piece in pieces:
            wire.send(piece)
        assert wire.exactly(2) == b"hi"
        wire.send(b" and late")

    with Server(serve) as server:
        assert through(server, credentials) == b"early and late"
    head = b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n"
    if credentials:
        head += b"Proxy-Authorization: Basic " + b64encode(credentials.encode()) + b"\r\n"
    assert asked == [head + b"\r\n"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answers 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "answers 502"),
        (b"SSH-2.0-x\r\n\r\n", "something else than HTTP"),
        (b"HTTP/1.1 200", "without an answer"),
        (b"", "without an answer"),
        (b"x" * (1 << 17), "something else than HTTP"),
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_named(answer: bytes, told: str) -> None:
    def serve(wire: Wire, number: int) -> None:
        wire.head()
        wire.send(answer)

    with Server(serve) as server, pytest.raises(TunnelError) as raised:
        through(server, "user:secret")
    assert told in str(raised.value)
    assert f"the proxy 127.0.0.1:{server.url.rpartition(':')[2]} of HTTPS_PROXY" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_proxy_that_is_down_is_named() -> None:
    server = Server(lambda wire, number: None)
    with server:
        pass
    with pytest.raises(TunnelError, match="cannot be reached"):
        through(server)


def test_an_ipv6_address_is_asked_for_in_brackets() -> None:
    assert (
        OutgoingProxy("X", "p", 1, False)
        .asking("::1", 443)
        .startswith(b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n")
    )
