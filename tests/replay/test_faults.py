"""Faults as changes of steps, and how they are asked for."""

import json
import zlib
from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import InspectorError
from inspector.replay.answers import Answers
from inspector.replay.emission import Emission, Ending, ResponseHead
from inspector.replay.faults import FAULTS, Faults, parse
from inspector.replay.faults.edits import delayed_from, head_to, replaced
from inspector.replay.faults.event_text import half
from inspector.replay.faults.random_fault import drawn
from inspector.sse import Decoder
from inspector.text.json_text import dumps
from tests.replay.recordings import BODY, READS, http_error, recording, request

RATE_LIMIT = (
    b'event: error\ndata: {"type":"error","error":{"details":null,"type":"rate_limit_error",'
    b'"message":"This would exceed your rate limit"},"request_id":"req_011CExample0000000000000"}\n\n'
)
OFFSETS = [0, *accumulate(map(len, READS))]
reads = st.lists(st.binary(min_size=1, max_size=9), max_size=9)


def steps_of(chunks: list[bytes]) -> Iterator[Emission]:
    yield 0, ResponseHead(200, ())
    yield from enumerate(chunks, 1)
    yield len(chunks) + 1, Ending.CLEAN


def body_of(steps: list[Emission]) -> bytes:
    return b"".join(what for _, what in steps if isinstance(what, bytes))


def answered(*faults: str, streamed: bool = True, speed: float | None = None) -> list[Emission]:
    """What a request gets under these faults."""
    answers = Answers([recording()], speed, faults=faults)
    return list(answers.answer("POST", "/v1/messages", dumps(request(stream=streamed))).emissions)


@given(reads, st.integers(0, 99))
def test_a_head_is_the_bytes_up_to_an_offset(chunks: list[bytes], offset: int) -> None:
    steps = list(head_to(steps_of(chunks), offset))
    assert body_of(steps) == b"".join(chunks)[:offset]
    assert steps[0] == (0, ResponseHead(200, ()))
    assert not any(isinstance(what, Ending) for _, what in steps)


@given(reads, st.integers(0, 99))
def test_a_delay_splits_a_body_in_two(chunks: list[bytes], offset: int) -> None:
    steps = list(delayed_from(steps_of(chunks), offset, 1000))
    assert body_of(steps) == b"".join(chunks)
    before = [step for step in steps if step[0] < 1000]
    assert body_of(before) == b"".join(chunks)[:offset]
    assert [due for due, _ in steps] == sorted(due for due, _ in steps)
    assert steps[-1] == (len(chunks) + 1001, Ending.CLEAN)


@given(reads, st.integers(0, 40), st.integers(1, 40), st.binary(max_size=5))
def test_replaced_bytes_leave_all_others_as_they_were(chunks: list[bytes], start: int, size: int, new: bytes) -> None:
    body = b"".join(chunks)
    end = min(start + size, len(body))
    steps = list(replaced(steps_of(chunks), start, end, new))
    assert body_of(steps) == (body[:start] + new + body[end:] if start < len(body) else body)
    assert all(what for _, what in steps)


@given(reads, st.integers(1, 5))
def test_chunks_of_any_size_hold_the_same_bytes(chunks: list[bytes], size: int) -> None:
    exchange = recording(chunks)
    change, _ = Faults([f"rechunk={size}"], [exchange]).next(exchange, streamed=True)
    steps = list(change(steps_of(chunks)))
    assert body_of(steps) == b"".join(chunks)
    assert all(len(what) <= size for _, what in steps if isinstance(what, bytes))


@given(reads)
def test_flushed_gzip_gives_each_read_when_it_comes(chunks: list[bytes]) -> None:
    exchange = recording(chunks)
    change, _ = Faults(["gzip"], [exchange]).next(exchange, streamed=True)
    decompressor = zlib.decompressobj(wbits=31)
    came = [(due, decompressor.decompress(what)) for due, what in change(steps_of(chunks)) if isinstance(what, bytes)]
    assert [read for read in came if read[1]] == list(enumerate(chunks, 1))
    assert decompressor.eof


