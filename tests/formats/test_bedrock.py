"""Bedrock's binary event stream, beside what the SDK reads in it."""

import json
from pathlib import Path

import pytest
from anthropic.lib.bedrock._stream_decoder import AWSEventStreamDecoder
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats import open_exchange, recognise
from tests.formats.containers import bodies_of, chunk, event_stream, exchanges_of, message
from tests.support import SHARED, block, finish, input_json, needs_recent_sdk, needs_shared, sse, start, text

pytestmark = needs_recent_sdk

EVENTS = [
    start(),
    *block(0, text("Grüße\n"), type="text", text=""),
    *block(1, input_json('{"n":1e400}'), type="tool_use", id="t", name="n", input={}),
    *finish(),
]


def _sdk(content: bytes) -> list[tuple[str | None, str]]:
    """(event, data) of what the SDK yields."""
    return [(event.event, event.data) for event in AWSEventStreamDecoder().iter_bytes(iter([content]))]


def _ours(content: bytes) -> list[tuple[str | None, str]]:
    (exchange,) = exchanges_of(content)
    return [(frame.event, frame.data) for frame in exchange.frames()]


def test_the_events_are_those_that_the_sdk_yields() -> None:
    assert _ours(event_stream(*EVENTS)) == _sdk(event_stream(*EVENTS))
    assert bodies_of(event_stream(*EVENTS)) == [sse(*EVENTS)]


@given(st.lists(st.dictionaries(st.text(max_size=6), st.text(max_size=8) | st.integers(), max_size=3), min_size=1))
def test_any_json_comes_as_the_sdk_reads_it(payloads: list[dict[str, object]]) -> None:
    content = event_stream(*({**payload, "type": "ping"} for payload in payloads))
    assert _ours(content) == _sdk(content)


@pytest.mark.parametrize(
    "data",
    [
        b'{"completion":"Hi","stop_reason":null}',
        b"[1,2]",
        b"no JSON",
        b'{"type" : "ping",  "n":123456789012345678901234}',
    ],
)
def test_what_is_no_messages_event_keeps_its_bytes(data: bytes) -> None:
    assert _ours(chunk(data)) == _sdk(chunk(data))
    assert data in bodies_of(chunk(data))[0]


def test_what_the_sdk_skips_is_shown() -> None:
    unnamed = chunk(b'{"delta":{}}')
    other = message(b'{"x":1}', {":event-type": "metadata", ":message-type": "event"})
    assert _sdk(unnamed + other) == []
    assert _ours(unnamed + other) == [("message", '{"delta":{}}'), ("metadata", '{"x":1}')]


@pytest.mark.parametrize(
    ("headers", "payload"),
    [
        ({":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"Too many"}'),
        ({":message-type": "exception", ":exception-type": "modelStreamErrorException"}, b'{"message":"\xc3\xbc"}'),
        ({":message-type": "error", ":error-code": "InternalError", ":error-message": "Broken"}, b""),
    ],
)
def test_an_exception_is_the_sdks_error_event(headers: dict[str, str], payload: bytes) -> None:
    content = event_stream(EVENTS[0]) + message(payload, headers)
    ((_, started), (event, data)) = _ours(content)
    ((_, started_sdk), (event_sdk, data_sdk)) = _sdk(content)
    assert (started, event, json.loads(data)) == (started_sdk, event_sdk, json.loads(data_sdk))
    (exchange,) = exchanges_of(content)
    error = exchange.view().error
    assert exchange.view().status == "error"
    assert error is not None
    assert error["event"] == 2


def test_a_message_with_a_wrong_checksum_is_left_out_and_the_rest_read() -> None:
    first, second, third = (bytearray(chunk(event)) for event in EVENTS[:3])
    second[-10] ^= 1
    (exchange,) = exchanges_of(bytes(first + second + third))
    assert exchange.body() == sse(EVENTS[0], EVENTS[2])
    assert exchange.notes == ["message 2 of the Bedrock stream is damaged (its checksum is wrong): left out"]


def test_where_the_head_of_a_message_is_damaged_the_rest_is_kept_as_it_came() -> None:
    first, second = chunk(EVENTS[0]), bytearray(chunk(EVENTS[1]))
    second[3] ^= 1
    (exchange,) = exchanges_of(first + bytes(second))
    assert exchange.index.tail == bytes(second)
    assert exchange.notes == [
        "message 2 of the Bedrock stream cannot be read: the checksum of a message's head is wrong"
    ]


@pytest.mark.parametrize("left", [5, 15, 60])
def test_a_stream_that_is_cut(left: int) -> None:
    first, second = chunk(EVENTS[0]), chunk(EVENTS[1])
    (exchange,) = exchanges_of(first + second[:left])
    assert exchange.body() == sse(EVENTS[0]) + second[:left]
    assert exchange.view().status == "truncated"
    assert exchange.notes == ["message 2 of the Bedrock stream cannot be read: the stream is cut inside it"]


def test_a_chunk_that_is_no_base64_is_shown_as_it_came() -> None:
    damaged = message(b'{"bytes":"%%%"}', {":event-type": "chunk", ":message-type": "event"})
    (exchange,) = exchanges_of(damaged)
    assert exchange.body() == b'data: {"bytes":"%%%"}\n\n'
    assert exchange.notes[0].startswith("message 1 of the Bedrock stream holds no chunk that can be read: ")


@given(st.binary(max_size=40))
def test_only_a_right_checksum_is_recognised(head: bytes) -> None:
    assert (recognise(event_stream(start()) + head).name) == "bedrock"
    changed = bytearray(event_stream(start()))
    changed[10] ^= 0x40
    with pytest.raises(Exception, match="binary data"):
        recognise(bytes(changed) + head)


@needs_shared
@pytest.mark.parametrize("path", sorted((SHARED / "corpus").rglob("*.eventstream.bin")), ids=lambda path: path.name)
def test_the_corpus_reads_as_the_sdk_reads_it(path: Path) -> None:
    with open_exchange(str(path)) as exchange:
        assert [(frame.event, frame.data) for frame in exchange.frames()] == _sdk(path.read_bytes())
