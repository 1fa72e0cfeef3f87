"""CONNECT: what is decrypted and recorded, what passes unseen, and what is refused."""

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.proxy.certificates import CertificateAuthority
from inspector.capture.proxy.commands import (
    AbortClient,
    Command,
    DecryptClient,
    HalfCloseClient,
    SendToClient,
    TunnelClient,
)
from inspector.capture.proxy.events import ClientConnected, ClientLost, Timer, TimerFired
from inspector.capture.proxy.settings import Interception, UpstreamAddress
from inspector.net.loopback import LOOPBACK
from inspector.net.outgoing import OutgoingProxy
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
from tests.capture.proxy.driver import Driver
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, wait_until

API = "api.anthropic.com"
ASK = POST.replace(b"Host: 127.0.0.1", b"Host: api.anthropic.com")
PASSWORD = "open sesame"
AUTHORITY = CertificateAuthority()


def connect(target: str, password: str | None = PASSWORD) -> bytes:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if password is not None:
        lines.append("Proxy-Authorization: Basic " + b64encode(f"inspector:{password}".encode()).decode())
    return "\r\n".join([*lines, "", ""]).encode()


def interception(**settings: Any) -> Interception:
    return replace(Interception(AUTHORITY, password=PASSWORD), **settings)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# What the machine decides


def decided(sent: bytes, **settings: Any) -> list[Command]:
    driver = Driver(interception=interception(**settings))
    driver.feed(ClientConnected())
    return driver.client(sent)


def refused(commands: list[Command]) -> int:
    answer = next(command for command in commands if isinstance(command, SendToClient))
    assert any(isinstance(command, HalfCloseClient) for command in commands)
    return status(answer.data)


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        ("api.anthropic.com:443", API),
        ("API.Anthropic.COM:443", API),
        ("bedrock-runtime.eu-west-1.amazonaws.com:443", "bedrock-runtime.eu-west-1.amazonaws.com"),
        ("europe-west1-aiplatform.googleapis.com:443", "europe-west1-aiplatform.googleapis.com"),
        ("claude.services.ai.azure.com:443", "claude.services.ai.azure.com"),
        ("gateway.example:8443", "gateway.example:8443"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
    ],
)
def test_hosts_of_the_api_are_decrypted(target: str, authority: str) -> None:
    hosts = frozenset({("gateway.example", 8443), ("2001:db8::1", 443)})
    command = decided(connect(target), hosts=hosts)[-1]
    assert isinstance(command, DecryptClient)
    assert command.authority == authority
    assert command.upstream.url == f"https://{authority}"
    assert command.upstream.target(b"/v1/v1/messages") == b"/v1/v1/messages"


@pytest.mark.parametrize(
    "target",
    [
        "example.org:443", "api.anthropic.com:8443", "api.anthropic.com.example.org:443", "xapi.anthropic.com:443",
        "console.anthropic.com:443", "s3.amazonaws.com:443", "storage.googleapis.com:443", "127.0.0.1:22", "[::1]:443",
    ],
)  # fmt: skip
def test_other_hosts_are_not(target: str) -> None:
    command = decided(connect(target) + b"early")[-1]
    assert isinstance(command, TunnelClient)
    assert f"{command.host}:{command.port}" == target.strip("[").replace("]", "")
    assert command.early == b"early"


def test_somebody_else_can_answer_for_the_api() -> None:
    upstream = UpstreamAddress.parse("http://127.0.0.1:9/base")
    command = decided(connect(f"{API}:443"), instead=upstream)[-1]
    assert isinstance(command, DecryptClient)
    assert (command.upstream, command.host, command.authority) == (upstream, API, API)
    assert isinstance(decided(connect("console.anthropic.com:443"), instead=upstream)[-1], TunnelClient)


@pytest.mark.parametrize("password", [None, "", "open sesam", "open sesame "])
@pytest.mark.parametrize("target", [f"{API}:443", "example.org:443"])
def test_nobody_else_has_the_use_of_it(target: str, password: str | None) -> None:
    assert refused(decided(connect(target, password))) == 407


@pytest.mark.parametrize("value", [b"basic %b", b"BASIC  %b ", b"Basic %b"])
def test_the_scheme_is_written_in_any_case(value: bytes) -> None:
    assert interception().admits(value % b64encode(b"inspector:" + PASSWORD.encode()))
    assert not interception().admits(value % b64encode(b"inspector"))


