"""Other people's files of whole exchanges: what each says of the request, the answer, and its times."""

import base64
import gzip
import io
import json
import tarfile
import zipfile
from typing import Any

import pytest

from inspector.diagnostics import diagnose
from inspector.recording import UnreadableError
from inspector.timeline import Exchange
from tests.formats.containers import REQUEST_BODY, exchanges_of
from tests.formats.wrappings import PACKED
from tests.support import block, finish, sse, start, text

EVENTS = [start(), *block(0, text("Grüße"), text(" 😀"), type="text", text=""), *finish()]
BODY = sse(*EVENTS)
SECRET = "sk-ant-a-secret"
SENT = {"x-api-key": SECRET, "content-type": "application/json"}
CAME = {"content-type": "text/event-stream; charset=utf-8", "request-id": "req_1"}
ASKED = json.loads(REQUEST_BODY)
URL = "https://api.anthropic.com/v1/messages"


def claude_trace(**response: Any) -> Any:
    return {
        "request": {"timestamp": 1777629600.0, "method": "POST", "url": URL, "headers": SENT, "body": ASKED},
        "response": {
            "timestamp": 1777629600.4,
            "status_code": 200,
            "headers": CAME,
            "body_raw": BODY.decode(),
            **response,
        },
        "logged_at": "2026-05-01T10:00:02.000Z",
    }


def claude_tap(**response: Any) -> Any:
    return {
        "timestamp": "2026-05-01T10:00:02+00:00", "request_id": "req_a", "turn": 1, "duration_ms": 2000,
        "request": {"method": "POST", "path": "/v1/messages", "headers": SENT, "body": ASKED},
        "response": {"status": 200, "headers": CAME, "body": {"type": "message"}, **response},
        "upstream_base_url": "https://api.anthropic.com",
    }  # fmt: skip


SSE_EVENTS = [{"event": event["type"], "data": event} for event in EVENTS]


def nock(**more: Any) -> Any:
    return {
        "scope": "https://api.anthropic.com:443", "method": "POST", "path": "/v1/messages", "body": ASKED, "status": 200,
        "response": BODY.decode(), "rawHeaders": [word for pair in CAME.items() for word in pair],
        "reqheaders": SENT, "responseIsBinary": False, **more,
    }  # fmt: skip


def wiremock(**response: Any) -> Any:
    return {
        "id": "a", "request": {"url": URL, "method": "POST", "headers": {"x-api-key": {"equalTo": SECRET}},
                               "bodyPatterns": [{"equalToJson": REQUEST_BODY.decode()}]},
        "response": {"status": 200, "headers": CAME, **(response or {"body": BODY.decode()})},
    }  # fmt: skip


def bedrock_log(**more: Any) -> Any:
    return {
        "schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": "2026-05-01T10:00:00Z",
        "operation": "InvokeModelWithResponseStream", "modelId": "anthropic.claude-x", "region": "eu-west-1",
        "input": {"inputBodyJson": ASKED}, "output": {"outputBodyJson": EVENTS}, **more,
    }  # fmt: skip


def har(*entries: Any, **first: Any) -> Any:
    return {**first, "log": {"pages": [], "version": "1.2", "creator": {"name": "x"}, "entries": entries}}


def entry(**more: Any) -> Any:
    return {
        "startedDateTime": "2026-05-01T10:00:00.000Z",
        "request": {"method": "POST", "url": URL, "headers": [{"name": "x-api-key", "value": SECRET}],
                    "postData": {"text": REQUEST_BODY.decode()}},
        "response": {"status": 200, "headers": [{"name": name, "value": value} for name, value in CAME.items()],
                     "content": {"size": 0, "mimeType": "text/event-stream"}},
        "timings": {"send": 0, "wait": 300, "receive": 100}, **more,
    }  # fmt: skip


MESSAGES = [
    {
        "time": 1777629600.5 + n / 20,
        "eventName": event["type"],
        "eventId": "",
        "data": json.dumps(event, ensure_ascii=False),
    }
    for n, event in enumerate(EVENTS)
]
HEX = [BODY[:50].hex(), BODY[50:].hex()]
ZIPPED = gzip.compress(BODY).hex()

FILES: dict[str, Any] = {
    "claude-trace": claude_trace(),
    "claude-trace, pretty": json.dumps(claude_trace(), indent=2),
    "claude-tap": claude_tap(sse_events=SSE_EVENTS),
    "nock": [nock()],
    "nock, binary": [nock(response=BODY.hex(), responseIsBinary=True)],
    "nock, compressed": [nock(response=[ZIPPED[:40], ZIPPED[40:]], rawHeaders={**CAME, "content-encoding": "gzip"})],
    "wiremock": wiremock(),
    "wiremock, several": {"mappings": [wiremock()]},
    "wiremock, Base64": wiremock(base64Body=base64.b64encode(BODY).decode()),
    "bedrock-log": bedrock_log(),
    "bedrock-log, CloudWatch": {"events": [{"timestamp": 1777629600000, "message": json.dumps(bedrock_log())}]},
    "claude-trace, a page": (
        "<!DOCTYPE html><html><script>window.claudeData = JSON.parse(base64ToUtf8('"
        + base64.b64encode(json.dumps({"rawPairs": [claude_trace()]}).encode()).decode()
        + "'));</script></html>"
    ),
    "nock, Base64": [nock(response=[base64.b64encode(BODY).decode()])],
    "nock, its events": [nock(response=[sse(event).decode() for event in EVENTS])],
    "nock, a Buffer": [nock(response={"type": "Buffer", "data": list(BODY)})],
    "har, an entry alone": entry(_eventSourceMessages=MESSAGES),
    "har, entries in a list": json.dumps([entry(_eventSourceMessages=MESSAGES)], indent=2),
    "har": har(entry(_eventSourceMessages=MESSAGES), _extra={"a": 1}),
}


