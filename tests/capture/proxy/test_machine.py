"""The proxy without a socket: events in, commands out."""

import json
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.capture.proxy.commands import (
    AbortClient,
    BeginRecording,
    CheckUpstream,
    CloseClient,
    CloseUpstream,
    Command,
    ConnectUpstream,
    EndRecording,
    HalfCloseClient,
    PauseClient,
    PauseUpstream,
    RecordRead,
    RecordRequestEnd,
    RecordResponse,
    RecordStop,
    RecordTaken,
    ResetClient,
    ResumeClient,
    ResumeUpstream,
    SendToClient,
    SendToUpstream,
    StartTimer,
    StopTimer,
)
from inspector.capture.proxy.events import (
    ClientConnected,
    ClientEof,
    ClientFull,
    ClientTook,
    Timer,
    TimerFired,
    UpstreamBytes,
    UpstreamChecked,
    UpstreamDrained,
    UpstreamFull,
    UpstreamLost,
    UpstreamUnreachable,
)
from inspector.capture.proxy.settings import UpstreamAddress
from tests.capture.proxy.bare import EVENTS, GET, POST, STREAM_HEAD, fixed, streamed
from tests.capture.proxy.driver import Driver
from tests.capture.raw_server import chunk
from tests.support import cut

_LIMIT = 256 << 10
_FORWARDED = b"GET /base/v1/models HTTP/1.1\r\nHost: upstream:99\r\nVia: 1.1 inspector-1\r\n\r\n"


def types(commands: list[Command]) -> list[type[Command]]:
    return [type(command) for command in commands]


def answered(driver: Driver) -> int:
    """The status of the last thing that the client got, which is an answer of the proxy's own."""
    *_, start = re.finditer(rb"HTTP/1\.1 (\d{3}) ", driver.to_client)
    assert b'\r\n\r\n{"type":"error",' in driver.to_client[start.start() :]
    assert b'"message":"inspector proxy: ' in driver.to_client[start.start() :]
    return int(start[1])


def test_a_round_trip_from_the_first_byte_to_the_last() -> None:
    driver = Driver()
    assert types(driver.client(GET)) == [
        ConnectUpstream, BeginRecording, StartTimer, RecordRequestEnd, SendToUpstream,
    ]  # fmt: skip
    assert driver.to_upstream == [_FORWARDED]
    assert driver.upstream(STREAM_HEAD) == [StopTimer(Timer.RESPONSE), SendToClient(STREAM_HEAD), driver_response(200)]
    assert driver.upstream(chunk(b"a"), 5) == [SendToClient(chunk(b"a")), RecordRead(b"a", 5), RecordTaken(False)]
    assert driver.upstream(b"0\r\n\r\n") == [SendToClient(b"0\r\n\r\n"), RecordStop(), EndRecording()]
    assert driver.connected
    assert CloseUpstream in types(driver.leave())


class driver_response:
    """Equals a RecordResponse with this status."""

    def __init__(self, status: int) -> None:
        self.status = status

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordResponse) and other.head.status == self.status


def test_what_is_passed_on_goes_first_and_is_recorded_then() -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(fixed())
    commands = types(driver.client(POST))
    assert commands.index(CheckUpstream) < commands.index(SendToUpstream) < commands.index(BeginRecording)
    commands = types(driver.upstream(fixed()))
    assert commands.index(SendToClient) < commands.index(RecordResponse) < commands.index(RecordRead)


def test_a_connection_that_is_not_fresh_any_more_is_not_used_again() -> None:
    driver = Driver(fresh=False)
    driver.client(GET)
    driver.upstream(fixed())
    assert types(driver.client(GET))[:3] == [CheckUpstream, CloseUpstream, ConnectUpstream]
    assert driver.to_upstream == [_FORWARDED, _FORWARDED]


@pytest.mark.parametrize("lost", [UpstreamLost(), UpstreamLost(OSError()), UpstreamBytes(b"x", 0)])
def test_what_happens_to_an_idle_connection_is_its_end(lost: UpstreamLost | UpstreamBytes) -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(fixed())
    assert driver.feed(lost) == ([CloseUpstream()] if isinstance(lost, UpstreamBytes) else [])
    driver.connected = False
    assert types(driver.client(GET))[0] is ConnectUpstream


def test_a_client_that_leaves_while_the_connection_is_checked_has_asked_nothing() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET)
    driver.connect()
    driver.upstream(fixed())
    assert driver.client(POST[:-1]) == [CheckUpstream()]
    assert driver.leave() == [CloseUpstream()]
    assert driver.feed(UpstreamChecked(True)) == []
    assert len(driver.told) == 1