def test_unflushed_gzip_comes_with_the_end() -> None:
    steps = answered("gzip:noflush", speed=1)
    end = steps[-1][0]
    packed = [(due, what) for due, what in steps if isinstance(what, bytes)]
    assert len(b"".join(what for due, what in packed if due < end)) <= 10
    assert zlib.decompress(body_of(steps), 31) == BODY
    assert ("content-encoding", "gzip") in next(what.headers for _, what in steps if isinstance(what, ResponseHead))


def test_a_burst_is_one_read_at_the_end() -> None:
    head, body, end = answered("burst", speed=1)
    assert isinstance(head[1], ResponseHead)
    assert (body, end[1]) == ((end[0], BODY), Ending.CLEAN)


@pytest.mark.parametrize("n", [0, 1, 5, 8])
@pytest.mark.parametrize(
    ("fault", "end", "more"),
    [
        ("drop", Ending.CLEAN, b""),
        ("reset", Ending.RESET, b""),
        ("error=rate_limit_error", Ending.CLEAN, RATE_LIMIT),
    ],
)
def test_a_body_ends_after_an_event(n: int, fault: str, end: Ending, more: bytes) -> None:
    steps = answered(f"{fault}@{n}")
    assert body_of(steps) == BODY[: OFFSETS[n]] + more
    assert [what for _, what in steps if isinstance(what, Ending)] == [end]


@pytest.mark.parametrize("n", [0, 1, 5, 8])
def test_a_stall_is_after_an_event_and_in_real_time(n: int) -> None:
    steps = answered(f"stall@{n}:250ms")
    assert body_of([step for step in steps if step[0] == 0]) == BODY[: OFFSETS[n]]
    assert {due for due, _ in steps} == {0, 250_000_000}
    assert body_of(steps) == BODY


def test_a_delay_is_before_the_headers() -> None:
    assert [due for due, _ in answered("delay=2s")] == [2_000_000_000] * (len(READS) + 2)


