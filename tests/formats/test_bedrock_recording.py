from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from anthropic.lib.bedrock._stream_decoder import AWSEventStreamDecoder
from hypothesis import given
from hypothesis import strategies as st

from inspector.capture.recorder import Recorder
from inspector.formats import open_exchange
from inspector.formats.bedrock import write
from inspector.recording import Writer
from inspector.recording.lock import hold
from inspector.timeline import Exchange
from tests.formats.containers import chunk, event_stream
from tests.support import (
    SHARED,
    block,
    bodies,
    chunkings,
    cut,
    exchange_of_body,
    finish,
    needs_recent_sdk,
    sse,
    start,
    text,
)

EVENTS = [start(), *block(0, text("Hel"), text("lo"), type="text", text=""), *finish()]
HANDMADE = event_stream(*EVENTS)
SAMPLES = sorted((SHARED / "corpus" / "containers" / "aws-eventstream").glob("*.bin"))


def _record(path: Path, reads: list[bytes], *, end: bool = True, spills: bool = False) -> None:
    """Read n, from 1, comes at 10 * n ns."""
    recorder = Recorder(Writer.create(path, {"kind": "tap", "clock": "pull"}))
    recorder.request("POST", "https://bedrock/model/x/invoke-with-response-stream", [], b'{"max_tokens":1}')
    recorder.response(5, 200, [("content-type", "application/vnd.amazon.eventstream")])
    for number, read in enumerate(reads, 1):
        recorder.reads([read], [10 * number])
        if spills:
            recorder.spill(10 * number)
    if end:
        recorder.end(1_000_000)
    else:
        recorder.close()


@pytest.mark.parametrize(
    "body",
    [HANDMADE, *(sample.read_bytes() for sample in SAMPLES)],
    ids=["handmade", *(sample.name for sample in SAMPLES)],
)
def test_a_recorded_bedrock_call_is_shown_as_its_events(tmp_path: Path, body: bytes) -> None:
    path, sample = tmp_path / "a.jsonl", tmp_path / "sample.bin"
    sample.write_bytes(body)
    _record(path, [body[:100], body[100:]])
    with open_exchange(str(path)) as exchange, open_exchange(str(sample)) as expected:
        view = exchange.view()
        assert (view.status, view.message) == ("complete", expected.view().message)
        assert view.request is not None
        assert view.request["body"] == {"max_tokens": 1}
        assert view.http_status == 200


def events_of(exchange: Exchange) -> list[tuple[str, int | None, int | None]]:
    return [(frame.event, frame.t_ns, frame.read) for frame in exchange.frames()]


def test_each_event_has_the_time_of_the_read_that_completed_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    messages = list(map(chunk, EVENTS))
    body = b"".join(messages)
    ends = list(accumulate(map(len, messages)))
    reads = cut(body, range(0, len(body), 50))
    _record(path, reads, spills=True)
    came = list(accumulate(map(len, reads)))
    with open_exchange(str(path)) as exchange:
        assert events_of(exchange) == [
            (event["type"], 10 * (at := next(n for n, size in enumerate(came, 1) if size >= end)), at)
            for event, end in zip(EVENTS, ends, strict=True)
        ]
        assert exchange.view().metrics.duration_ms == 1.0
        assert exchange.index.header
        assert exchange.index.header["source"]["clock"] == "pull"


@given(chunkings(st.just(HANDMADE) | bodies()), st.booleans())
def test_it_is_exported_byte_for_byte(chunks: list[bytes], spills: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        _record(path, chunks, spills=spills)
        with open_exchange(str(path)) as exchange:
            assert b"".join(write(exchange)) == b"".join(chunks)
            with exchange.again().load() as again:
                assert b"".join(write(again)) == b"".join(chunks)


@given(chunkings(st.just(HANDMADE)), st.booleans())
def test_its_events_come_while_it_grows(chunks: list[bytes], spills: bool) -> None:
    with TemporaryDirectory() as folder:
        path, growing = Path(folder, "a.jsonl"), Path(folder, "growing.jsonl")
        _record(path, chunks, spills=spills)
        lines = path.read_bytes().splitlines(keepends=True)
        with growing.open("ab", buffering=0) as file:
            hold(file.fileno())
            for line in lines[:3]:
                file.write(line)
            with open_exchange(str(growing)) as exchange, open_exchange(str(path)) as whole:
                for line in lines[3:]:
                    assert exchange.arriving
                    file.write(line)
                    exchange.load()
                    assert events_of(exchange) == events_of(whole)[: exchange.index.count]
                assert not exchange.arriving
                assert events_of(exchange) == events_of(whole)
                assert exchange.view().status == whole.view().status == "complete"


def test_one_that_has_not_ended_shows_what_came(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    _record(path, [HANDMADE[:150], HANDMADE[150:-20]], end=False, spills=True)
    with open_exchange(str(path)) as exchange:
        assert exchange.index.count == len(EVENTS) - 1
        assert exchange.view().status == "truncated"
        assert exchange.notes == [
            f"message {len(EVENTS)} of the Bedrock stream cannot be read: the stream is cut inside it"
        ]


@needs_recent_sdk
def test_any_other_stream_becomes_one_that_the_sdk_reads(tmp_path: Path) -> None:
    exchange = exchange_of_body([sse(*EVENTS)])
    events = [
        (event.event, event.data) for event in AWSEventStreamDecoder().iter_bytes(iter([b"".join(write(exchange))]))
    ]
    assert events == [(frame.event, frame.data) for frame in exchange.frames()]
