"""What the machine decides of tunnels."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.proxy.commands import (
    AbortClient,
    Command,
    DecryptClient,
    HalfCloseClient,
    SendToClient,
    TunnelClient,
)
from inspector.capture.proxy.events import ClientConnected, ClientLost, Timer, TimerFired
from inspector.capture.proxy.settings import UpstreamAddress
from tests.capture.proxy.bare import (
    GET,
    POST,
    fixed,
)
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.tunnelling import API, PASSWORD, connect, interception, status

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
