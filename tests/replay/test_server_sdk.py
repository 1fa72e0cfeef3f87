"""The real SDK reads what the server replays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anthropic
import pytest

from inspector.formats import open_exchanges
from inspector.net.http_library import sdk_http
from inspector.replay.answers import Answers
from inspector.replay.server import serve_in_thread
from inspector.text.json_text import loads_exact
from inspector.timeline import Exchange
from tests.replay.recordings import ERROR, HELLO, READS, http_error, recording
from tests.replay.sdk import READERS, STALLS_S, Reader
from tests.support import CORPUS, LIMIT_S, RECORDINGS, needs_recent_sdk, sse

pytestmark = pytest.mark.parametrize("read", READERS)


@contextmanager
def served(*exchanges: Exchange) -> Iterator[str]:
    with serve_in_thread(Answers(exchanges, speed=None)) as base_url:
        yield base_url


async def test_the_events_are_the_recorded_ones(read: Reader) -> None:
    with served(recording()) as base_url:
        got, error = await read(base_url)
    assert (got, error) == (HELLO, None)


SOME = (
    "thinking",
    "tool-use",
    "web-search-citations",
    "test_stream_events_thinking",
    "test_tools-1",
    "test_web_search",
)


@pytest.mark.parametrize(
    "path", [path for path in (*RECORDINGS, *CORPUS) if path.stem in SOME], ids=lambda path: path.stem
)
async def test_recorded_streams_come_through(read: Reader, path: Path) -> None:
    (exchange,) = open_exchanges(str(path))
    with exchange, served(exchange.load()) as base_url:
        got, error = await read(base_url)
        events = [loads_exact(frame.data.encode()) for frame in exchange.frames() if frame.event != "ping"]
    assert (got, error) == (events, None)


@needs_recent_sdk
@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (400, "invalid_request_error", anthropic.BadRequestError),
        (401, "authentication_error", anthropic.AuthenticationError),
        (429, "rate_limit_error", anthropic.RateLimitError),
        (500, "api_error", anthropic.InternalServerError),
        (529, "overloaded_error", anthropic._exceptions.OverloadedError),
    ],
)
async def test_http_errors_are_typed(read: Reader, status: int, kind: str, raised: type[Exception]) -> None:
    with served(http_error(status, kind)) as base_url:
        got, error = await read(base_url)
    assert type(error) is raised
    assert isinstance(error, anthropic.APIStatusError)
    assert (got, error.status_code, error.type, error.request_id) == ([], status, kind, "req_e")


@needs_recent_sdk
async def test_an_error_event_ends_the_stream(read: Reader) -> None:
    with served(recording([*READS[:3], sse(ERROR)], reason="eof")) as base_url:
        got, error = await read(base_url)
    assert got == HELLO[:3]
    assert type(error) is anthropic.APIStatusError
    assert (error.status_code, error.type) == (200, "overloaded_error")


@pytest.mark.parametrize(
    ("reason", "error_type", "raised"),
    [
        ("reset", "httpx2.ReadError", sdk_http.ReadError),
        ("reset", "httpx2.RemoteProtocolError", sdk_http.RemoteProtocolError),
        ("timeout", "httpx2.ReadTimeout", sdk_http.ReadTimeout),
        ("eof", None, type(None)),
    ],
)
async def test_a_stream_is_cut_as_it_was(read: Reader, reason: str, error_type: str, raised: type[object]) -> None:
    with served(recording(READS[:4], reason=reason, error=error_type)) as base_url:
        got, error = await read(base_url, timeout=STALLS_S if reason == "timeout" else LIMIT_S)
    assert got == HELLO[:4]
    assert type(error) is raised


async def test_a_retry_gets_the_next_recording(read: Reader) -> None:
    with served(http_error(529, "overloaded_error", ["retry-after-ms", "1"]), recording()) as base_url:
        got, error = await read(base_url, max_retries=1)
    assert (got, error) == (HELLO, None)
