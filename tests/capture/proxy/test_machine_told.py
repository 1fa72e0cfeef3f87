"""The machine of a connection: what it tells of what is wrong, and bytes that come one by one."""

import json

import pytest

from inspector.capture.proxy.commands import (
    EndRecording,
    HalfCloseClient,
)
from inspector.capture.proxy.events import (
    UpstreamUnreachable,
)
from tests.capture.proxy.bare import GET, POST, STREAM_HEAD, fixed, streamed
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.machines import FORWARDED, answered


def told_to(driver: Driver) -> str:
    """The message of the last thing that the client got, which is an answer of the proxy's own."""
    message = json.loads(driver.to_client.rpartition(b"\r\n\r\n")[2])["error"]["message"]
    assert isinstance(message, str)
    return message


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"\x16\x03\x01", "this port speaks plain HTTP, not TLS"),
        (b"\0", "it does not begin with a method"),
        (b"GET /\r\n", "it does not begin with a request line of HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "one of its header lines is malformed"),
    ],
)
def test_garbage_is_told_why_it_is_refused(sent: bytes, why: str) -> None:
    driver = Driver()
    driver.client(sent)
    assert told_to(driver) == f"inspector proxy: this is no HTTP request: {why}"
    assert b"HTTP/1.1 400 Bad Request\r\n" in driver.to_client


def test_a_head_that_does_not_end_is_told_the_limit() -> None:
    driver = Driver()
    driver.client(GET[:-2] + b"A: " + b"x" * (128 << 10))
    assert told_to(driver) == "inspector proxy: the head of the request does not end within 128 KB"
    driver = Driver()
    driver.client(GET)
    driver.upstream(b"HTTP/1.1 200 OK\r\nA: " + b"x" * (128 << 10))
    assert told_to(driver).endswith("it did not send an HTTP/1.1 response: its head does not end within 128 KB")


def test_an_upstream_that_talks_something_else_is_named_with_what_was_wrong() -> None:
    for sent, why in (
        (b"SSH-2.0\r\n\r\n", "it does not begin with a status line of HTTP/1.1"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "it switches protocols, which nobody asked for"),
    ):
        driver = Driver()
        driver.client(GET)
        driver.upstream(sent)
        wanted = f"it did not send an HTTP/1.1 response: {why}"
        assert told_to(driver) == f"inspector proxy: http://upstream:99: {wanted}"
        assert driver.told[0].end == EndRecording("error", ("ProtocolError", wanted))


def test_malformed_chunks_are_told_in_the_recording() -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(STREAM_HEAD + b"nonsense\r\n")
    why = "it did not send an HTTP/1.1 response: a chunk does not begin with its size"
    assert driver.told[0].end == EndRecording("error", ("ProtocolError", why))
    driver = Driver()
    driver.client(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    assert told_to(driver) == "inspector proxy: a chunk does not begin with its size"
    assert driver.told[0].end == EndRecording("cancelled", ("BadRequest", "a chunk does not begin with its size"))


def test_an_answer_of_our_own_says_whether_the_connection_goes_on() -> None:
    for request_bytes, keeps in ((GET, True), (POST[:-1], False), (GET[:-2] + b"Connection: close\r\n\r\n", False)):
        driver = Driver(by_hand=True)
        driver.client(request_bytes)
        driver.connecting = False
        commands = driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
        assert (b"Connection: close" in driver.to_client) == (not keeps)
        assert (HalfCloseClient() in commands) == (not keeps)


def test_a_response_to_head_has_no_body_whatever_its_head_says() -> None:
    driver = Driver()
    driver.client(GET.replace(b"GET", b"HEAD"))
    assert EndRecording() in driver.upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    assert driver.connected
    driver.client(GET)
    driver.upstream(fixed(b"12345"))
    assert driver.to_client.endswith(b"12345")
    assert len(driver.to_upstream) == 1


def test_a_request_that_comes_byte_by_byte_with_empty_lines_before_it() -> None:
    driver = Driver()
    for byte in b"\r\n\n" + POST + b"\r\n" + GET:
        driver.client(bytes([byte]))
    assert driver.told[0].body == b"{}"
    driver.upstream(fixed())
    assert [told.method for told in driver.told] == [b"POST", b"GET"]
    assert driver.to_upstream[0].endswith(b"{}" + FORWARDED)


def test_a_response_that_comes_byte_by_byte() -> None:
    driver = Driver()
    driver.client(GET)
    sent = b"HTTP/1.1 100 Continue\r\n\r\n" + streamed(b"ab", b"c")
    for at, byte in enumerate(sent):
        driver.upstream(bytes([byte]), at)
    assert driver.to_client == sent
    assert (driver.told[0].content, driver.told[0].status, driver.told[0].end) == (b"abc", 200, EndRecording())
    assert driver.told[0].times == [sent.index(b"ab"), sent.index(b"ab") + 1, sent.index(b"c\r\n0")]
    assert driver.connected


def test_only_empty_lines_may_stand_before_a_request() -> None:
    driver = Driver()
    driver.client(b"\r\n " + GET)
    assert answered(driver) == 400
    assert driver.told == []
