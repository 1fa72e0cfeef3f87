"""The machine of a connection: how round trips end, well or not."""

import pytest

from inspector.capture.proxy.commands import (
    AbortClient,
    CloseClient,
    CloseUpstream,
    ConnectUpstream,
    EndRecording,
    HalfCloseClient,
    RecordStop,
    ResetClient,
    SendToClient,
    StartTimer,
    StopTimer,
)
from inspector.capture.proxy.events import (
    ClientEof,
    ClientFull,
    Timer,
    TimerFired,
    UpstreamLost,
    UpstreamUnreachable,
)
from tests.capture.proxy.bare import GET, POST, STREAM_HEAD, fixed
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.machines import LIMIT, answered, types
from tests.capture.raw_server import chunk


def test_a_client_that_is_refused_may_go_on_sending_for_a_while() -> None:
    driver = Driver()
    linger = StartTimer(Timer.LINGER, 2.0)
    assert types(driver.client(b"garbage\r\n")) == [SendToClient, HalfCloseClient, StartTimer]
    assert answered(driver) == 400
    assert driver.client(b"more" * LIMIT) == [linger]
    driver.timers.clear()
    assert driver.feed(TimerFired(Timer.LINGER)) == [AbortClient()]
    assert driver.told == []


def test_a_refused_client_that_closes_is_closed() -> None:
    driver = Driver()
    driver.client(b"garbage\r\n")
    assert driver.feed(ClientEof()) == [CloseClient()]
    assert driver.leave() == [StopTimer(Timer.LINGER)]


def test_who_half_closes_in_a_request_has_left() -> None:
    driver = Driver()
    assert driver.feed(ClientEof()) == [CloseClient()]
    driver = Driver()
    driver.client(GET)
    assert driver.feed(ClientEof()) == [AbortClient()]


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_cut_response_is_cut_in_the_same_way(error: Exception | None) -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(STREAM_HEAD + chunk(b"a"))
    driver.connected = False
    assert driver.feed(UpstreamLost(error))[-1] == (ResetClient() if error else CloseClient())
    assert driver.told[0].end
    assert driver.told[0].end.reason == "reset"
    assert driver.client(GET) == []


def test_no_connection_is_an_answer_and_the_next_request_may_come() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET + GET)
    driver.connecting = False
    assert ConnectUpstream() in driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
    assert answered(driver) == 502
    assert [told.end is None for told in driver.told] == [False, True]


def test_an_answer_of_our_own_to_half_a_request_ends_the_connection() -> None:
    driver = Driver(by_hand=True)
    driver.client(POST[:-1])
    driver.connecting = False
    assert HalfCloseClient() in driver.feed(UpstreamUnreachable(ConnectionRefusedError()))


def test_the_answer_to_a_head_request_has_no_body() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET.replace(b"GET", b"HEAD"))
    driver.connecting = False
    driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
    assert driver.to_client.startswith(b"HTTP/1.1 502 ")
    assert driver.to_client.endswith(b"\r\n\r\n")


def test_an_early_answer_waits_for_the_rest_of_its_request() -> None:
    driver = Driver()
    driver.client(POST[:-1])
    driver.upstream(fixed(b"no"))
    assert driver.told[0].end == EndRecording()
    assert driver.connected
    driver.client(b"}" + GET)
    assert driver.to_upstream[0].count(b"HTTP/1.1") == 2
    assert driver.to_upstream[0].partition(b"GET")[0].endswith(b"{}")


def test_an_early_answer_whose_request_nobody_takes_ends_the_connection() -> None:
    driver = Driver()
    driver.client(POST[:-1])
    driver.upstream(fixed(b"no"))
    driver.connected = False
    assert types(driver.feed(UpstreamLost())) == [HalfCloseClient, StartTimer]


def test_more_than_a_response_is_dropped_with_its_connection() -> None:
    driver = Driver()
    driver.client(GET)
    assert CloseUpstream() in driver.upstream(fixed(b"ok") + b"more")
    assert driver.to_client == fixed(b"ok")
    assert types(driver.client(GET))[0] is ConnectUpstream


def test_malformed_chunks_pass_and_end_the_round_trip() -> None:
    driver = Driver()
    driver.client(GET)
    commands = types(driver.upstream(STREAM_HEAD + chunk(b"a") + b"nonsense\r\n"))
    assert commands[-1] is CloseClient
    assert driver.told[0].content == b"a"
    assert driver.to_client.endswith(b"nonsense\r\n")
    assert driver.told[0].end
    assert driver.told[0].end.reason == "error"


