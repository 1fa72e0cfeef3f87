"""serve, replay and demo as a user runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from inspector.diagnostics import RULES
from inspector.recording import folders as library
from inspector.replay.faults import FAULTS
from tests import programs
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text

ROOT = Path(__file__).parents[2]
STREAM = sse(
    start(),
    *block(0, {"type": "thinking_delta", "thinking": "hm"}, type="thinking", thinking="", signature=""),
    *block(1, text("Hel"), text("lo\x1b]0;x\a"), type="text", text=""),
    *block(2, input_json("{}"), type="tool_use", id="toolu_1", name="now", input={}),
    *finish(),
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    path = tmp_path / "reply.sse"
    path.write_bytes(STREAM)
    return path


def inspector(*args: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "inspector", *map(str, args)]
    env = {**ENVIRONMENT, **environment}
    return programs.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=LIMIT_S, check=False)


@contextmanager
def serving(*args: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "inspector", "serve", *map(str, args), "--port", "0"]
    with programs.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout
        first = process.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:")
        try:
            yield process, first.split()[-1]
        finally:
            process.kill()


def test_serve_answers_and_logs(stream: Path) -> None:
    with serving(stream) as (process, base_url):
        body = {"model": "\x1b[31m", "stream": True}
        received = httpx2.post(f"{base_url}/v1/messages?beta=true", json=body, trust_env=False, timeout=LIMIT_S)
        process.send_signal(signal.SIGINT)
        out, log = process.communicate(timeout=LIMIT_S)
    assert received.content == STREAM
    assert (out, process.returncode) == ("", 130)
    assert log == f"inspector: POST /v1/messages?beta=true -> {stream}\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_serve_ends_with_a_stream_open(tmp_path: Path, number: signal.Signals, status: int) -> None:
    stalled = tmp_path / "stalled.jsonl"
    stalled.write_text(
        '{"kind":"recording","version":1,"source":{"kind":"live"}}\n'
        '{"kind":"event","t_ns":0,"read":1,"event":"ping","data":{}}\n{"kind":"end","t_ns":0,"reason":"timeout"}\n'
    )
    with (
        serving(stalled) as (process, base_url),
        httpx2.stream(
            "POST", f"{base_url}/v1/messages", json={"stream": True}, trust_env=False, timeout=LIMIT_S
        ) as response,
    ):
        assert next(response.iter_raw())
        process.send_signal(number)
        assert process.wait(LIMIT_S) == status


def test_serve_without_a_port(stream: Path) -> None:
    with serving(stream) as (_, base_url):
        port = base_url.rpartition(":")[2]
        result = inspector("serve", stream, "--port", port)
    message = f"inspector: port {port} is in use: choose another with --port, or 0 for a free one\n"
    assert (result.returncode, result.stdout, result.stderr.decode()) == (2, b"", message)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["serve", "none.jsonl"], "none.jsonl: no such file"),
        (["serve"], "FILE"),
        (["serve", str(library.shipped_path("tool-use")), "--fault", "drop@134"], "there is no event 134"),
        (["serve", "none.jsonl", "--speed", "fast"], "--speed takes a number above 0"),
        (["replay", "none.jsonl", "--speed", "0"], "--speed takes a number above 0"),
        (["replay", "none.jsonl", "--idle-limit", "-1"], "--idle-limit takes seconds"),
        (["replay", "none.jsonl", "--idle-limit", "nan"], "--idle-limit takes seconds"),
        (["replay", "none.jsonl"], "none.jsonl: no such file"),
        (["demo", "thinkin"], "did you mean thinking?"),
    ],
)
def test_wrong_use_is_one_line(args: list[str], message: str) -> None:
    result = inspector(*args)
    assert result.returncode == 2
    assert result.stdout == b""
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith("inspector: ")
    assert message in line


def test_serve_with_faults(stream: Path) -> None:
    with serving(stream, "--fault", "status=529:times=1", "--fault", "drop@1") as (process, base_url):
        first, second = (
            httpx2.post(f"{base_url}/v1/messages", json={"stream": True}, trust_env=False, timeout=LIMIT_S)
            for _ in "12"
        )
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=LIMIT_S)
    assert (first.status_code, first.json()["error"]["type"]) == (529, "overloaded_error")
    assert second.content == sse(start())
    assert log.splitlines()[0] == f"inspector: POST /v1/messages -> {stream} + status=529:times=1 + drop@1"


def test_list_faults_explains_each_and_names_its_rules() -> None:
    result = inspector("serve", "--list-faults")
    assert result.returncode == 0
    for kind in FAULTS.values():
        assert f"{kind.form}" in result.stdout.decode()
        assert RULES.keys() >= set(kind.found_by)
        assert not kind.found_by or f"[{', '.join(kind.found_by)}]" in result.stdout.decode()


def test_replay_prints_the_text(stream: Path) -> None:
    result = inspector("replay", stream, "--no-tui")
    assert (result.returncode, result.stdout.decode()) == (0, "Hello␛]0;x␇\n")
    assert result.stderr.decode().splitlines() == ["hm", "inspector: tool_use now toolu_1 {}"]


def test_replay_says_how_it_ended(tmp_path: Path) -> None:
    (tmp_path / "cut.sse").write_bytes(sse(start(), *block(0, text("Hel"), stop=False, type="text", text="")))
    result = inspector("replay", tmp_path / "cut.sse", "--speed", "max")
    assert (result.returncode, result.stdout) == (0, b"Hel\n")
    assert result.stderr.decode().endswith("cut.sse: truncated\n")


def test_replay_into_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    (tmp_path / "long.sse").write_bytes(
        sse(start(), *block(0, *[text("x" * 1000)] * 500, type="text", text=""), *finish())
    )
    command = [sys.executable, "-m", "inspector", "replay", str(tmp_path / "long.sse"), "--no-tui"]
    with programs.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("name", ["tool-use", "connection-reset"])
def test_demo_streams_a_shipped_recording_through_the_sdk(tmp_path: Path, name: str) -> None:
    record = tmp_path / "demo.jsonl"
    result = inspector("demo", name, "--no-tui", "--speed", "max", "--record", record, HTTP_PROXY="http://127.0.0.1:9")
    assert result.returncode == 0, result.stderr
    source, copy = (
        json.loads(inspector("show", "--format", "json", path).stdout) for path in (library.shipped_path(name), record)
    )
    assert (copy["status"], copy["message"]) == (source["status"], source["message"])
    assert (
        result.stdout.decode().strip()
        == "".join(block.get("text", "") for block in source["message"]["content"]).strip()
    )
    assert json.loads(record.read_text().splitlines()[0])["source"]["kind"] == "live"


def test_every_shipped_recording_has_a_name() -> None:
    assert "tool-use" in library.shipped()
    assert all(path.is_file() for path in library.shipped().values())
