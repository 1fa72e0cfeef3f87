import asyncio
import gc
import json
import logging
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic
import pytest

import inspector
from inspector.net.http_library import sdk_http
from inspector.timeline import Exchange
from tests.capture.raw_server import Do, RawServer, Step, chunk, head, reply
from tests.support import LIMIT_S, RECENT_SDK, block, finish, input_json, needs_recent_sdk, sse, start, text

ASK: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
EVENTS = [start(), {"type": "ping"}, *block(0, text("Hel"), text("lo"), type="text", text=""), *finish()]
FRAMES = [sse(event) for event in EVENTS]
BODY = b"".join(FRAMES)
OVERLOADED = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})

Seen = list[Any]
# An application: given a client and a list to put into what it sees.
App = Callable[[Any, Seen], Any]


def iterate(client: anthropic.Anthropic, seen: Seen) -> None:
    seen.extend(client.messages.create(**ASK, stream=True))


async def iterate_async(client: anthropic.AsyncAnthropic, seen: Seen) -> None:
    async for event in await client.messages.create(**ASK, stream=True):
        seen.append(event)


def break_off(client: anthropic.Anthropic, seen: Seen) -> None:
    for event in client.messages.create(**ASK, stream=True):
        seen.append(event)
        if len(seen) == 2:
            break
    if not RECENT_SDK:
        # It closes a stream that was left only when the garbage collector comes to it.
        gc.collect()


async def break_off_async(client: anthropic.AsyncAnthropic, seen: Seen) -> None:
    async with await client.messages.create(**ASK, stream=True) as stream:
        async for event in stream:
            seen.append(event)
            if len(seen) == 2:
                break


def stumble(client: anthropic.Anthropic, seen: Seen) -> None:
    with client.messages.create(**ASK, stream=True) as stream:
        for event in stream:
            seen.append(event)
            raise ZeroDivisionError


async def stumble_async(client: anthropic.AsyncAnthropic, seen: Seen) -> None:
    async with await client.messages.create(**ASK, stream=True) as stream:
        async for event in stream:
            seen.append(event)
            raise ZeroDivisionError


def helper(client: anthropic.Anthropic, seen: Seen) -> None:
    with client.messages.stream(**ASK) as stream:
        seen.extend(stream)
        seen.append(stream.get_final_message())


async def helper_async(client: anthropic.AsyncAnthropic, seen: Seen) -> None:
    async with client.messages.stream(**ASK) as stream:
        seen.extend([event async for event in stream])
        seen.append(await stream.get_final_message())


def raw_bytes(client: anthropic.Anthropic, seen: Seen) -> None:
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        seen.extend([response.status_code, b"".join(response.iter_bytes()), response.elapsed.total_seconds() > 0])


async def raw_bytes_async(client: anthropic.AsyncAnthropic, seen: Seen) -> None:
    async with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        body = b"".join([piece async for piece in response.iter_bytes()])
        seen.extend([response.status_code, body, response.elapsed.total_seconds() > 0])


APPS: dict[str, tuple[App, App]] = {
    "iterate": (iterate, iterate_async),
    "break": (break_off, break_off_async),
    "exception": (stumble, stumble_async),
    "stream()": (helper, helper_async),
    "with_streaming_response": (raw_bytes, raw_bytes_async),
}


