"""The machine of a connection: round trips, idle connections, and who waits for whom."""

import pytest

from inspector.capture.proxy.commands import (
    BeginRecording,
    CheckUpstream,
    CloseUpstream,
    ConnectUpstream,
    EndRecording,
    PauseClient,
    PauseUpstream,
    RecordRead,
    RecordRequestEnd,
    RecordResponse,
    RecordStop,
    RecordTaken,
    ResumeClient,
    ResumeUpstream,
    SendToClient,
    SendToUpstream,
    StartTimer,
    StopTimer,
)
from inspector.capture.proxy.events import (
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
from tests.capture.proxy.bare import GET, POST, STREAM_HEAD, fixed
from tests.capture.proxy.driver import Driver
from tests.capture.proxy.machines import FORWARDED, LIMIT, answered, types
from tests.capture.raw_server import chunk


def test_a_round_trip_from_the_first_byte_to_the_last() -> None:
    driver = Driver()
    assert types(driver.client(GET)) == [
        ConnectUpstream, BeginRecording, StartTimer, RecordRequestEnd, SendToUpstream,
    ]  # fmt: skip
    assert driver.to_upstream == [FORWARDED]
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
    assert driver.to_upstream == [FORWARDED, FORWARDED]


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
    driver.client(GET + b"x" * LIMIT)
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
    driver.client(b"x" * (LIMIT - forwarded))
    assert not driver.client_paused
    driver.client(b"x")
    assert driver.client_paused
    assert types(driver.connect()) == [SendToUpstream, ResumeClient]
    assert len(driver.to_upstream[0]) == LIMIT + 1


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
        assert driver.to_upstream == [FORWARDED * 2, FORWARDED]
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
