import socket

import pytest

from inspector.net.loopback import HOSTS_IN_WORDS, is_ours, origin_of, url_of, why_refused


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LocalHost", "[::1]", "127.0.0.1:80", "localhost:65535", "[::1]:1", "localhost:"]
)
def test_the_loopbacks_names_are_ours(host: str) -> None:
    assert is_ours(host)


@pytest.mark.parametrize(
    "host",
    [
        "", ":80", "evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "127.0.0.2",
        "localhost:x", "localhost:1:2", "::1", "[::1", "[::1]x", "[localhost]", "localhost\n", "localhost ", "0.0.0.0",
    ],
)  # fmt: skip
def test_no_other_name_is(host: str) -> None:
    assert not is_ours(host)


@pytest.mark.parametrize(
    ("host", "address", "ours"),
    [
        ("192.0.2.7:1", "192.0.2.7", True), ("192.0.2.8", "192.0.2.7", False), ("localhost", "192.0.2.7", True),
        ("[2001:DB8::1]:1", "2001:db8::1", True), ("[2001:db8::2]", "2001:db8::1", False),
        ("192.0.2.8", "0.0.0.0", True), ("[2001:db8::2]:1", "::", True), ("evil.example", "0.0.0.0", False),
        (socket.gethostname(), "0.0.0.0", True), (socket.gethostname(), "192.0.2.7", False),
    ],
)  # fmt: skip
def test_a_server_on_another_address_has_that_name_too(host: str, address: str, ours: bool) -> None:
    assert is_ours(host, address) is ours


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, True), ({"host": ["localhost:1"]}, True), ({"host": ["localhost", "evil.example"]}, False),
        ({"host": ["localhost:1"], "origin": ["http://localhost:1"]}, True),
        ({"host": ["localhost:1"], "origin": ["https://LOCALHOST:1"]}, True),
        ({"host": ["localhost:1"], "origin": ["http://localhost:2"]}, False),
        ({"host": ["localhost:1"], "origin": ["http://localhost:1", "null"]}, False),
        ({"host": ["localhost:1"], "origin": ["http://["]}, False),
        ({"origin": ["http://app.example"]}, True), ({"origin": ["http://APP.example"]}, True),
        ({"origin": ["http://app.example:81"]}, False), ({"origin": ["https://app.example"]}, False),
        ({"sec-fetch-site": ["same-origin"]}, True), ({"sec-fetch-site": ["none"]}, True),
        ({"sec-fetch-site": ["cross-site"]}, False), ({"sec-fetch-site": ["none", "same-site"]}, False),
        ({"sec-fetch-site": ["cross-site"], "origin": ["http://app.example"]}, True),
    ],
)  # fmt: skip
def test_what_pages_of_other_sites_ask_is_refused(fields: dict[str, list[str]], taken: bool) -> None:
    refused = why_refused(lambda name: fields.get(name, []), origins={"http://app.example"})
    assert (refused is None) == taken


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:3000", "http://localhost:3000"), ("HTTPS://App.Example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"), ("http://[::1]:80", "http://[::1]"),
    ],
)  # fmt: skip
def test_an_origin_is_as_browsers_write_it(text: str, origin: str) -> None:
    assert origin_of(text) == origin


@pytest.mark.parametrize(
    "text", ["", "*", "null", "localhost:3000", "http://a/b", "http://u@a", "http://a?b", "http://a:x"]
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        origin_of(text)


def test_what_users_are_told() -> None:
    assert HOSTS_IN_WORDS == "127.0.0.1, localhost or [::1]"
    assert url_of("127.0.0.1", 80) == "http://127.0.0.1:80"
    assert url_of("::1", 80) == "http://[::1]:80"