def test_malformed_cuts_the_json_of_one_event() -> None:
    data = READS[2].removeprefix(b"event: content_block_delta\ndata: ").rstrip()
    cut = READS[2].replace(data, data[: len(data) // 2])
    assert body_of(answered("malformed@3")) == b"".join([*READS[:2], cut, *READS[3:]])


@given(st.text(min_size=1), st.sampled_from(["\n\n", "\r\n\r\n", "\r\r"]), st.integers(0, 9))
def test_half_an_event_is_no_json(text: str, ends: str, padding: int) -> None:
    data = dumps({"text": text.encode("utf-8", "replace").decode()}).decode()
    cut = half(f"event: e{ends[: len(ends) // 2]}data: {data}{' ' * padding}{ends}".encode())
    (frame,) = Decoder().feed(cut)
    assert data.startswith(frame.data)
    with pytest.raises(json.JSONDecodeError):
        json.loads(frame.data)


def test_names_and_newlines() -> None:
    assert body_of(answered("no-event-names")) == b"".join(read[read.index(b"data:") :] for read in READS)
    assert body_of(answered("mixed-newlines")) == b"".join(read[:-1] + b"\r\n" for read in READS)


def test_a_status_takes_the_place_of_everything() -> None:
    head, body, end = answered("status=429:retry-after=2", "drop@3", "no-event-names")
    assert isinstance(head[1], ResponseHead)
    assert (head[1].status, end[1]) == (429, Ending.CLEAN)
    assert ("retry-after", "2") in head[1].headers
    assert b'"type":"rate_limit_error"' in body_of([body])


@pytest.mark.parametrize("order", [1, -1])
def test_faults_are_combined_in_any_order(order: int) -> None:
    faults = ["rechunk=7", "malformed@2", "error=api_error@5", "stall@4:1s", "stall@5:1s", "gzip", "delay=1s", "drop@6"]
    steps = answered(*faults[::order])
    second = 1_000_000_000
    whole = READS[1][: READS[1].index(b"data: ") + 6]
    decompressor = zlib.decompressobj(wbits=31)
    came: dict[int, bytes] = {}
    for due, what in steps:
        if isinstance(what, bytes):
            assert len(what) <= 7
            came[due] = came.get(due, b"") + decompressor.decompress(what)
    assert list(came) == [second, 2 * second, 3 * second]
    assert came[second].startswith(READS[0] + whole)
    assert came[second].endswith(READS[2] + READS[3])
    assert came[2 * second] == READS[4]
    assert came[3 * second].startswith(b"event: error\n")
    assert steps[-1] == (3 * second, Ending.CLEAN)


def test_a_fault_can_be_limited_to_some_requests() -> None:
    exchange = recording()
    faults = Faults(["status=529:times=2", "drop@1:times=1", "burst"], [exchange])
    assert [faults.next(exchange, streamed=streamed)[1] for streamed in (False, True, True)] == [
        ["status=529:times=2", "burst"],
        ["status=529:times=2", "drop@1:times=1", "burst"],
        ["burst"],
    ]


def test_an_unstreamed_reply_has_no_events() -> None:
    plain = answered(streamed=False)
    assert answered("drop@1", "malformed@1", "no-event-names", streamed=False)[1:] == plain[1:]
    head, *packed, _ = answered("gzip", streamed=False)
    assert zlib.decompress(body_of(packed), 31) == body_of(plain)
    assert isinstance(head[1], ResponseHead)
    assert "content-length" not in dict(head[1].headers)


def test_chance_is_the_same_again() -> None:
    exchanges = [recording(), http_error(529, "overloaded_error"), recording([])]
    for exchange in exchanges:
        for streamed in (True, False):
            draws = [drawn("seed", number, exchange, streamed) for number in range(200)]
            assert draws == [drawn("seed", number, exchange, streamed) for number in range(200)]
            assert draws != [drawn("other", number, exchange, streamed) for number in range(200)]
            for spec in set(draws):
                change, _ = Faults([spec], [exchange]).next(exchange, streamed)
                assert isinstance(list(change(steps_of(READS)))[-1][1], Ending)
    kinds = {parse(drawn("seed", number, exchanges[0], True)).name for number in range(200)}
    assert kinds == FAULTS.keys() - {"random"}


def test_chance_draws_for_each_request() -> None:
    exchange = recording()
    faults = Faults(["random:7:times=3"], [exchange])
    drawn_each = [faults.next(exchange, streamed=True)[1] for _ in range(4)]
    assert drawn_each == [*([drawn("7", number, exchange, True)] for number in (1, 2, 3)), []]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("drop@9", "there is no event 9, hello.jsonl has 8"),
        ("stall@9:1s", "there is no event 9"),
        ("drop", "it needs an event"),
        ("malformed@0", "event 0 of hello.jsonl has no data"),
        ("drop@x", "it is written drop@N"),
        ("dorp@3", "did you mean drop?"),
        ("", "there are drop, "),
        ("error=x@1", "it needs an error type"),
        ("error@1", "it needs an error type"),
        ("status=200", "it needs an HTTP status"),
        ("status=529:retry=3", "is not retry-after=SECONDS"),
        ("stall@3", "it needs a duration"),
        ("stall@3:-1s", "is no duration"),
        ("delay", "is no duration"),
        ("delay=99h", "is no duration"),
        ("rechunk=0", "it needs a number of bytes"),
        ("gzip:fast", "it is gzip or gzip:noflush"),
        ("burst@3", "it takes no such value"),
        ("burst:times=0", "times needs a number"),
        ("random", "it needs a seed"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(spec: str, message: str) -> None:
    with pytest.raises(InspectorError, match=message) as raised:
        Answers([recording()], faults=[spec])
    assert "\n" not in str(raised.value)


def test_one_recording_that_is_too_short_is_enough() -> None:
    with pytest.raises(InspectorError, match="there is no event 8"):
        Answers([recording(), recording(READS[:2], name="short.jsonl")], faults=["drop@8"])