@pytest.mark.parametrize(
    "target",
    ["example.org", "example.org:", ":443", "example.org:0", "example.org:99999", "a@b:443", "/v1:443", "[::1:443", "ex\xe4mple:443"],
)  # fmt: skip
def test_what_is_no_address_is_a_bad_request(target: str) -> None:
    sent = connect("x:1").replace(b"CONNECT x:1", b"CONNECT " + target.encode("latin-1"))
    assert refused(decided(sent)) == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_tunnel_to_the_proxy_itself_is_a_loop(host: str) -> None:
    assert refused(decided(connect(f"{host}:8080"), ports=frozenset({8080}))) == 508
    assert isinstance(decided(connect(f"{host}:8081"), ports=frozenset({8080}))[-1], TunnelClient)


def test_tls_begins_when_the_tunnel_is_there() -> None:
    assert refused(decided(connect(f"{API}:443") + b"\x16\x03\x01")) == 400


def test_what_comes_after_a_tunnel_is_not_for_the_machine() -> None:
    driver = Driver(interception=interception())
    driver.feed(ClientConnected())
    driver.client(connect("example.org:443"))
    assert not driver.timers
    assert driver.client(GET) == []
    assert driver.feed(ClientLost()) == []


@pytest.mark.parametrize(
    ("host", "code"), [(b"api.anthropic.com", 200), (b"API.anthropic.com:443", 200), (b"127.0.0.1", 421), (b"other.example", 421)]
)  # fmt: skip
def test_requests_are_for_the_host_of_the_tunnel(host: bytes, code: int) -> None:
    driver = Driver(authority=API, upstream=UpstreamAddress.parse(f"https://{API}"))
    driver.client(GET.replace(b"127.0.0.1", host))
    if code == 200:
        assert driver.to_upstream == [
            b"GET /v1/models HTTP/1.1\r\nHost: api.anthropic.com\r\nVia: 1.1 inspector-1\r\n\r\n"
        ]
    else:
        assert status(driver.to_client) == code


@given(st.binary(max_size=60))
def test_any_target_is_decided(target: bytes) -> None:
    sent = connect("x:1").replace(b"CONNECT x:1", b"CONNECT " + target)
    driver = Driver(interception=interception())
    commands = driver.client(sent)
    assert not driver.told
    if not any(isinstance(command, (DecryptClient, TunnelClient, SendToClient)) for command in commands):
        commands += driver.feed(TimerFired(Timer.HEAD))
        assert any(isinstance(command, (SendToClient, AbortClient)) for command in commands)


def test_logins_pass_unrecorded() -> None:
    driver = Driver(upstream=UpstreamAddress.parse(f"https://{API}"))
    driver.client(POST.replace(b"/v1/messages", b"/v1/oauth/token?x=/"))
    driver.upstream(fixed(b'{"access_token":"secret"}'))
    assert driver.to_client.endswith(b'{"access_token":"secret"}')
    assert driver.told == []
    driver.client(POST.replace(b"/v1/messages", b"/v1/messages?x=/oauth/token"))
    driver.upstream(fixed())
    assert [told.content for told in driver.told] == [b"ok"]


# What a client sees


def trusting(*, cafile: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=AUTHORITY.pem.decode() if cafile else None)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@contextmanager
def intercepting(upstream: str, folder: Path, **settings: Any) -> Iterator[Running]:
    with proxied(
        upstream, folder, interception=interception(instead=UpstreamAddress.parse(upstream), **settings)
    ) as it:
        yield it


@contextmanager
def secure(proxy: Running, host: str = API, *, trust: ssl.SSLContext | None = None, names: str = "") -> Iterator[Wire]:
    """A client that speaks TLS through a tunnel."""
    with proxy.client() as client:
        client.send(connect(f"{host}:443"))
        assert client.head() == b"HTTP/1.1 200 Connection established\r\n\r\n"
        with (trust or trusting()).wrap_socket(client.socket, server_hostname=names or host) as secured:
            yield Wire(secured)


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
    gone = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        with suppress(ConnectionResetError):
            wire.rest()
        gone.set()

    with Server(serve) as other, proxied("http://127.0.0.1:9", tmp_path, interception=interception()) as proxy:
        client = socket.create_connection((LOOPBACK, int(proxy.url.rpartition(":")[2])))
        client.sendall(connect(other.url.removeprefix("http://")))
        assert client.recv(1 << 10).startswith(b"HTTP/1.1 200")
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