@pytest.fixture(params=["sync", "async"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(way: str, apps: tuple[App, App], url: str, folder: Path | None) -> tuple[Seen, BaseException | None]:
    """What the application sees and how it ends, tapped where a folder is given."""
    seen: Seen = []

    async def run_async() -> None:
        async with anthropic.AsyncAnthropic(api_key="sk-ant-key", base_url=url) as client:
            await apps[1](inspector.tap(client, folder) if folder else client, seen)

    try:
        if way == "async":
            asyncio.run(run_async())
        else:
            with anthropic.Anthropic(api_key="sk-ant-key", base_url=url) as client:
                apps[0](inspector.tap(client, folder) if folder else client, seen)
    except Exception as error:  # noqa: BLE001
        return seen, error
    return seen, None


def recordings(folder: Path) -> list[Exchange]:
    exchanges = [Exchange(path.open("rb"), path.name).load() for path in sorted(folder.glob("*.jsonl"))]
    for exchange in exchanges:
        weakref.finalize(exchange, exchange.reader.file.close)
    return exchanges


def ends(folder: Path) -> list[tuple[bytes, str | None]]:
    """(body, end.reason) of each recording in a folder."""
    found = []
    for exchange in recordings(folder):
        with exchange:
            end = exchange.view().end
            found.append((exchange.body(), end["reason"] if end else None))
    return found


CUT: Sequence[Step] = [head(), *map(chunk, FRAMES[:3])]
SCRIPTS: dict[str, Sequence[Step]] = {
    "whole": reply(*FRAMES),
    "cut": CUT,
    "reset": [*CUT, Do.RESET],
    "error event": reply(*FRAMES[:3], OVERLOADED),
    "no JSON": reply(*FRAMES[:3], b"event: x\ndata: {\n\n"),
    "400": reply(b"{}", status=400, content_type="application/json"),
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("app", APPS)
def test_the_application_sees_what_it_would_have_seen(tmp_path: Path, way: str, app: str, script: str) -> None:
    with RawServer(SCRIPTS[script]) as server:
        tapped, error = run(way, APPS[app], server.url, tmp_path)
        bare, bare_error = run(way, APPS[app], server.url, None)
    assert tapped == bare
    assert type(error) is type(bare_error)
    assert str(error) == str(bare_error)
    ((body, reason),) = ends(tmp_path)
    expected = {"whole": BODY, "400": b"{}", "cut": b"".join(FRAMES[:3]), "reset": b"".join(FRAMES[:3])}
    if app in ("iterate", "stream()", "with_streaming_response") and script in expected:
        assert body == expected[script]
        assert reason == {"whole": "complete", "400": "complete"}.get(script, "reset")
    assert reason is not None
    assert "sk-ant-key" not in "".join(path.read_text() for path in tmp_path.iterdir())


@pytest.mark.parametrize("app", ["break", "exception"])
def test_leaving_early_closes_the_connection_and_says_cancelled(tmp_path: Path, way: str, app: str) -> None:
    with RawServer([head(), *map(chunk, FRAMES[:4]), Do.HOLD]) as server:
        run(way, APPS[app], server.url, tmp_path)
        assert server.client_left.wait(LIMIT_S)
    ((body, reason),) = ends(tmp_path)
    assert BODY.startswith(body)
    assert reason == "cancelled"


def test_an_error_event_is_the_reason_why_the_sdk_left(tmp_path: Path, way: str) -> None:
    with RawServer([*CUT, chunk(OVERLOADED), Do.HOLD]) as server:
        _, error = run(way, APPS["iterate"], server.url, tmp_path)
    assert isinstance(error, anthropic.APIStatusError)
    (exchange,) = recordings(tmp_path)
    with exchange:
        assert exchange.view().end
        assert exchange.view().end["error"] == {"type": "overloaded_error", "message": "Overloaded"}  # type: ignore[index]


def test_each_attempt_is_an_exchange(tmp_path: Path, way: str) -> None:
    refused = reply(b'{"type":"error"}', status=529, content_type="application/json", retry_after_ms="1")
    with RawServer(refused, [Do.RESET], reply(*FRAMES)) as server:
        seen, error = run(way, APPS["iterate"], server.url, tmp_path)
    assert error is None
    assert len(seen) == len(EVENTS) - 1
    exchanges = recordings(tmp_path)
    assert [exchange.index.header["source"]["attempt"] for exchange in exchanges if exchange.index.header] == [1, 2, 3]
    assert [exchange.view().http_status for exchange in exchanges] == [529, None, 200]
    assert ends(tmp_path)[1:] == [(b"", "reset"), (BODY, "complete")]


def test_a_redirect_is_an_exchange(tmp_path: Path, way: str) -> None:
    with RawServer(reply(*FRAMES)) as target:
        moved = reply(b"moved", status=307, content_type="text/plain", location=f"{target.url}/other")
        with RawServer(moved) as server:
            seen, _ = run(way, APPS["iterate"], server.url, tmp_path)
    assert len(seen) == len(EVENTS) - 1
    assert ends(tmp_path) == [(b"moved", "complete"), (BODY, "complete")]


def test_a_stream_that_stalls_is_on_disk_while_it_stalls(tmp_path: Path, way: str) -> None:
    went_on = threading.Event()
    rest = len(FRAMES) // 2

    def wait() -> None:
        wanted = b"".join(FRAMES[:rest])
        while not any(body == wanted for body, _ in ends(tmp_path)):
            if went_on.wait(0.005):
                return
        went_on.set()

    watcher = threading.Thread(target=wait)
    watcher.start()
    with RawServer([head(), *map(chunk, FRAMES[:rest]), went_on, *map(chunk, FRAMES[rest:]), b"0\r\n\r\n"]) as server:
        seen, error = run(way, APPS["iterate"], server.url, tmp_path)
    went_on.set()
    watcher.join()
    assert error is None
    assert len(seen) == len(EVENTS) - 1
    assert ends(tmp_path) == [(BODY, "complete")]


def test_an_unstreamed_reply_is_recorded(tmp_path: Path) -> None:
    body = json.dumps({**start()["message"], "content": [{"type": "text", "text": "hi"}]}).encode()
    with RawServer(reply(body, content_type="application/json")) as server:
        client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url), tmp_path)
        assert client.messages.create(**ASK).content[0].text == "hi"
        client.close()
    assert ends(tmp_path) == [(body, "complete")]


def test_the_tool_runner_is_recorded_call_by_call(tmp_path: Path) -> None:
    @anthropic.beta_tool
    def double(number: int) -> str:
        """Doubles a number."""
        return str(2 * number)

    wants = [start(), *block(0, input_json('{"number":4}'), type="tool_use", id="t", name="double", input={})]
    with (
        RawServer(reply(sse(*wants, *finish("tool_use"))), reply(*FRAMES)) as server,
        inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url), tmp_path) as client,
    ):
        runner = client.beta.messages.tool_runner(**ASK, tools=[double], stream=True)
        finals = [stream.get_final_message().stop_reason for stream in runner]
    assert finals == ["tool_use", "end_turn"]
    first, second = recordings(tmp_path)
    with first, second:
        assert second.request
        assert second.request["body"]["messages"][-1]["content"][0]["content"] == "8"
        assert [first.view().status, second.view().status] == ["complete", "complete"]