def _opened(value: Any) -> Exchange:
    (exchange,) = exchanges_of(value.encode() if isinstance(value, str) else json.dumps(value).encode())
    return exchange


@pytest.mark.parametrize("kind", FILES)
def test_an_exchange_comes_out_whole_and_without_its_secrets(kind: str) -> None:
    exchange = _opened(FILES[kind])
    view = exchange.view()
    assert (exchange.index.header or {})["source"]["format"] == kind.partition(",")[0]
    assert view.status == "complete"
    assert view.message is not None
    assert view.message["content"] == [{"type": "text", "text": "Grüße 😀"}]
    assert view.request is not None
    assert view.request["method"] == "POST"
    assert "sk-ant" not in exchange.reader.line(0, exchange.reader.size()).decode()
    assert [finding.code for finding in diagnose(exchange) if finding.severity == "error"] == []


@pytest.mark.parametrize("kind", [kind for kind in FILES if "log" not in kind and "tap" not in kind])
def test_a_body_that_the_file_has_stays_as_it_was(kind: str) -> None:
    assert _opened(FILES[kind]).body().replace(b'": ', b'":').replace(b', "', b',"') == BODY


def test_times_that_a_file_has_are_those_of_the_recording() -> None:
    assert _opened(claude_trace()).view().metrics.ttfb_ms == pytest.approx(400)
    metrics = _opened(FILES["har"]).view().metrics
    assert (metrics.ttfb_ms, metrics.first_event_ms) == (300, 500)
    assert metrics.ttft_ms == pytest.approx(600)
    assert metrics.max_gap_ms == pytest.approx(50, abs=0.01)
    exchange = _opened(claude_tap(sse_events=SSE_EVENTS))
    assert exchange.view().metrics.duration_ms == 2000
    assert (exchange.index.header or {})["started_at"].startswith("2026-05-01T10:00:00")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (har(entry()), "does not have the body"),
        (claude_tap(), "the message and not its events"),
        (wiremock(bodyFileName="a.txt"), "the body is in another file, a.txt"),
        (
            bedrock_log(
                operation="ConverseStream", output={"outputBodyJson": [{"messageStart": {"role": "assistant"}}]}
            ),
            "ConverseStream answers in a notation of Amazon's own",
        ),
        (bedrock_log(output={"outputBodyS3Path": "s3://b/c"}), "does not have the body, it is in s3://b/c"),
    ],
    ids=["har", "claude-tap", "wiremock", "Converse", "bedrock-log"],
)
def test_of_a_body_that_is_not_there_nothing_is_found(value: Any, says: str) -> None:
    exchange = _opened(value)
    assert any(says in note for note in exchange.notes)
    assert diagnose(exchange) == []


def test_a_request_without_an_answer_is_one() -> None:
    (first, second) = exchanges_of(
        b"\n".join(json.dumps(pair).encode() for pair in (claude_trace(), {**claude_trace(), "response": None}))
    )
    assert first.view().status == "complete"
    assert any("no response" in note for note in second.notes)


