"""The real SDK with recordings in place of a network."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import anthropic
import pytest

import inspector
from inspector.formats import open_exchange
from inspector.net.http_library import sdk_http
from inspector.recording import InspectorError
from inspector.replay.client import ReplayClient
from inspector.timeline import Exchange
from tests.replay.recordings import BODY, HELLO, READS, http_error, recording, request
from tests.replay.sdk import READERS, Reader
from tests.support import needs_recent_sdk

Replay = Callable[..., ReplayClient]
BASE_URL = "http://nowhere.invalid"


@pytest.fixture
def path_of(tmp_path: Path) -> Callable[..., Path]:
    """Where a recording stands as a file."""

    def path_of(exchange: Exchange, name: str = "hello") -> Path:
        path = tmp_path / f"{name}.jsonl"
        exchange.reader.file.seek(0)
        path.write_bytes(exchange.reader.file.read())
        return path

    return path_of


@pytest.fixture
def hello(path_of: Callable[..., Path]) -> Path:
    return path_of(recording())


@pytest.mark.parametrize("read", READERS)
async def test_the_events_are_the_recorded_ones(read: Reader, replay_client: Replay, hello: Path) -> None:
    client = replay_client(hello)
    assert await read(BASE_URL, http_client=client) == (HELLO, None)
    assert await read(f"{BASE_URL}/gateway", http_client=replay_client(hello)) == (HELLO, None)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("reason", "error", "raised"),
    [
        ("eof", None, type(None)),
        ("reset", "httpx2.ReadError", sdk_http.ReadError),
        ("reset", "httpx2.RemoteProtocolError", sdk_http.RemoteProtocolError),
        ("cancelled", None, sdk_http.RemoteProtocolError),
        ("timeout", "httpx2.ReadTimeout", sdk_http.ReadTimeout),
    ],
)
async def test_a_stream_ends_as_it_ended(
    read: Reader,
    replay_client: Replay,
    path_of: Callable[..., Path],
    reason: str,
    error: str | None,
    raised: type[object],
) -> None:
    path = path_of(recording(READS[:4], reason=reason, error=error))
    got, caught = await read(BASE_URL, http_client=replay_client(path), timeout=60)
    assert got == HELLO[:4]
    assert type(caught) is raised


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("reason", "error", "raised"),
    [
        ("reset", "httpx2.ReadError", anthropic.APIConnectionError),
        ("reset", "httpx2.RemoteProtocolError", anthropic.APIConnectionError),
        ("timeout", "httpx2.ReadTimeout", anthropic.APITimeoutError),
    ],
)
async def test_a_request_that_was_never_answered_is_not(
    read: Reader, replay_client: Replay, path_of: Callable[..., Path], reason: str, error: str, raised: type[object]
) -> None:
    path = path_of(recording([], status=None, reason=reason, error=error))
    got, caught = await read(BASE_URL, http_client=replay_client(path))
    assert (got, type(caught)) == ([], raised)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("faults", "came", "raised"),
    [
        pytest.param(["status=529"], 0, anthropic._exceptions.OverloadedError, marks=needs_recent_sdk),
        (["error=api_error@2"], 2, anthropic.APIStatusError),
        (["drop@3"], 3, type(None)),
        (["reset@3"], 3, sdk_http.ReadError),
        (["stall@3:5s"], 3, sdk_http.ReadTimeout),
        (["delay=5s"], 0, anthropic.APITimeoutError),
        (["gzip", "rechunk=1"], 8, type(None)),
        (["gzip:noflush", "burst"], 8, type(None)),
        (["no-event-names"], 0, type(None)),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
async def test_faults(
    read: Reader, replay_client: Replay, hello: Path, faults: list[str], came: int, raised: type[object]
) -> None:
    timeout = 0.5 if faults[0].startswith(("stall", "delay")) else 10
    got, caught = await read(BASE_URL, http_client=replay_client(hello, faults=faults), timeout=timeout)
    assert got == HELLO[:came]
    assert type(caught) is raised


@pytest.mark.parametrize("read", READERS)
async def test_a_retry_gets_the_next_recording(
    read: Reader, replay_client: Replay, path_of: Callable[..., Path], hello: Path
) -> None:
    error = path_of(http_error(529, "overloaded_error", ["retry-after-ms", "1"]), "error")
    assert await read(BASE_URL, http_client=replay_client(error, hello), max_retries=1) == (HELLO, None)


@pytest.mark.parametrize("read", READERS)
async def test_a_pause_beyond_the_read_timeout_is_one(read: Reader, replay_client: Replay, hello: Path) -> None:
    got, caught = await read(BASE_URL, http_client=replay_client(hello, speed=1), timeout=0.2)
    assert (got, type(caught)) == ([], anthropic.APITimeoutError)


@pytest.mark.parametrize("read", READERS)
async def test_a_tap_sees_what_is_replayed(read: Reader, replay_client: Replay, hello: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    assert await read(BASE_URL, folder, http_client=replay_client(hello)) == (HELLO, None)
    (path,) = folder.glob("*.jsonl")
    with open_exchange(str(path)) as exchange:
        assert (exchange.view().status, exchange.body()) == ("complete", BODY)


@pytest.mark.parametrize("read", READERS)
async def test_hooks_are_called(read: Reader, replay_client: Replay, hello: Path) -> None:
    seen: list[int] = []
    client = replay_client(hello)

    def hook(response: sdk_http.Response) -> None:
        seen.append(response.status_code)

    async def hook_async(response: sdk_http.Response) -> None:
        seen.append(response.status_code)

    client.event_hooks = {"response": [hook if read.__name__ == "read_sync" else hook_async]}
    await read(BASE_URL, http_client=client)
    assert seen == [200]


def test_the_model_chooses_and_unstreamed_is_the_message(
    replay_client: Replay, path_of: Callable[..., Path], hello: Path
) -> None:
    other = path_of(http_error(529, "overloaded_error"), "other")
    client = anthropic.Anthropic(api_key="test", http_client=replay_client(other, hello), max_retries=0)
    fields: dict[str, Any] = {**request(), "stream": False}
    message = client.messages.create(**{**fields, "model": "hello"})
    assert message.content[0].text == "Hello, wörld"
    with pytest.raises(anthropic._exceptions.OverloadedError):
        client.messages.create(**fields)
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("none")
    assert [model.id for model in client.models.list()] == ["claude-test"]


def test_each_recorded_read_is_one(replay_client: Replay, path_of: Callable[..., Path]) -> None:
    pieces = [BODY[:7], BODY[7:300], BODY[300:301], BODY[301:]]
    client = replay_client(path_of(recording(pieces)))
    with client.stream("POST", f"{BASE_URL}/v1/messages", json=request()) as response:
        assert list(response.iter_raw()) == pieces


def test_the_recorded_time_is_kept(replay_client: Replay, path_of: Callable[..., Path]) -> None:
    client = replay_client(path_of(recording(gap_ns=10_000_000)), speed=10, idle_limit=0.5)
    before = monotonic()
    assert client.post(f"{BASE_URL}/v1/messages", json=request()).content == BODY
    # Never earlier than it was; how much later is for a benchmark.
    assert monotonic() - before >= (0.5 + 0.01 * (len(READS) + 1)) / 10


def test_a_closed_client_answers_no_more(replay_client: Replay, hello: Path) -> None:
    client = replay_client(hello)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.post(f"{BASE_URL}/v1/messages", json=request())


def test_files_that_are_none_and_faults_that_do_not_fit(hello: Path) -> None:
    with pytest.raises(InspectorError, match="no such file"):
        inspector.replay_client(hello, "nix.jsonl")
    with pytest.raises(InspectorError, match="there is no event 9"):
        inspector.replay_client(hello, faults=["drop@9"])
    with pytest.raises(InspectorError, match="at least one recording"):
        inspector.replay_client()


def test_files_are_closed_with_the_client(hello: Path) -> None:
    # A file that is left open would be a warning, and so an error here.
    inspector.replay_client(hello)