@pytest.mark.parametrize("answering", [False, True])
def test_malformed_chunks_of_the_client_end_its_request(answering: bool) -> None:
    driver = Driver()
    driver.client(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    if answering:
        driver.upstream(STREAM_HEAD)
    commands = types(driver.client(b"nonsense\r\n"))
    assert (CloseClient if answering else HalfCloseClient) in commands
    assert CloseUpstream in commands
    assert driver.told[0].end
    assert driver.told[0].end.reason == "cancelled"
    assert (driver.told[0].end.error or ("",))[0] == "BadRequest"


@pytest.mark.parametrize("feed", [(), (GET,), (GET, STREAM_HEAD), (GET, STREAM_HEAD, chunk(b"a")), (POST[:-1],)])
def test_who_leaves_leaves_nothing_behind(feed: tuple[bytes, ...]) -> None:
    driver = Driver()
    for number, data in enumerate(feed):
        if number:
            driver.upstream(data)
        else:
            driver.client(data)
    commands = driver.leave()
    if feed:
        assert types(commands)[:2] == [CloseUpstream, RecordStop]
        assert driver.told[0].end == EndRecording("cancelled")


def test_who_leaves_before_the_whole_response_is_taken_has_it_complete() -> None:
    driver = Driver()
    driver.client(GET)
    driver.full = True
    driver.upstream(fixed())
    driver.feed(ClientFull())
    assert driver.told[0].stopped
    driver.leave()
    assert driver.told[0].end == EndRecording()


@pytest.mark.parametrize(
    "sent",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_response_is_an_answer_of_our_own(sent: bytes) -> None:
    driver = Driver()
    driver.client(GET)
    assert CloseUpstream() in driver.upstream(sent)
    assert answered(driver) == 502
    assert driver.told[0].end
    assert driver.told[0].end.error
    assert driver.told[0].end.error[0] == "ProtocolError"
    # The connection to the proxy is as good as before.
    assert ConnectUpstream() in driver.client(GET)


def test_a_head_has_a_largest_size() -> None:
    limit = 128 << 10
    driver = Driver()
    driver.client(GET)
    start = b"HTTP/1.1 200 OK\r\nA: "
    assert driver.upstream(start + b"x" * (limit - len(start))) == []
    driver.upstream(b"x")
    assert answered(driver) == 502
    driver = Driver()
    start = GET[:-2] + b"A: "
    assert driver.client(start + b"x" * (limit - len(start))) == [StartTimer(Timer.HEAD, 30.0)]
    driver.client(b"x")
    assert answered(driver) == 431


@pytest.mark.parametrize(("ask", "answer", "keeps_client", "keeps_upstream"), [
    (b"", b"", True, True), (b"", b"Connection: close\r\n", True, False), (b"Connection: close\r\n", b"", False, False),
])  # fmt: skip
def test_either_side_may_ask_to_close(ask: bytes, answer: bytes, keeps_client: bool, keeps_upstream: bool) -> None:
    driver = Driver()
    driver.client(GET[:-2] + ask + b"\r\n")
    commands = types(driver.upstream(fixed(headers=answer)))
    assert (CloseClient in commands, CloseUpstream in commands) == (not keeps_client, not keeps_upstream)
    assert (b"Connection: close" in driver.to_client) == (not keeps_client)


def test_a_response_that_ends_with_its_connection_is_complete_then() -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(b"HTTP/1.1 200 OK\r\n\r\n")
    driver.upstream(b"abc")
    driver.connected = False
    assert types(driver.feed(UpstreamLost())) == [RecordStop, EndRecording, CloseClient]
    assert driver.to_client == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"
    assert (driver.told[0].content, driver.told[0].end) == (b"abc", EndRecording())


def test_such_a_response_is_cut_where_its_connection_breaks() -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(b"HTTP/1.1 200 OK\r\n\r\nabc")
    driver.connected = False
    assert ResetClient() in driver.feed(UpstreamLost(ConnectionResetError()))


def test_an_old_client_gets_neither_chunks_nor_interim_responses() -> None:
    driver = Driver()
    driver.client(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    driver.upstream(b"HTTP/1.1 103 Early\r\n\r\n" + fixed(b"one"))
    assert driver.to_client.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: keep-alive\r\n" in driver.to_client
    driver.client(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    driver.to_client = b""
    assert CloseClient() in driver.upstream(STREAM_HEAD + chunk(b"ab") + chunk(b"c") + b"0\r\n\r\n")
    head, _, body = driver.to_client.partition(b"\r\n\r\n")
    assert body == b"abc"
    assert b"Transfer-Encoding" not in head
    assert head.endswith(b"Connection: close")