def test_a_message_alone_is_a_reply_and_an_error_alone_an_error() -> None:
    message = {**start()["message"], "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"}
    view = _opened(json.dumps(message, indent=2)).view()
    assert (view.status, view.message) == ("reply", message)
    assert diagnose(view.exchange) == []
    error = {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
    view = _opened(error).view()
    assert view.status == "error"
    assert view.error == {"type": "authentication_error", "message": "invalid x-api-key", "event": None}


def test_messages_and_errors_that_were_printed_are_read_too() -> None:
    message = {**start()["message"], "content": [{"type": "text", "text": "it's"}], "stop_reason": "end_turn"}
    printed = (
        "ParsedMessage[NoneType](id='msg_1', content=[ParsedTextBlock[NoneType](citations=None, text=\"it's\", "
        "type='text', parsed_output=None)], model='m', role='assistant', stop_reason='end_turn', type='message')"
    )
    for said in (repr(message), printed):
        view = _opened(f"{said}\n").view()
        assert view.status == "reply"
        assert view.message
        assert view.message["content"] == [{"type": "text", "text": "it's"}]
    assert len(exchanges_of(f"{message!r}\n{message!r}\n".encode())) == 2
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for line in (
        f"Error code: 529 - {error}",
        f"API Error: 529 {json.dumps(error)}",
        json.dumps({"error": error["error"]}),
    ):
        view = _opened(f"{line}\n").view()
        assert view.status == "error"
        assert view.error == {"type": "overloaded_error", "message": "Overloaded", "event": None}


def test_what_claude_code_prints_stays_apart_by_agent_whatever_is_around_it() -> None:
    lines = [
        {"type": "stream_event", "event": event, "parent_tool_use_id": agent}
        for event in EVENTS
        for agent in (None, "t")
    ]
    in_front = "".join(f"2026-05-01T10:00:00.1Z {json.dumps(line)}\n" for line in lines)
    for content in (
        in_front,
        json.dumps(lines),
        "".join(json.dumps({"msg": json.dumps(line)}) + "\n" for line in lines),
    ):
        one, other = exchanges_of(content.encode())
        assert one.view().message == other.view().message
        assert one.view().status == "complete"


def test_each_file_of_an_archive_is_opened_and_the_others_are_named() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/one.sse.gz", gzip.compress(BODY))
        archive.writestr("a/notes.txt", "nothing here")
        archive.writestr("b/two.har", json.dumps(har(entry(_eventSourceMessages=MESSAGES))))
        archive.writestr("c.zip", PACKED["zip"](EVENTS))
    one, two = exchanges_of(file.getvalue())
    assert one.body() == BODY
    assert one.notes == ["from a/one.sse.gz", "packed with gzip: read as sse"]
    assert two.view().status == "complete"
    assert any(note.startswith("a/notes.txt left out: of no format") for note in two.notes)
    assert any(note.startswith("c.zip left out: archives inside") for note in two.notes)


def test_an_archive_without_a_stream_says_why() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("empty.jsonl"))
    with pytest.raises(UnreadableError, match=r"holds no file with a stream: empty\.jsonl left out: the file is empty"):
        exchanges_of(file.getvalue())
    with pytest.raises(UnreadableError, match="cut or damaged"):
        exchanges_of(PACKED["zip"](EVENTS)[:-30])


STRANGERS: dict[str, tuple[list[Any], str]] = {
    "Claude Code": (
        [{"type": "summary", "summary": "x", "leafUuid": "u"}],
        "a transcript of Claude Code.*run -- claude",
    ),
    "its tools": (
        [{"parentUuid": None, "sessionId": "s", "type": "user", "toolUseResult": {"stdout": BODY.decode()}}],
        "a transcript of Claude Code.*--include-partial-messages",
    ),
    "printed by it": (
        [{"type": "system", "subtype": "init", "session_id": "s"}, {"type": "result", "session_id": "s"}],
        "without the events of its streams.*--include-partial-messages",
    ),
    "Codex": ([{"timestamp": "t", "type": "session_meta", "payload": {"id": "x"}}], "a session of Codex"),
    "OTLP": ([{"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}], "OTLP"),
    "Langfuse": ([{"id": "a", "traceId": "t", "type": "GENERATION", "completionStartTime": None}], "Langfuse"),
    "LiteLLM": ([{"request_id": "a", "call_type": "acompletion", "spend": 0.1, "response": {}}], "LiteLLM"),
}


OTHERS: dict[str, tuple[bytes, str]] = {
    "packets": (b"\xd4\xc3\xb2\xa1\2\0\4\0", "a capture of packets.*inspector proxy"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip, which is not read: unpack it"),
    "SQLite": (b"SQLite format 3\0", "SQLite database: export"),
    "a web page": (b"<!doctype html><title>502</title>", "a web page without a stream"),
    "OpenAI": (b'{"id":"x","object":"chat.completion.chunk","choices":[]}\n', "OpenAI's API"),
    "a request": (json.dumps(ASKED).encode(), "a request to the API, and no answer"),
    "a batch": (b'{"custom_id":"a","result":{"type":"succeeded"}}\n', "results of a batch"),
    "Converse": (b'{"messageStart":{"role":"assistant"}}\n{"contentBlockDelta":{}}\n', "Bedrock's Converse"),
    "in a list": (
        b'[{"type":"system","session_id":"s"},{"type":"result","session_id":"s"}]',
        "--include-partial-messages",
    ),
    "cut by console.log": (b"{ chunk: { inner: { event: [Object] } } }\n", r"left out \(\[Object\]\).*JSON.stringify"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_no_format_reads_is_named_where_it_can_be(kind: str) -> None:
    content, says = OTHERS[kind]
    with pytest.raises(UnreadableError, match=says) as caught:
        exchanges_of(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", STRANGERS)
def test_what_holds_no_stream_is_named_and_refused(kind: str) -> None:
    lines, says = STRANGERS[kind]
    with pytest.raises(UnreadableError, match=says) as caught:
        exchanges_of(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert "\n" not in str(caught.value)
    if kind != "printed by it":
        with pytest.raises(UnreadableError, match=says):
            exchanges_of(json.dumps(lines, indent=2).encode())
