"""The machine of a connection: what it refuses, and the times that it grants."""

import pytest

from inspector.capture.proxy.commands import (
    CloseClient,
    HalfCloseClient,
    SendToClient,
    StartTimer,
    StopTimer,
)
from inspector.capture.proxy.events import (
    ClientConnected,
    Timer,
    TimerFired,
)
from inspector.capture.proxy.settings import UpstreamAddress
from tests.capture.proxy.bare import GET, POST, fixed
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.machines import answered, types


@pytest.mark.parametrize(("sent", "status"), [
    (b"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501), (GET[:-2] + b"Upgrade: WebSocket\r\n\r\n", 501),
    (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403), (b"\x16\x03\x01", 400),
    (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
])  # fmt: skip
def test_what_is_refused_is_neither_passed_on_nor_recorded(sent: bytes, status: int) -> None:
    driver = Driver()
    assert types(driver.client(sent + GET)) == [SendToClient, HalfCloseClient, StartTimer]
    assert answered(driver) == status
    assert driver.told == []


@pytest.mark.parametrize(("fields", "status"), [
    (b"Origin: https://evil.example", 403), (b"Origin: null", 403), (b"Origin: http://localhost:3000", 403),
    (b"Sec-Fetch-Site: cross-site", 403), (b"Sec-Fetch-Site: same-site", 403), (b"Via: 1.1 a, 1.1 inspector-1 (x)", 508),
    (b"Via: 1.0 x\r\nvia: 1.1 INSPECTOR-1", 508), (b"Transfer-Encoding: \x0bchunked", 400), (b"A: \x0b", 400),
    (b"Transfer-Encoding: chunked, chunked", 400), (b"Transfer-Encoding:", 400), (b"Content-Length: 2, 2", 400),
    (b"Content-Length:", 400), (b"Content-Length: 2\r\nContent-Length: 2", 400), (b"Content-Length: 2,", 400),
])  # fmt: skip
def test_what_other_sites_hops_and_smugglers_send_is_refused(fields: bytes, status: int) -> None:
    driver = Driver(origins=frozenset({"http://localhost:5173"}))
    driver.client(GET[:-2] + fields + b"\r\n\r\n")
    assert answered(driver) == status
    assert driver.told == []


@pytest.mark.parametrize("fields", [
    b"Origin: http://127.0.0.1", b"Sec-Fetch-Site: none", b"Sec-Fetch-Mode: cors", b"Via: 1.1 inspector-11",
    b"Origin: http://localhost:5173", b"Origin: http://localhost:5173\r\nSec-Fetch-Site: cross-site",
])  # fmt: skip
def test_pages_that_may_use_it_and_other_hops_pass(fields: bytes) -> None:
    driver = Driver(origins=frozenset({"http://localhost:5173"}))
    driver.client(b"OPTIONS" + GET[3:-2] + fields + b"\r\n\r\n")
    assert b"\r\n" + fields + b"\r\nVia: 1.1 inspector-1\r\n\r\n" in driver.to_upstream[0]


@pytest.mark.parametrize("rest", [
    b"2\nok\r\n0\r\n\r\n", b"2\r\nok\n0\r\n\r\n", b"0\n\r\n", b"0\r\n\n", b"0\r\nGET / HTTP/1.1\r\n\r\n",
    b"0\r\n folded\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n", b"2;a\rb\r\nok\r\n", b"0;\x00\r\n\r\n",
])  # fmt: skip
def test_chunks_that_some_read_otherwise_are_refused(rest: bytes) -> None:
    driver = Driver()
    driver.client(GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + rest)
    assert answered(driver) == 400


def test_a_length_that_is_said_twice_is_said_once_to_the_client() -> None:
    driver = Driver()
    for fields in (b"Content-Length: 2, 2\r\n", b"Content-Length: 2\r\nContent-Length: 2\r\n"):
        driver.to_client = b""
        driver.client(GET)
        driver.upstream(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\nok")
        assert driver.to_client == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "field",
    [b"Content-Length:", b"Content-Length: 2, 3", b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: ,",
     b"Transfer-Encoding: chunked, gzip"],
)  # fmt: skip
def test_a_response_whose_end_is_ambiguous_is_none(field: bytes) -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n")
    assert answered(driver) == 502


@pytest.mark.parametrize(("asked", "base", "sent"), [
    (b"/messages", b"", b"/v1/messages"), (b"/v1/v1/messages", b"", b"/v1/messages"), (b"/v1/messages", b"/v1", b"/v1/messages"),
    (b"/messages?beta=true", b"/v1/", b"/v1/messages?beta=true"), (b"/messages/count_tokens", b"/a", b"/a/v1/messages/count_tokens"),
    (b"/v1/projects/p/models/m:rawPredict", b"", b"/v1/projects/p/models/m:rawPredict"), (b"/v1/x", b"/v1", b"/v1/v1/x"),
    (b"/messagesque", b"", b"/messagesque"), (b"/model/m/invoke", b"", b"/model/m/invoke"),
])  # fmt: skip
def test_both_kinds_of_base_urls_reach_the_api(asked: bytes, base: bytes, sent: bytes) -> None:
    driver = Driver(upstream=UpstreamAddress.parse(f"http://upstream:99{base.decode()}"))
    driver.client(GET.replace(b"/v1/models", asked))
    assert driver.to_upstream[0].split()[1] == sent


def test_a_head_has_its_time() -> None:
    driver = Driver(head_s=5)
    assert driver.feed(ClientConnected()) == [StartTimer(Timer.HEAD, 5)]
    assert driver.client(GET[:9]) == []
    assert driver.client(GET[9:])[0] == StopTimer(Timer.HEAD)
    driver.upstream(fixed())
    assert driver.timers == set()
    assert driver.client(b"G") == [StartTimer(Timer.HEAD, 5)]
    driver.timers.clear()
    assert types(driver.feed(TimerFired(Timer.HEAD))) == [SendToClient, HalfCloseClient, StartTimer]
    assert answered(driver) == 408


def test_who_is_refused_has_no_time_for_a_head_any_more() -> None:
    driver = Driver()
    driver.feed(ClientConnected())
    driver.client(b"garbage\r\n")
    assert driver.timers == {Timer.LINGER}


def test_who_asks_for_nothing_is_closed() -> None:
    driver = Driver()
    driver.feed(ClientConnected())
    driver.timers.clear()
    assert driver.feed(TimerFired(Timer.HEAD)) == [CloseClient()]
    driver.leave()


def test_one_of_too_many_is_told_to_try_again() -> None:
    driver = Driver()
    [timer] = driver.feed(ClientConnected(crowded=True))
    assert isinstance(timer, StartTimer)
    assert timer.seconds < 30
    driver.client(POST)
    assert answered(driver) == 503
    assert driver.told == []