def test_what_comes_while_the_connection_is_checked_is_the_requests() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET)
    driver.connect()
    driver.upstream(fixed())
    driver.client(POST[:-1])
    driver.client(b"}" + GET)
    driver.feed(UpstreamChecked(True))
    assert driver.to_upstream[0].endswith(b"Content-Length: 2\r\nVia: 1.1 inspector-1\r\n\r\n{}")
    assert driver.told[-1].body == b"{}"


def test_bytes_for_a_connection_that_is_being_checked_end_it() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET)
    driver.connect()
    driver.upstream(fixed())
    driver.client(GET)
    assert driver.upstream(b"not asked for") == [CloseUpstream()]
    assert types(driver.feed(UpstreamChecked(True)))[0] is ConnectUpstream


def test_requests_wait_for_their_turn() -> None:
    driver = Driver()
    driver.client(POST + GET + GET)
    for number in (1, 2, 3):
        assert len(driver.told) == number
        driver.upstream(fixed(b"%d" % number))
    assert driver.to_client == fixed(b"1") + fixed(b"2") + fixed(b"3")
    assert len(driver.to_upstream) == 1


def test_no_more_than_a_limit_is_read_ahead() -> None:
    driver = Driver()
    driver.client(GET + b"x" * _LIMIT)
    assert not driver.client_paused
    assert driver.client(b"x") == [PauseClient()]
    assert driver.client(b"x") == []
    # What was ahead is no request: it is refused, and what follows is read and dropped.
    assert ResumeClient() in driver.upstream(fixed())


def test_no_more_than_a_limit_waits_for_a_connection() -> None:
    driver = Driver(by_hand=True)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n"
    driver.client(head)
    forwarded = len(head) - len(b"localhost") + len(b"upstream:99") + len(b"/base")
    forwarded += len(b"Via: 1.1 inspector-1\r\n")
    driver.client(b"x" * (_LIMIT - forwarded))
    assert not driver.client_paused
    driver.client(b"x")
    assert driver.client_paused
    assert types(driver.connect()) == [SendToUpstream, ResumeClient]
    assert len(driver.to_upstream[0]) == _LIMIT + 1


