import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from inspector.timeline import Exchange
from tests import programs
from tests.capture.raw_server import Do, RawServer, chunk, head, reply
from tests.support import LIMIT_S, block, finish, input_json, sse, start, text, wait_until

ROOT = Path(__file__).parents[2]
PARTIAL = [sse(event) for event in [start(), *block(0, text("Hel"), stop=False, type="text", text="")]]
FRAMES = [
    sse(event)
    for event in [
        start(),
        *block(0, {"type": "thinking_delta", "thinking": "a thought"}, type="thinking", thinking=""),
        *block(1, text("Hel"), text("lo \x1b[31m\nyou"), type="text", text=""),
        *block(2, input_json('{"a":'), input_json("1}"), type="tool_use", id="t", name="go", input={}),
        *finish(),
    ]
]
OVERLOADED = sse({"type": "error", "error": {"type": "overloaded_error", "message": "Over"}})


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "inspector", "live", *arguments]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    return {**kept, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(home), "HOME": str(home), **more}


def live(home: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    env = environment(home, ANTHROPIC_API_KEY="sk-ant-secret", **more)
    return programs.run(command(*arguments), input=stdin, capture_output=True, text=True, env=env, timeout=LIMIT_S)


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def wait_for(path: Path, holds: bytes) -> None:
    """Until the file, which another process writes, holds these bytes."""
    wait_until(lambda: path.exists() and holds in path.read_bytes())


def test_the_text_goes_to_stdout_and_the_rest_to_stderr(tmp_path: Path) -> None:
    request = {
        "messages": [{"role": "user", "content": "x"}],
        "betas": ["b-2025-01-01"],
        "model": "of-file",
        "top_k": 3,
    }
    with RawServer(reply(*FRAMES)) as server:
        done = live(
            tmp_path, "--request", "-", "-m", "of-option", "--system", "be kind", "--thinking", "100", "hi",
            stdin=json.dumps(request), ANTHROPIC_BASE_URL=server.url,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == "Hello ␛[31m\nyou\n"
    thought, tool, summary = done.stderr.splitlines()
    assert thought == "a thought"
    assert tool == 'inspector: tool_use go t {"a":1}'
    (folder,) = (tmp_path / "inspector" / "sessions").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert summary.startswith("inspector: complete · end_turn · in 3, out 9 tokens · TTFT ")
    assert summary.endswith(f" · recorded in {folder / 'live.jsonl'}")
    assert json.loads(server.bodies[0]) == {
        "messages": [{"role": "user", "content": "hi"}],
        "model": "of-option",
        "system": "be kind",
        "thinking": {"type": "enabled", "budget_tokens": 100},
        "max_tokens": 4196,
        "top_k": 3,
        "stream": True,
    }
    assert b"anthropic-beta: b-2025-01-01" in server.requests[0]


def test_adaptive_thinking_is_asked_for_with_room_for_it(tmp_path: Path) -> None:
    with RawServer(reply(*FRAMES)) as server:
        live(tmp_path, "-m", "claude-opus-4-8", "--thinking", "adaptive", "hi", ANTHROPIC_BASE_URL=server.url)
    body = json.loads(server.bodies[0])
    assert (body["thinking"], body["max_tokens"]) == ({"type": "adaptive", "display": "summarized"}, 16_000)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--thinking", "2000", "-m", "claude-opus-4-8"],
            "does not take a number of tokens: give it --thinking adaptive",
        ),
        (["--thinking", "adaptive", "-m", "claude-haiku-4-5"], "does not take adaptive thinking: give it --thinking N"),
        (["--thinking", "much"], "neither a number of tokens from 1 up nor adaptive"),
    ],
)
def test_a_form_of_thinking_that_the_model_does_not_take_is_refused(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    done = live(tmp_path, "hi", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_fails_is_one_line_and_the_reply_so_far_is_shown(tmp_path: Path) -> None:
    with RawServer(reply(*PARTIAL, OVERLOADED)) as server:
        done = live(tmp_path, "hi", "--base-url", server.url, "--sync", "--record", str(tmp_path / "a.jsonl"))
    assert done.returncode == 1
    assert done.stdout == "Hel\n"
    summary, problem = done.stderr.splitlines()
    assert summary.startswith("inspector: error · ")
    assert problem == "inspector: an error event ended the stream: overloaded_error: Over: the reply so far is kept"


def test_a_second_attempt_gets_a_file_of_its_own(tmp_path: Path) -> None:
    body = b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}'
    refused = reply(body, status=429, content_type="application/json", retry_after_ms="1")
    with RawServer(refused, reply(*FRAMES)) as server:
        done = live(tmp_path, "hi", "--base-url", server.url, "--record", str(tmp_path / "a.jsonl"))
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == "inspector: HTTP 429: attempt 2 follows"
    assert '"status":429' in (tmp_path / "a.jsonl").read_text()
    assert '"message_stop"' in (tmp_path / "a-2.jsonl").read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_once_and_the_stream_goes_on(tmp_path: Path) -> None:
    with RawServer(reply(*FRAMES)) as server:
        done = live(tmp_path, "hi", "--base-url", server.url, "--record", "/dev/full")
    assert done.returncode == 0
    assert done.stdout == "Hello ␛[31m\nyou\n"
    assert done.stderr.count("No space left") == 1


@pytest.mark.parametrize(
    ("way", "number", "status"),
    [("--async", signal.SIGINT, 130), ("--sync", signal.SIGINT, 130), ("--sync", signal.SIGTERM, 143)],
)
def test_a_signal_closes_the_upstream_and_keeps_the_recording(
    tmp_path: Path, way: str, number: signal.Signals, status: int
) -> None:
    path = tmp_path / "a.jsonl"
    with RawServer([head(), *map(chunk, PARTIAL), Do.HOLD]) as server:
        process = programs.Popen(
            command("hi", "--base-url", server.url, "--record", str(path), "--no-tui", way),
            env=environment(tmp_path, ANTHROPIC_AUTH_TOKEN="t"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        # It is in the file first, and on the screen when the SDK has handed it out.
        assert process.stdout
        assert process.stdout.read(3) == "Hel"
        process.send_signal(number)
        assert server.client_left.wait(LIMIT_S)
        stdout, stderr = process.communicate(timeout=LIMIT_S)
    assert process.returncode == status
    assert stdout == "\n"
    assert stderr.startswith("inspector: cancelled · ")
    assert "Traceback" not in stderr
    assert json.loads(lines_of(path)[-1])["reason"] == "cancelled"


def test_kill_keeps_every_frame_that_had_arrived(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with RawServer([head(), *map(chunk, PARTIAL), chunk(b"event: unfin"), Do.HOLD]) as server:
        process = programs.Popen(
            command("hi", "--base-url", server.url, "--record", str(path), "--no-tui"),
            env=environment(tmp_path, ANTHROPIC_API_KEY="k"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(path, b"Hel")
        process.kill()
        process.wait(LIMIT_S)
    with Exchange(path.open("rb"), "a").load() as exchange:
        assert exchange.body() == b"".join(PARTIAL)
        assert exchange.view().status == "in-progress"


def test_nobody_reads_stdout_any_more(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    more = threading.Event()
    with RawServer([head(), *map(chunk, PARTIAL), more, chunk(PARTIAL[-1]), Do.HOLD]) as server:
        process = programs.Popen(
            command("hi", "--base-url", server.url, "--record", str(path), "--no-tui"),
            env=environment(tmp_path, ANTHROPIC_API_KEY="k"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout
        assert process.stderr
        process.stdout.read(3)
        process.stdout.close()
        more.set()
        assert server.client_left.wait(LIMIT_S)
        assert b"Traceback" not in process.stderr.read()
        process.stderr.close()
        process.wait(LIMIT_S)
    assert json.loads(lines_of(path)[-1])["reason"] == "cancelled"


def test_without_a_key_one_line_says_what_to_set(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command("hi")[1:]],
        env=environment(tmp_path), capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    (told,) = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert "ANTHROPIC_API_KEY" in told
    assert "inspector demo" in told
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert not imported & {"anthropic", "httpx2", "textual"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        ([], "", "nothing to ask"),
        (["hi", "--base-url", "nonsense"], "", "no URL"),
        (["hi", "--base-url", "http://127.0.0.1:99999"], "", "no URL"),
        (["--request", "missing.json"], "", "missing.json: the request cannot be read"),
        (["--request", "-"], "{", "stdin: the request is no JSON"),
        (["--request", "-"], "[]", "must be a JSON object"),
        (["-", "--request", "-"], "{}", "both"),
        (["hi", "--record", "missing/a.jsonl"], "", "missing/a.jsonl: cannot be written"),
        (["hi", "--record", __file__], "", "is not empty"),
        (["hi", "--max-tokens", "0"], "", "max-tokens"),
    ],
)
def test_bad_usage_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], stdin: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = live(tmp_path, *arguments, stdin=stdin)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_a_clean_cut_is_a_failure_although_the_sdk_raises_nothing(tmp_path: Path) -> None:
    with RawServer(reply(*PARTIAL)) as server:
        done = live(tmp_path, "hi", "--base-url", server.url, "--record", str(tmp_path / "a.jsonl"))
    assert done.returncode == 1
    summary, problem = done.stderr.splitlines()
    assert summary.startswith("inspector: truncated · ")
    assert problem == "inspector: the body ended without message_stop, and the SDK raises nothing: the reply is cut"