def test_streams_of_many_threads_do_not_mix(tmp_path: Path) -> None:
    with RawServer(*[reply(sse(start(id=f"msg_{number}"), *finish())) for number in range(24)]) as server:
        client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url), tmp_path)
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda _: next(iter(client.messages.create(**ASK, stream=True))).message.id, range(24)))
        client.close()
    recorded = []
    for exchange in recordings(tmp_path):
        with exchange:
            message = exchange.view().message
            assert message
            recorded.append(message["id"])
    assert sorted(recorded) == sorted(ids)


def test_copies_are_tapped_and_a_second_tap_changes_nothing(tmp_path: Path) -> None:
    with RawServer(reply(*FRAMES)) as server:
        client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url), tmp_path / "a")
        assert inspector.tap(client, tmp_path / "a") is client
        inspector.tap(client, tmp_path / "b")
        list(client.with_options(timeout=LIMIT_S).messages.create(**ASK, stream=True))
        client.close()
    assert ends(tmp_path / "a") == ends(tmp_path / "b") == [(BODY, "complete")]


def test_a_hook_of_the_application_may_read_the_body(tmp_path: Path) -> None:
    hooks = {"response": [lambda response: response.read()]}
    with RawServer(reply(*FRAMES)) as server, anthropic.DefaultHttpxClient(event_hooks=hooks) as http:
        client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url, http_client=http), tmp_path)
        assert len(list(client.messages.create(**ASK, stream=True))) == len(EVENTS) - 1
    assert ends(tmp_path) == [(BODY, "complete")]


def test_a_dropped_response_is_cancelled(tmp_path: Path) -> None:
    with RawServer([head(), *map(chunk, FRAMES), Do.HOLD]) as server:
        client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=server.url), tmp_path)
        stream = client.messages.create(**ASK, stream=True)
        next(stream)
        del stream
        gc.collect()
        assert [reason for _, reason in ends(tmp_path)] == ["cancelled"]
        client.close()