def test_an_upstream_that_does_not_take_the_request_holds_the_client() -> None:
    driver = Driver()
    driver.client(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
    assert driver.feed(UpstreamFull()) == [PauseClient()]
    assert driver.feed(UpstreamDrained()) == [ResumeClient()]


def test_a_client_that_does_not_take_the_response_holds_the_upstream_and_ends_when_it_has() -> None:
    driver = Driver()
    driver.client(GET)
    driver.full = True
    driver.upstream(STREAM_HEAD + chunk(b"a"))
    assert driver.feed(ClientFull()) == [PauseUpstream()]
    assert types(driver.upstream(chunk(b"b") + b"0\r\n\r\n")) == [SendToClient, RecordRead, RecordStop]
    driver.full = False
    assert driver.feed(ClientTook()) == [ResumeUpstream(), RecordTaken(True), EndRecording()]
    assert driver.told[0].taken == [(2, True)]


def test_each_time_that_the_client_is_full_the_upstream_waits() -> None:
    driver = Driver()
    driver.client(GET)
    for _ in range(2):
        driver.full = True
        driver.upstream(STREAM_HEAD + chunk(b"a") if not driver.told[0].status else chunk(b"a"))
        assert driver.feed(ClientFull()) == [PauseUpstream()]
        assert driver.feed(ClientFull()) == []
        driver.full = False
        assert driver.feed(ClientTook()) == [ResumeUpstream(), RecordTaken(True)]


def test_what_comes_behind_a_response_that_is_not_taken_yet_goes_to_nobody() -> None:
    driver = Driver()
    driver.client(GET)
    driver.full = True
    driver.upstream(fixed())
    assert driver.upstream(b"more") == []
    driver.full = False
    assert CloseUpstream() in driver.feed(ClientTook())
    assert driver.to_client == fixed()


def test_a_client_that_is_full_when_its_next_request_begins_holds_the_upstream_again() -> None:
    driver = Driver(by_hand=True)
    driver.client(GET + GET)
    driver.full = True
    driver.connecting = False
    # The answer of our own to the first request is not taken yet when the second one begins.
    driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
    driver.feed(ClientFull())
    assert driver.connect()[-1] == PauseUpstream()
    driver.upstream(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert not driver.told[-1].end
    driver.full = False
    assert driver.feed(ClientTook()) == [ResumeUpstream(), EndRecording()]


def test_only_content_counts_as_taken() -> None:
    driver = Driver()
    driver.client(GET)
    for data in (STREAM_HEAD, chunk(b"a")[:2], chunk(b"a")[2:], b"0\r\n", b"\r\n"):
        driver.upstream(data)
    assert driver.told[0].taken == [(1, False)]


@pytest.mark.parametrize(("request_bytes", "again"), [(GET, True), (POST, False)])
def test_only_what_may_be_sent_twice_is_sent_again(request_bytes: bytes, again: bool) -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(fixed())
    driver.client(request_bytes)
    driver.connected = False
    commands = types(driver.feed(UpstreamLost()))
    assert (commands[0] is ConnectUpstream) == again
    if again:
        assert driver.to_upstream == [_FORWARDED * 2, _FORWARDED]
        driver.connected = False
        driver.feed(UpstreamLost())
    assert answered(driver) == 502
    assert driver.told[-1].end == EndRecording("reset", ("IncompleteRead", "it closed without a response"))


def test_a_request_on_a_new_connection_is_not_sent_again() -> None:
    driver = Driver()
    driver.client(GET)
    driver.connected = False
    assert ConnectUpstream() not in driver.feed(UpstreamLost())


def test_nothing_is_sent_again_once_something_of_a_response_has_come() -> None:
    driver = Driver()
    driver.client(GET)
    driver.upstream(fixed())
    driver.client(GET)
    driver.upstream(b"HTTP/1.1 200")
    driver.connected = False
    assert ConnectUpstream() not in driver.feed(UpstreamLost())


def test_the_response_has_a_time_limit_until_its_head_is_there() -> None:
    driver = Driver()
    driver.client(POST[:-1])
    assert driver.timers == set()
    assert StartTimer(Timer.RESPONSE, 7) in driver.client(POST[-1:])
    driver.upstream(b"HTTP/1.1 200 OK\r\n")
    driver.timers.clear()
    driver.feed(TimerFired(Timer.RESPONSE))
    assert answered(driver) == 504
    end = driver.told[0].end
    assert end
    assert (end.reason, end.error) == (
        "timeout",
        ("ResponseTimeout", "the head of its response was not there after 7 s"),
    )
    assert not driver.connected


def test_a_client_that_is_refused_may_go_on_sending_for_a_while() -> None:
    driver = Driver()
    linger = StartTimer(Timer.LINGER, 2.0)
    assert types(driver.client(b"garbage\r\n")) == [SendToClient, HalfCloseClient, StartTimer]
    assert answered(driver) == 400
    assert driver.client(b"more" * _LIMIT) == [linger]
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


# Any chunking gives the same bytes and the same recordings.

_REQUESTS = [
    (GET, _FORWARDED, b""),
    (POST, b"POST /base/v1/messages HTTP/1.1\r\nHost: upstream:99\r\nContent-Length: 2\r\nVia: 1.1 inspector-1\r\n\r\n{}", b"{}"),
    (
        b"PUT /a?b HTTP/1.1\r\nhost: LOCALHOST:1\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
        b"PUT /base/a?b HTTP/1.1\r\nhost: upstream:99\r\nX-A:  b \r\nTransfer-Encoding: chunked\r\nVia: 1.1 inspector-1\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
        b"hi",
    ),
    (b"\r\n\r\n" + GET, _FORWARDED, b""),
]  # fmt: skip
_RESPONSES = [
    (fixed(b"plain"), 200, b"plain"),
    (streamed(*EVENTS), 200, b"".join(EVENTS)),
    (STREAM_HEAD + chunk(EVENTS[0]) + b"0;last\r\nA: trailer\r\n\r\n", 200, EVENTS[0]),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + fixed(b"late", b"404 No\xff"), 404, b"late"),
]  # fmt: skip


@dataclass
class Conversation:
    """Requests and their responses, the places where each side's bytes are cut, and who is first at each step."""

    pairs: list[tuple[tuple[bytes, bytes, bytes], tuple[bytes, int, bytes]]]
    client_cuts: list[int]
    upstream_cuts: list[list[int]]
    client_first: list[bool]


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    pairs = draw(st.lists(st.tuples(st.sampled_from(_REQUESTS), st.sampled_from(_RESPONSES)), min_size=1, max_size=4))
    places = st.lists(st.integers(0, 500), max_size=20)
    return Conversation(
        pairs, draw(places), [draw(places) for _ in pairs], draw(st.lists(st.booleans(), min_size=50, max_size=50))
    )


@settings(deadline=None)
@given(conversations(), st.booleans())
def test_any_chunking_gives_the_same_bytes_and_the_same_recordings(talk: Conversation, fresh: bool) -> None:
    driver = Driver(fresh=fresh)
    client = cut(b"".join(request for (request, _, _), _ in talk.pairs), talk.client_cuts)
    turns = iter(talk.client_first)
    for number, (_, (response, _, _)) in enumerate(talk.pairs):
        pieces = cut(response, talk.upstream_cuts[number])
        # A whole request must be there before its response comes.
        while len(driver.told) <= number or not driver.told[number].whole_request:
            driver.client(client.pop(0))
        for at_ns, piece in enumerate(pieces):
            if client and next(turns, True):
                driver.client(client.pop(0))
            driver.upstream(piece, at_ns)
    assert client == []
    assert driver.to_client == b"".join(response for _, (response, _, _) in talk.pairs)
    assert b"".join(driver.to_upstream) == b"".join(forwarded for (_, forwarded, _), _ in talk.pairs)
    assert len(driver.to_upstream) == (1 if fresh else len(talk.pairs))
    assert [(told.body, told.status, told.content, told.end) for told in driver.told] == [
        (body, status, content, EndRecording()) for (_, _, body), (_, status, content) in talk.pairs
    ]
    for told in driver.told:
        assert told.times == sorted(told.times)
        # All that came was taken.
        assert (told.taken[-1][0] if told.taken else 0) == len(told.times)
    driver.leave()


_PIECES = [
    *(request for request, _, _ in _REQUESTS), *(response for response, _, _ in _RESPONSES), STREAM_HEAD, chunk(b"x"),
    b"0\r\n\r\n", b"nonsense", b"\r\n", b"GET ", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 70_000,
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", POST[:-1], b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n",
]  # fmt: skip
_HAPPENINGS = st.one_of(
    st.tuples(st.sampled_from(["client", "upstream"]), st.sampled_from(_PIECES)),
    st.tuples(
        st.sampled_from(["connect", "refused", "checked", "stale", "closed", "reset", "full", "took"]), st.none()
    ),
    st.tuples(st.sampled_from(["upstream full", "upstream drained", "timer", "eof"]), st.none()),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(_HAPPENINGS, max_size=25))
def test_whatever_happens_the_commands_make_sense_and_nothing_is_left_open(
    happenings: list[tuple[str, bytes | None]],
) -> None:
    """The driver checks each command against what was there before it."""
    driver = Driver(by_hand=True)
    driver.feed(ClientConnected())
    closed = False
    for what, data in happenings:
        commands = happen(driver, what, data or b"")
        closed = closed or bool({CloseClient, ResetClient, AbortClient} & {*types(commands)})
        if closed:
            break
    driver.leave()
    assert driver.client(GET) == []


def happen(driver: Driver, what: str, data: bytes) -> list[Command]:
    """Has it happen, where it can; what comes of it."""
    match what:
        case "client" if not driver.client_paused:
            return driver.client(data)
        case "upstream" if driver.connected and not driver.upstream_paused:
            return driver.upstream(data)
        case "connect" if driver.connecting:
            return driver.connect()
        case "refused" if driver.connecting:
            driver.connecting = False
            return driver.feed(UpstreamUnreachable(ConnectionRefusedError()))
        case "checked" | "stale" if driver.machine._checking:
            return driver.feed(UpstreamChecked(what == "checked"))
        case "closed" | "reset" if driver.connected:
            driver.connected = False
            return driver.feed(UpstreamLost(None if what == "closed" else ConnectionResetError()))
        case "full" if not driver.full:
            driver.full = True
            return driver.feed(ClientFull())
        case "took" if driver.full:
            driver.full = False
            return driver.feed(ClientTook())
        case "upstream full" | "upstream drained" if driver.connected:
            return driver.feed(UpstreamFull() if what == "upstream full" else UpstreamDrained())
        case "timer" if driver.timers:
            return driver.feed(TimerFired(driver.timers.pop()))
        case "eof":
            return driver.feed(ClientEof())
    return []


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
    assert driver.to_upstream[0].endswith(b"{}" + _FORWARDED)


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
