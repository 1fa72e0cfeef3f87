"""What the importers of HAR, cassettes, flow files and saved responses read, and what they keep out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats import jsonl as native
from inspector.formats import open_exchange, open_exchanges, recognise
from tests.formats.containers import (
    REQUEST_BODY,
    RESPONSE_HEADERS,
    SECRETS,
    bodies_of,
    cassette,
    curl_i,
    event_stream,
    exchanges_of,
    flows,
    gzip_bytes,
    gzipped,
    har,
    json_cassette,
    recording_of,
)
from tests.support import SHARED, block, bodies, exchange_of_body, finish, input_json, needs_shared, sse, start, text

EVENTS = [
    start(),
    {"type": "ping"},
    *block(0, text("Grüße\u2028 😀"), type="text", text=""),
    *block(1, input_json('{"a":'), input_json("12345678901234567890}"), type="tool_use", id="t", name="n", input={}),
    *finish(),
]
STREAM = sse(*EVENTS)
BEDROCK = event_stream(*EVENTS)
BEDROCK_HEADERS = [("content-type", "application/vnd.amazon.eventstream")]

SHAPES: dict[str, tuple[str, bytes]] = {
    "har": ("har", har(STREAM)),
    "har, as text": ("har", har(STREAM, encoded=False)),
    "har, coded": ("har", har(gzip_bytes(STREAM), headers=gzipped())),
    "har, decoded but not so called": ("har", har(STREAM, headers=gzipped())),
    "har of Bedrock": ("har", har(BEDROCK, headers=BEDROCK_HEADERS)),
    "vcr": ("vcr", cassette(STREAM)),
    "vcr, as text": ("vcr", cassette(STREAM, text=True)),
    "vcr, coded": ("vcr", cassette(gzip_bytes(STREAM), headers=gzipped())),
    "vcr, as JSON": ("vcr", json_cassette(STREAM)),
    "vcr of Bedrock, coded": ("vcr", cassette(gzip_bytes(BEDROCK), headers=gzipped(BEDROCK_HEADERS))),
    "mitmproxy": ("mitmproxy", flows(STREAM)),
    "mitmproxy, coded": ("mitmproxy", flows(gzip_bytes(STREAM), headers=gzipped())),
    "mitmproxy of Bedrock": ("mitmproxy", flows(BEDROCK, headers=BEDROCK_HEADERS)),
    "curl -i": ("sse", curl_i(STREAM)),
    "curl -i, coded": ("sse", curl_i(gzip_bytes(STREAM), headers=gzipped())),
    "curl -i --compressed": ("sse", curl_i(STREAM, headers=gzipped())),
    "curl -i of Bedrock": ("sse", curl_i(BEDROCK, headers=BEDROCK_HEADERS)),
    "bedrock": ("bedrock", BEDROCK),
}
BUILDERS: dict[str, Callable[..., bytes]] = {"har": har, "vcr": cassette, "mitmproxy": flows}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_stream_is_the_same_message_in_every_format(shape: str) -> None:
    name, content = SHAPES[shape]
    assert recognise(content[: 1 << 16]).name == name
    (exchange,) = exchanges_of(content)
    expected = exchange_of_body([STREAM], "import", None).view()
    assert (exchange.body(), exchange.notes) == (STREAM, [])
    assert exchange.view().messages == expected.messages
    assert exchange.view().status == "complete"
    assert exchange.index.header is not None
    assert exchange.index.header["source"]["format"] == name


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step", [1, 7])
def test_how_a_file_is_read_makes_no_difference(shape: str, step: int) -> None:
    _, content = SHAPES[shape]
    reader = recognise(content).read
    assert reader is not None

    def lines(step: int) -> list[bytes]:
        chunks = (content[at : at + step] for at in range(0, len(content), step))
        return [line for imported in reader(chunks) for line in list(imported.lines)[1:]]

    assert lines(step) == lines(len(content))


@pytest.mark.parametrize("name", BUILDERS)
@given(st.lists(bodies(), min_size=1, max_size=3))
def test_any_body_comes_back_byte_for_byte(name: str, several: list[bytes]) -> None:
    build = BUILDERS[name]
    assert bodies_of(build(*several)) == several
    coded = [gzip_bytes(body) for body in several]
    assert bodies_of(build(*coded, headers=gzipped())) == several


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_text_bodies_come_back_in_yaml_and_json(body: str) -> None:
    assert bodies_of(har(body.encode(), encoded=False)) == [body.encode()]
    assert bodies_of(json_cassette(body.encode())) == [body.encode()]
    assert bodies_of(cassette(body.encode(), text=True)) == [body.encode()]


@given(bodies())
def test_a_saved_response_is_its_head_and_its_body(body: bytes) -> None:
    (exchange,) = exchanges_of(curl_i(body))
    assert exchange.body() == body
    assert exchange.view().response == {
        "status": 200,
        "headers": [["content-type", "text/event-stream; charset=utf-8"], ["set-cookie", "[redacted]"]],
    }


@pytest.mark.parametrize("name", BUILDERS)
def test_no_secret_gets_into_the_recording(name: str) -> None:
    (exchange,) = exchanges_of(BUILDERS[name](STREAM))
    recording = b"".join(native.write(exchange)).decode()
    assert not [secret for secret in SECRETS if secret in recording]
    request = exchange.request
    assert request is not None
    assert request["method"] == "POST"
    assert request["url"] == "https://api.anthropic.com/v1/messages?beta=true&api_key=[redacted]"
    assert ["authorization", "Bearer [redacted]"] in request["headers"]
    assert request["body"] == json.loads(REQUEST_BODY.replace(b"sk-ant-in-the-body", b"[redacted]"))


@pytest.mark.parametrize("name", BUILDERS)
def test_a_container_gives_every_exchange_its_number(name: str) -> None:
    several = exchanges_of(BUILDERS[name](STREAM, b'{"type":"error"}', STREAM))
    assert [exchange.number for exchange in several] == [1, 2, 3]
    assert [exchange.view().status for exchange in several] == ["complete", "not-a-stream", "complete"]
    assert [exchange.progress for exchange in several] == [1, 1, 1]


def test_where_one_exchange_is_wanted_the_others_are_mentioned(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(har(STREAM, STREAM, STREAM))
    with open_exchange(str(tmp_path / "x")) as exchange:
        assert exchange.body() == STREAM
        assert exchange.notes == ["this is the first of 3 exchanges in the file"]


def test_more_exchanges_than_a_process_may_have_files() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (120, hard))
    try:
        several = exchanges_of(har(*[b"data: %d\n\n" % number for number in range(200)]))
        assert [exchange.body() for exchange in several] == [b"data: %d\n\n" % number for number in range(200)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_closing_one_exchange_leaves_the_others_open() -> None:
    first, second = exchanges_of(har(b"data: 1\n\n", b"data: 2\n\n"))
    first.close()
    first.close()
    again = second.again()
    assert second.body() == again.load().body() == b"data: 2\n\n"
    second.close()
    assert again.body() == b"data: 2\n\n"
    again.close()


def test_har_has_the_time_to_the_head_and_no_other() -> None:
    (exchange,) = exchanges_of(har(STREAM))
    metrics = exchange.view().metrics
    assert (metrics.ttfb_ms, metrics.ttft_ms, metrics.duration_ms, metrics.reads) == (322, None, None, None)
    assert exchange.index.header is not None
    assert exchange.index.header["started_at"] == "2026-09-21T13:33:20.250000Z"
    assert exchange.index.end is None


def test_a_flow_has_the_times_of_its_head_and_its_end() -> None:
    (exchange,) = exchanges_of(flows(STREAM))
    metrics = exchange.view().metrics
    assert (metrics.ttfb_ms, metrics.ttft_ms, metrics.duration_ms) == (500, None, 2000)
    assert exchange.index.header is not None
    assert exchange.index.header["started_at"] == "2026-09-21T14:13:20.250000Z"


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (STREAM, RESPONSE_HEADERS, "complete"),
        (sse(*EVENTS[:-1]), RESPONSE_HEADERS, "eof"),
        (b'data: {"type":"message_stop"}\n\n', RESPONSE_HEADERS, "complete"),
        (b'{"type":"message"}', [("content-type", "application/json")], "complete"),
        (b"", RESPONSE_HEADERS, None),
        (None, RESPONSE_HEADERS, None),
    ],
)
def test_how_a_flow_ended(body: bytes | None, headers: list[tuple[str, str]], reason: str | None) -> None:
    (exchange,) = exchanges_of(flows(body, headers=headers))
    end = exchange.index.end
    assert (end and end["reason"]) == reason
    assert any("kept no body" in note for note in exchange.notes) == (body is None)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Client disconnected.", "cancelled"),
        ("peer closed connection without sending complete message body (incomplete chunked read)", "reset"),
        ("connection timed out", "timeout"),
        ("no route; the key was sk-ant-abc", "error"),
    ],
)
def test_how_a_flow_failed(said: str, reason: str) -> None:
    (exchange,) = exchanges_of(flows(None, error={"msg": said, "timestamp": 1_790_000_001.25}))
    assert exchange.index.end == {
        "kind": "end",
        "t_ns": 1_000_000_000,
        "reason": reason,
        "error": {"type": "mitmproxy", "message": said.replace("sk-ant-abc", "[redacted]")},
    }


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("net::ERR_CONNECTION_RESET", "reset"),
        ("net::ERR_ABORTED", "cancelled"),
        ("net::ERR_TIMED_OUT", "timeout"),
        ("net::ERR_NAME_NOT_RESOLVED", "error"),
    ],
)
def test_a_request_that_failed_in_a_browser(error: str, reason: str) -> None:
    log = json.loads(har(b""))
    log["log"]["entries"][0]["response"] = {"status": 0, "headers": [], "content": {}, "_error": error}
    (exchange,) = exchanges_of(json.dumps(log, indent=2).encode())
    assert exchange.index.response is None
    assert exchange.notes == ["the entry has no response"]
    assert exchange.index.end is not None
    assert (exchange.index.end["reason"], exchange.index.end["error"]["message"]) == (reason, error)


def test_an_export_without_content_says_so() -> None:
    log = json.loads(har(STREAM))
    log["log"]["entries"][0]["response"]["content"] = {"size": 4321, "mimeType": "text/event-stream"}
    (exchange,) = exchanges_of(json.dumps(log).encode())
    assert exchange.notes == ["the file does not have the body (4,321 bytes): export it with content"]


def test_mitmproxy_takes_utf8_for_latin_1_in_its_exports() -> None:
    wrong = STREAM.decode("latin-1").encode()
    assert bodies_of(har(wrong, encoded=False, size=len(STREAM))) == [STREAM]
    assert bodies_of(har(wrong, encoded=False, size=len(STREAM) // 3, compression=len(STREAM) - len(STREAM) // 3)) == [
        STREAM
    ]
    assert bodies_of(har(wrong, encoded=False, size=len(wrong))) == [wrong]


def test_the_chunks_of_a_compressed_body_that_polly_kept() -> None:
    import base64

    coded = gzip_bytes(STREAM)
    chunks = [base64.b64encode(piece).decode() for piece in (coded[:50], coded[50:])]
    log = json.loads(har(b"", headers=gzipped()))
    log["log"]["entries"][0]["response"]["content"]["text"] = json.dumps(chunks, separators=(",", ":"))
    assert bodies_of(json.dumps(log).encode()) == [STREAM]


def test_other_shapes_of_a_cassette() -> None:
    ruby = b"""---