def test_a_tapped_client_that_is_dropped_goes_at_once(tmp_path: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        client = sdk_http.Client()
        inspector.tap(client, tmp_path)
        gone = weakref.ref(client)
        client.close()
        del client
        assert gone() is None
    finally:
        gc.enable()


def test_a_folder_that_cannot_be_written_is_one_warning(
    tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a file").write_text("")

    def twice(client: Any, seen: Seen) -> None:
        iterate(client, seen)
        iterate(client, seen)

    async def twice_async(client: Any, seen: Seen) -> None:
        await iterate_async(client, seen)
        await iterate_async(client, seen)

    with RawServer(reply(*FRAMES)) as server, caplog.at_level(logging.WARNING, "inspector"):
        seen, error = run(way, (twice, twice_async), server.url, tmp_path / "a file")
    assert error is None
    assert len(seen) == 2 * (len(EVENTS) - 1)
    assert [record.levelname for record in caplog.records if record.name == "inspector"] == ["WARNING"]


def test_what_is_no_client_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    thing = object()
    assert inspector.tap(thing, tmp_path) is thing
    assert len(caplog.records) == 1


_LIMITED = """
import resource, sys, anthropic, inspector
client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=sys.argv[1]), sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
for _ in range(2):
    print(sum(1 for _ in client.messages.create(max_tokens=1, model="m", messages=[], stream=True)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_full_disk_in_mid_stream_is_one_warning_and_keeps_what_was_written(tmp_path: Path) -> None:
    long = [sse(start()), *(sse(*block(0, text("x" * 500), stop=False, type="text", text="")) for _ in range(9))]
    with RawServer(reply(*long)) as server:
        done = subprocess.run(
            [sys.executable, "-c", _LIMITED, server.url, str(tmp_path)],
            capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=LIMIT_S,
        )  # fmt: skip
    assert done.stdout.split() == ["19", "19"]
    assert done.stderr.count("nothing more of this is recorded") == 1
    assert "Traceback" not in done.stderr
    for body, reason in ends(tmp_path):
        assert body
        assert b"".join(long).startswith(body)
        assert reason is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_leaves_its_parents_streams_alone_and_records_its_own(tmp_path: Path) -> None:
    script = """
import os, sys, anthropic, inspector
client = inspector.tap(anthropic.Anthropic(api_key="k", base_url=sys.argv[1]), sys.argv[2])
stream = client.messages.create(max_tokens=1, model="m", messages=[], stream=True)
next(stream)
child = os.fork()
if child == 0:
    del stream
    own = inspector.tap(anthropic.Anthropic(api_key="k", base_url=sys.argv[1]), sys.argv[2])
    print(len(list(own.messages.create(max_tokens=1, model="m", messages=[], stream=True))), flush=True)
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
print(len(list(stream)), flush=True)
"""
    with RawServer(reply(*FRAMES)) as server:
        done = subprocess.run(
            [sys.executable, "-c", script, server.url, str(tmp_path)],
            capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=LIMIT_S,
        )  # fmt: skip
    assert done.stdout.split() == [str(len(EVENTS) - 1), str(len(EVENTS) - 2)], done.stderr
    assert ends(tmp_path) == [(BODY, "complete"), (BODY, "complete")]


def test_vertex_is_recorded(tmp_path: Path) -> None:
    with RawServer(reply(*FRAMES)) as server:
        client = anthropic.AnthropicVertex(region="r", project_id="p", access_token="secret", base_url=server.url)
        with inspector.tap(client, tmp_path):
            assert len(list(client.messages.create(**ASK, stream=True))) == len(EVENTS) - 1
    assert ends(tmp_path) == [(BODY, "complete")]
    assert "secret" not in next(tmp_path.iterdir()).read_text()


@needs_recent_sdk
def test_the_bytes_of_bedrocks_binary_stream_are_recorded(tmp_path: Path) -> None:
    binary = [b"\x00\x00\x00\x10\xff\n\nheaders", b"\n\n\x80payload"]
    with RawServer(reply(*binary, content_type="application/vnd.amazon.eventstream")) as server:
        client = anthropic.AnthropicBedrock(api_key="secret", aws_region="r", base_url=server.url)
        with (
            inspector.tap(client, tmp_path),
            client.messages.with_streaming_response.create(**ASK, stream=True) as response,
        ):
            assert list(response.iter_bytes()) == binary
    assert ends(tmp_path) == [(b"".join(binary), "complete")]
    assert "secret" not in next(tmp_path.iterdir()).read_text()


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import inspector, sys; assert not {'httpx2', 'anthropic', 'textual'} & sys.modules.keys(); inspector.tap"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
