"""The programs in examples/ run as they say, against recordings and without a key."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from inspector.recording.folders import shipped
from inspector.replay.answers import Answers
from inspector.replay.server import serve_in_thread
from tests import programs
from tests.capture.raw_server import Do, RawServer, chunk, head
from tests.support import LIMIT_S
from tests.web.support import events, loaded, text_events, text_of

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[1] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))


def environment(base_url: str) -> dict[str, str]:
    return {**os.environ, "ANTHROPIC_BASE_URL": base_url, "ANTHROPIC_API_KEY": "none", "PYTHONUTF8": "1"}


def run(example: str, *recordings: str) -> "subprocess.CompletedProcess[str]":
    with loaded(*recordings) as exchanges, serve_in_thread(Answers(exchanges, speed=None)) as url:
        command = [sys.executable, str(EXAMPLES / f"{example}.py")]
        return programs.run(command, capture_output=True, text=True, env=environment(url), timeout=LIMIT_S)


def message_of(recording: str) -> dict[str, Any]:
    with loaded(recording) as [exchange]:
        message = exchange.view().message
        assert message
        return message


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_is_short_and_says_how_to_run_it(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 52
    served = re.findall(r"recordings/([\w-]+)\.jsonl", text)
    assert served
    assert set(served) <= set(shipped())
    assert f"examples/{path.name}" in text or f"{path.stem}:app" in text
    assert path.name in (EXAMPLES / "README.md").read_text()


def test_text_stream() -> None:
    done = run("text_stream", "plain-text")
    assert done.returncode == 0, done.stderr
    message = message_of("plain-text")
    assert done.stdout.startswith(message["content"][0]["text"])
    assert done.stdout.endswith(f"end_turn, {message['usage']['output_tokens']} tokens\n")


def test_raw_events() -> None:
    done = run("raw_events", "thinking")
    kinds = re.findall(r'^{.*?"type":\s*"(\w+)"', done.stdout, re.M)
    assert done.returncode == 0, done.stderr
    assert "thinking_delta" in done.stdout
    assert done.stdout.count("\n") == len(kinds)
    assert done.stdout.splitlines()[-1].replace(" ", "") == '{"type":"message_stop"}'


def test_filter_by_type() -> None:
    done = run("filter_by_type", "parallel-tools")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"get_weather\({'city': '(\w+)'", done.stdout) == ["Paris", "Oslo", "Nairobi"]


def test_async_stream() -> None:
    done = run("async_stream", "plain-text", "thinking")
    assert done.returncode == 0, done.stderr
    for name in ("plain-text", "thinking"):
        assert message_of(name)["content"][-1]["text"] in done.stdout


@pytest.mark.parametrize(
    ("recording", "says", "has_partial"),
    [
        ("plain-text", "", True),
        ("overloaded-mid-stream", "overloaded_error (HTTP 200)", True),
        ("rate-limited", "rate_limit_error (HTTP 429)", False),
        ("connection-reset", "broken off: ReadError", True),
        ("cut-framing", "broken off: RemoteProtocolError", True),
        ("cut-clean", "cut: ", True),
        ("not-a-stream", "no stream at all", False),
    ],
)
def test_errors(recording: str, says: str, has_partial: bool) -> None:
    done = run("errors", recording)
    assert done.returncode == (1 if says else 0), done.stderr
    assert done.stderr.startswith(says)
    assert bool(done.stdout.strip()) == has_partial
    assert done.stderr.count("\n") == bool(says)


def test_tool_loop() -> None:
    done = run("tool_loop", "tool-loop-1", "tool-loop-2")
    assert done.returncode == 0, done.stderr
    assert '{"from":"Utrecht Centraal","to":"Berlin Hbf"' in done.stdout.replace('": "', '":"').replace('", "', '","')
    assert "17:48" in done.stdout


@contextmanager
def endpoint(base_url: str) -> Iterator[str]:
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLES), "fastapi_endpoint:app", "--port", "0"]
    with programs.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(base_url)) as process:
        try:
            assert process.stderr
            for line in process.stderr:
                if found := re.search(r"running on (http://\S+)", line):
                    yield found[1]
                    break
        finally:
            process.kill()


def test_the_endpoint_streams_to_both_readers_and_closes_its_upstream() -> None:
    pieces = ("Hel", "lo\n\n- item\n")
    whole = [head(), *map(chunk, text_events(*pieces)), b"0\r\n\r\n"]
    broken = [head(), *map(chunk, text_events(*pieces)[:4])]
    stalled = [head(), *map(chunk, text_events(*pieces)[:4]), Do.HOLD]
    with RawServer(whole, whole, broken, stalled) as upstream, endpoint(upstream.url) as url:
        for method in ("GET", "POST"):
            sent = events(httpx2.request(method, f"{url}/chat", params={"message": "hi"}, timeout=LIMIT_S).read())
            assert text_of(sent) == "".join(pieces)
            assert sent[-1] == ("done", {"stop_reason": "end_turn"})
        sent = events(httpx2.get(f"{url}/chat?message=hi", timeout=LIMIT_S).read())
        assert text_of(sent) == "".join(pieces)
        assert sent[-1] == ("error", {"type": "RemoteProtocolError"})
        again = httpx2.get(f"{url}/chat?message=hi", headers={"last-event-id": "1"}, timeout=LIMIT_S)
        assert again.status_code == 204
        assert len(upstream.requests) == 3
        with httpx2.stream("GET", f"{url}/chat?message=hi", timeout=LIMIT_S) as response:
            next(response.iter_raw())
        assert upstream.client_left.wait(LIMIT_S)
    assert threading.active_count() < 50
