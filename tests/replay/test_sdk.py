"""What the SDK does with a stream, held against the facts that were measured against a raw byte server."""

from typing import Any

import pytest

from inspector.net.http_library import sdk_http
from inspector.replay.sdk import SdkReport, sdk_report
from tests.diagnostics.streams import recorded
from tests.support import block, exchange_of_body, exchange_of_lines, finish, input_json, sse, start, text

TEXT = block(0, text("a"), text("b"), type="text", text="")
WHOLE = [start(), {"type": "ping"}, *TEXT, *finish()]


def _report(body: bytes, end: str | None = "complete") -> SdkReport:
    return sdk_report(exchange_of_body([body], end=end).view())


def test_what_is_yielded_stands_beside_its_frame() -> None:
    report = _report(sse(*WHOLE))
    assert [(item.event, item.type) for item in report.create.yielded] == [
        (1, "message_start"), (3, "content_block_start"), (4, "content_block_delta"), (5, "content_block_delta"),
        (6, "content_block_stop"), (7, "message_delta"), (8, "message_stop"),
    ]  # fmt: skip
    derived = [(item.event, item.summary) for item in report.stream.yielded if item.type == "text"]
    assert derived == [(4, "text='a'"), (5, "text='b'")]
    assert report.stream.final == "returns a message with stop_reason 'end_turn'"
    assert report.create.raised is report.stream.raised is None


_TOOL = {"type": "tool_use", "id": "t", "name": "n", "input": {}}


@pytest.mark.parametrize(
    ("body", "create", "stream"),
    [
        (
            sse(start(), {"type": "error", "error": {"type": "overloaded_error"}}),
            (2, "anthropic.APIStatusError"),
            (2, "anthropic.APIStatusError"),
        ),
        (sse(start(), *block(1, text("a"), type="text", text="")), None, (3, "IndexError")),
        (sse(start(), *block(0, input_json('{"kw": Dave}'), **_TOOL)), None, (3, "ValueError")),
        (
            sse(start()) + b"event: content_block_stop\ndata: {cut\n\n",
            (2, "json.JSONDecodeError"),
            (2, "json.JSONDecodeError"),
        ),
        (sse(start()) + b"event: x\ndata: \xff\n\n", (2, "UnicodeDecodeError"), (2, "UnicodeDecodeError")),
        (sse(*WHOLE[:4]), None, None),
    ],
    ids=["error event", "index gap", "invalid tool input", "invalid JSON", "invalid UTF-8", "cut"],
)
def test_where_it_raises_and_what(body: bytes, create: Any, stream: Any) -> None:
    report = _report(body)
    assert [(r.raised.event, r.raised.type) if r.raised else None for r in (report.create, report.stream)] == [
        create,
        stream,
    ]


def test_events_without_a_name_are_swallowed() -> None:
    report = _report(b"".join(frame.split(b"\n", 1)[1] for frame in sse(*WHOLE).split(b"event")[1:]))
    assert (report.create.yielded, report.stream.yielded) == ([], [])
    assert report.stream.final == "raises AssertionError"


def test_the_recorded_ending_and_status_are_part_of_it() -> None:
    cut = exchange_of_lines([
        b'{"kind":"recording","version":1,"source":{"kind":"live"}}\n',
        b'{"kind":"event","event":"ping","data":{"type":"ping"}}\n',
        b'{"kind":"end","reason":"reset","error":{"type":"httpx2.RemoteProtocolError","message":"gone"}}\n',
    ])  # fmt: skip
    raised = sdk_report(cut.view()).create.raised
    assert raised
    assert (raised.event, raised.type, raised.message) == (1, f"{sdk_http.__name__}.RemoteProtocolError", "gone")
    assert sdk_report(cut.at(1)).create.raised is None
    refused = exchange_of_lines([
        b'{"kind":"recording","version":1,"source":{"kind":"live"}}\n{"kind":"response","status":529,"headers":[]}\n',
        b'{"kind":"tail","raw":"{\\"type\\":\\"error\\",\\"error\\":{\\"type\\":\\"overloaded_error\\"}}"}\n',
    ])  # fmt: skip
    raised = sdk_report(refused.view()).stream.raised
    assert raised
    assert raised.type == "anthropic.OverloadedError"


def test_what_holds_beta_blocks_is_read_by_the_beta_client_unless_an_sdk_asked_otherwise() -> None:
    body = sse(start(), *block(0, type="compaction", content="so far"), *finish())
    assert sdk_report(exchange_of_body([body]).view()).stream.call == "client.beta.messages.stream()"
    assert sdk_report(exchange_of_body([body]).at(1)).stream.call == "client.messages.stream()"
    asked = recorded(body, sent_headers=[("x-stainless-lang", "python")])
    assert sdk_report(asked.view()).stream.call == "client.messages.stream()"


def test_values_of_another_type_are_no_warnings(recwarn: pytest.WarningsRecorder) -> None:
    body = sse(start(), *block(0, type="tool_use", id=[], name="f", input="{}"), *finish("tool_use"))
    assert sdk_report(exchange_of_body([body]).view()).stream.raised is None
    assert not recwarn.list