http_interactions:
- request:
    method: post
    uri: https://api.anthropic.com/v1/messages
    body:
      encoding: UTF-8
      base64_string: eyJzdHJlYW0iOnRydWV9
    headers:
      X-Api-Key: [sk-ant-1]
  response:
    status: {code: 429, message: Too Many Requests}
    headers: {Content-Type: [application/json]}
    body: {encoding: UTF-8, string: '{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}'}
recorded_with: VCR 6
"""
    (exchange,) = exchanges_of(ruby)
    view = exchange.view()
    assert view.request == {
        "method": "POST",
        "url": "https://api.anthropic.com/v1/messages",
        "headers": [["X-Api-Key", "[redacted]"]],
        "body": {"stream": True},
    }
    assert (view.http_status, view.error) == (429, {"type": "rate_limit_error", "message": "slow", "event": None})

    httpx = b"""version: 1
interactions:
- request: {method: GET, uri: http://x/, body: '', headers: {a: [b, c], d: !!binary ZQ==}}
  response: {status_code: 200, http_version: HTTP/1.1, headers: {}, content: "data: 1\\n\\n"}
"""
    (exchange,) = exchanges_of(httpx)
    assert exchange.body() == b"data: 1\n\n"
    assert exchange.request is not None
    assert exchange.request["headers"] == [["a", "b"], ["a", "c"], ["d", "e"]]

    go = b"""---
version: 2
interactions:
- id: 0
  request: {method: POST, url: http://x/, body: hi, headers: {}}
  response: {status: 200 OK, code: 200, body: "data: 2\\n\\n", headers: {}}
"""
    assert bodies_of(go) == [b"data: 2\n\n"]


def test_a_request_body_that_was_kept_parsed() -> None:
    parsed = b"""interactions:
- request:
    method: POST
    uri: http://x/
    parsed_body: {max_tokens: 5, temperature: 0.5, stream: true, stop: null, model: '5', api_key: secret, texts: [&a hey, *a]}
  response: {status: {code: 200}, headers: {}, body: {string: ''}}
"""
    (exchange,) = exchanges_of(parsed)
    assert exchange.request is not None
    assert exchange.request["body"] == {
        "max_tokens": 5,
        "temperature": 0.5,
        "stream": True,
        "stop": None,
        "model": "5",
        "api_key": "[redacted]",
        "texts": ["hey", "hey"],
    }


def test_a_saved_response_of_another_kind() -> None:
    reply = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    (exchange,) = exchanges_of(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 529 \r\nx-api-key: sk-ant-1\r\n\r\n" + reply)
    assert exchange.view().error == {"type": "overloaded_error", "message": "Overloaded", "event": None}
    assert [line["kind"] for line in recording_of(exchange)] == ["recording", "response", "tail"]
    assert recording_of(exchange)[1]["headers"] == [["x-api-key", "[redacted]"]]


def test_a_saved_response_without_its_body() -> None:
    (exchange,) = exchanges_of(b"HTTP/2 200 \r\nretry-after: 1")
    assert exchange.view().response == {"status": 200, "headers": [["retry-after", "1"]]}
    assert exchange.body() == b""


_SAMPLES = sorted((SHARED / "corpus" / "containers").rglob("*.*"))


@needs_shared
@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: path.name[:60])
def test_the_corpus(path: Path) -> None:
    folder = {"har": "har", "vcrpy": "vcr", "aws-eventstream": "bedrock"}[path.parent.name]
    assert recognise(path.read_bytes()[: 1 << 16]).name == folder
    exchanges = open_exchanges(str(path))
    for exchange in exchanges:
        with exchange:
            view = exchange.load().view()
            assert (view.status, exchange.notes) == ("complete", [])
            assert view.message is not None
            assert view.message["content"]
    assert len(exchanges) == (2 if "test_tools" in path.name or "mirascope" in path.name else 1)
