import asyncio
import gzip
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anthropic
import pytest

from inspector.capture.live import Live
from inspector.capture.live_request import LiveRequest
from inspector.net.http_library import sdk_http
from inspector.timeline import Exchange
from tests.capture.raw_server import LAST_CHUNK, Do, RawServer, Step, chunk, head, reply
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text

BODY = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
KEY = "sk-ant-a-secret-key"
EVENTS = [
    start(),
    {"type": "ping"},
    *block(0, text("Hel"), text("lo"), type="text", text=""),
    *block(1, input_json('{"a":'), input_json("1}"), type="tool_use", id="t", name="go", input={}),
    {"type": "brand_new", "x": 1},
    *finish(),
]
FRAMES = [sse(event) for event in EVENTS]
PARTIAL = FRAMES[:5]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def http_error(status: int, kind: str, **headers: str) -> list[Step]:
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "no"}}).encode()
    return reply(body, status=status, content_type="application/json", **headers)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


@pytest.fixture(params=["sync", "async"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Recorded:
    """What came of a live request: the SDK's events, what it raised, the recordings by attempt, what was told."""

    def __init__(self, folder: Path, way: str, url: str, body: dict[str, Any] = BODY, **call: Any) -> None:
        self.events: list[Any] = []
        self.reported: list[tuple[int, str]] = []
        self.lost: list[Exception] = []
        self.error: BaseException | None = None
        self.folder = folder
        live = Live(
            LiveRequest(body, base_url=url, **call),
            lambda number: folder / f"{number}.jsonl",
            self.events.append,
            lambda number, before: self.reported.append((number, before)),
            self.lost.append,
        )
        try:
            if way == "sync":
                live.run()
            else:
                asyncio.run(live.run_async())
        except Exception as error:  # noqa: BLE001
            self.error = error

    def exchange(self, number: int = 1) -> Exchange:
        return Exchange((self.folder / f"{number}.jsonl").open("rb"), str(number)).load()

    def end(self, number: int = 1) -> tuple[str, str | None]:
        with self.exchange(number) as exchange:
            end = exchange.view().end
        assert end
        return end["reason"], end["error"]["type"] if "error" in end else None


def bare(way: str, url: str) -> tuple[list[Any], BaseException | None]:
    """The SDK's events and what it raised, with nothing recorded."""
    events: list[Any] = []

    async def run() -> None:
        async with (
            anthropic.AsyncAnthropic(base_url=url) as client,
            await client.messages.create(**BODY, stream=True) as stream,  # type: ignore[call-overload]
        ):
            async for event in stream:
                events.append(event)  # noqa: PERF401 what came before an exception counts

    try:
        if way == "async":
            asyncio.run(run())
        else:
            with anthropic.Anthropic(base_url=url) as client, client.messages.create(**BODY, stream=True) as stream:  # type: ignore[call-overload]
                events.extend(stream)
    except Exception as error:  # noqa: BLE001
        return events, error
    return events, None


CUT: Sequence[Step] = [head(), *map(chunk, PARTIAL)]
ENDINGS: list[tuple[str, Sequence[Step], type[Exception] | None, tuple[str, str | None], str]] = [
    ("whole", reply(*FRAMES), None, ("complete", None), "complete"),
    ("one read", reply(b"".join(FRAMES)), None, ("complete", None), "complete"),
    ("a byte each", reply(*(bytes([byte]) for byte in b"".join(FRAMES))), None, ("complete", None), "complete"),
    ("clean end too early", reply(*PARTIAL), None, ("eof", None), "truncated"),
    ("cut", CUT, sdk_http.RemoteProtocolError, ("reset", f"{sdk_http.__name__}.RemoteProtocolError"), "truncated"),
    ("reset", [*CUT, Do.RESET], sdk_http.ReadError, ("reset", f"{sdk_http.__name__}.ReadError"), "truncated"),
    ("error event", reply(*PARTIAL, sse(OVERLOADED)), anthropic.APIStatusError, ("error", "overloaded_error"), "error"),
    ("error event, open connection", [*CUT, chunk(sse(OVERLOADED)), Do.HOLD], anthropic.APIStatusError,
     ("error", "overloaded_error"), "error"),
    ("no JSON", reply(*PARTIAL, b"event: content_block_stop\ndata: {\n\n"), json.JSONDecodeError,
     ("error", "json.decoder.JSONDecodeError"), "truncated"),
    ("no UTF-8", reply(*PARTIAL, b"event: x\ndata: \xff\n\n"), UnicodeDecodeError,
     ("error", "UnicodeDecodeError"), "truncated"),
    ("a page", reply(b"<html>", content_type="text/html"), None, ("complete", None), "not-a-stream"),
    ("damaged gzip", reply(b"no gzip", content_encoding="gzip"), sdk_http.DecodingError,
     ("error", f"{sdk_http.__name__}.DecodingError"), "not-a-stream"),
    ("400", http_error(400, "invalid_request_error"), anthropic.BadRequestError, ("complete", None), "error"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "raises", "end", "status"), [e[1:] for e in ENDINGS], ids=[e[0] for e in ENDINGS])
def test_the_sdk_does_what_it_does_and_the_recording_says_what_happened(
    tmp_path: Path,
    way: str,
    script: Sequence[Step],
    raises: type[Exception] | None,
    end: tuple[str, str | None],
    status: str,
) -> None:
    with RawServer(script) as server:
        recorded = Recorded(tmp_path, way, server.url)
        events, error = bare(way, server.url)
    assert recorded.events == events
    assert type(recorded.error) is type(error)
    assert str(recorded.error) == str(error)
    assert raises is None or isinstance(recorded.error, raises)
    assert recorded.lost == []
    assert recorded.end() == end
    with recorded.exchange() as exchange:
        sent = [step for step in script if isinstance(step, bytes) and step != LAST_CHUNK][1:]
        assert exchange.body() == b"".join(step.partition(b"\r\n")[2][:-2] for step in sent)
        assert exchange.view().status == status


def test_a_read_timeout_keeps_the_reply_so_far(tmp_path: Path, way: str) -> None:
    with RawServer([*CUT, Do.HOLD]) as server:
        recorded = Recorded(tmp_path, way, server.url, timeout_s=1)
    assert isinstance(recorded.error, sdk_http.ReadTimeout)
    assert recorded.end() == ("timeout", f"{sdk_http.__name__}.ReadTimeout")
    with recorded.exchange() as exchange:
        assert exchange.body() == b"".join(PARTIAL)


def test_each_read_of_a_compressed_stream_is_told_decoded(tmp_path: Path, way: str) -> None:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(frame) + packer.flush(zlib.Z_SYNC_FLUSH) for frame in FRAMES]
    with RawServer(reply(*pieces, packer.flush(), content_encoding="gzip")) as server:
        recorded = Recorded(tmp_path, way, server.url)
    assert recorded.end() == ("complete", None)
    with recorded.exchange() as exchange:
        assert exchange.body() == b"".join(FRAMES)
        assert list(exchange.index.read) == [*range(1, len(FRAMES) + 1)]


def test_attempts_are_recordings_of_their_own(tmp_path: Path, way: str) -> None:
    refused = http_error(529, "overloaded_error", retry_after_ms="1", content_encoding="gzip")
    refused[1] = chunk(gzip.compress(b'{"type":"error","error":{"type":"overloaded_error","message":"no"}}'))
    with RawServer(refused, [Do.RESET], reply(*FRAMES)) as server:
        recorded = Recorded(tmp_path, way, server.url)
    assert recorded.error is None
    assert recorded.reported == [(2, "HTTP 529"), (3, f"{sdk_http.__name__}.ReadError")]
    assert [recorded.end(number) for number in (1, 2, 3)] == [
        ("complete", None),
        ("reset", f"{sdk_http.__name__}.ReadError"),
        ("complete", None),
    ]
    for number in (1, 2, 3):
        with recorded.exchange(number) as exchange:
            assert exchange.index.header
            assert exchange.index.header["source"]["attempt"] == number
    with recorded.exchange(1) as exchange:
        assert exchange.view().error == {"type": "overloaded_error", "message": "no", "event": None}


def test_a_rate_limit_that_stays_is_raised_and_recorded_each_time(tmp_path: Path, way: str) -> None:
    with RawServer(http_error(429, "rate_limit_error", retry_after_ms="1")) as server:
        recorded = Recorded(tmp_path, way, server.url)
    assert isinstance(recorded.error, anthropic.RateLimitError)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.jsonl", "2.jsonl", "3.jsonl"]


def test_a_redirect_is_an_exchange_of_its_own(tmp_path: Path, way: str) -> None:
    with RawServer(reply(*FRAMES)) as target:
        moved = reply(b"moved", status=307, content_type="text/plain", location=f"{target.url}/other")
        with RawServer(moved) as server:
            recorded = Recorded(tmp_path, way, server.url)
    assert recorded.error is None
    with recorded.exchange(1) as first, recorded.exchange(2) as second:
        assert first.view().http_status == 307
        assert first.body() == b"moved"
        assert second.body() == b"".join(FRAMES)
        assert second.request
        assert second.request["url"] == f"{target.url}/other"
        assert second.request["body"] == {**BODY, "stream": True}


def test_no_connection_ends_the_recording(tmp_path: Path, way: str) -> None:
    with RawServer() as server:
        pass
    recorded = Recorded(tmp_path, way, server.url)
    assert type(recorded.error) is anthropic.APIConnectionError
    assert recorded.end(3) == ("error", f"{sdk_http.__name__}.ConnectError")
    with recorded.exchange(3) as exchange:
        assert exchange.request
        assert exchange.view().response is None


def test_no_secret_is_recorded(tmp_path: Path, way: str) -> None:
    body = {**BODY, "mcp_servers": [{"name": "x", "url": "http://h", "authorization_token": "tok-123"}]}
    with RawServer(reply(*FRAMES, set_cookie="sid=sess-456")) as server:
        recorded = Recorded(tmp_path, way, server.url, body)
    assert recorded.error is None
    assert KEY.encode() in server.requests[0]
    assert b"tok-123" in server.requests[0]
    written = (tmp_path / "1.jsonl").read_text()
    assert not any(secret in written for secret in (KEY, "tok-123", "sess-456"))
    # Older SDKs send it under a name of its own.
    assert any(header in written for header in ('["Authorization","Bearer [redacted]"]', '["X-Api-Key","[redacted]"]'))


def test_any_field_and_betas_reach_the_server(tmp_path: Path, way: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 5}
    body = {**BODY, "thinking": thinking, "tools": [{"name": "t", "new": 1}], "brand": {"a": 2}}
    with RawServer(reply(*FRAMES)) as server:
        Recorded(tmp_path, way, server.url, body, betas=("one-2025-01-01", "two-2025-01-01"))
        Recorded(tmp_path / "2", way, server.url, body)
    for sent in server.bodies:
        assert json.loads(sent) == {**body, "stream": True}
    assert b"anthropic-beta: one-2025-01-01,two-2025-01-01" in server.requests[0]
    assert b"anthropic-beta" not in server.requests[1]


def test_the_stream_goes_on_where_nothing_can_be_recorded(tmp_path: Path, way: str) -> None:
    with RawServer(reply(*FRAMES)) as server:
        recorded = Recorded(tmp_path / "missing", way, server.url)
        events, _ = bare(way, server.url)
    assert recorded.error is None
    assert recorded.events == events
    assert len(recorded.lost) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError, ValueError])
def test_an_exception_of_the_reader_closes_the_connection(tmp_path: Path, way: str, error: type[BaseException]) -> None:
    def refuse(event: Any) -> None:
        raise error

    with RawServer([*CUT, Do.HOLD]) as server:
        live = Live(
            LiveRequest(BODY, base_url=server.url),
            lambda _: tmp_path / "1.jsonl",
            refuse,
            lambda *_: None,
            lambda _: None,
        )
        with pytest.raises(error):
            live.run() if way == "sync" else asyncio.run(live.run_async())
        assert server.client_left.wait(LIMIT_S)
    last = json.loads((tmp_path / "1.jsonl").read_bytes().splitlines()[-1])
    assert (last["kind"], last["reason"]) == ("end", "cancelled")


def test_last_chunk_is_what_ends_a_body(tmp_path: Path) -> None:
    """The message is whole, the body is not: that is a reset, and the status is still complete."""
    with RawServer([step for step in reply(*FRAMES) if step != LAST_CHUNK]) as server:
        recorded = Recorded(tmp_path, "sync", server.url)
    assert recorded.end() == ("reset", f"{sdk_http.__name__}.RemoteProtocolError")
    with recorded.exchange() as exchange:
        assert exchange.view().status == "complete"
