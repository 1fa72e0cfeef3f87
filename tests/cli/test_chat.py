import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from inspector.cli.chat import chat
from tests import programs
from tests.replay.recordings import READS, recording
from tests.support import LIMIT_S, wait_until
from tests.web.support import until

ROOT = Path(__file__).parents[2]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    return {**kept, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(home), "HOME": str(home), **more}


@contextmanager
def running(home: Path, *arguments: str, **more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "inspector", "chat", "--port", "0", *arguments]
    # What an environment asks Python itself for, it does when it starts.
    start: type[subprocess.Popen[str]] = subprocess.Popen if "PYTHONPROFILEIMPORTTIME" in more else programs.Popen
    with start(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(home, **more)
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d+\n", line)
            yield line.split()[-1], process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_ends_with_open_streams_and_keeps_their_recordings(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    stalled = recording(READS[:4], gap_ns=1, reason="timeout")
    (tmp_path / "stalled.jsonl").write_bytes(stalled.reader.line(0, stalled.reader.size()))
    replayed = ("--replay", str(tmp_path / "stalled.jsonl"))
    with running(tmp_path, *replayed, "--dir", str(tmp_path / "chat")) as (url, process):
        with httpx2.stream("GET", f"{url}/chat?message=hi", timeout=LIMIT_S) as response:
            next(until(response, "text"))
            process.send_signal(number)
            # The recording stalls for ever.
            assert process.wait(LIMIT_S) == code
        assert process.stderr
        assert f"inspector open {tmp_path / 'chat'}" in process.stderr.read()
    [recorded] = (tmp_path / "chat").glob("*.jsonl")
    assert '"reason":"cancelled"' in recorded.read_text().splitlines()[-1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_it_before_the_sdk_is_there(number: signal.Signals, code: int, tmp_path: Path) -> None:
    with running(tmp_path) as (_, process):
        assert process.stderr
        process.stderr.readline()
        process.send_signal(number)
        assert process.wait(LIMIT_S) == code
        assert "Traceback" not in process.stderr.read()


def test_without_a_key_the_shipped_recordings_answer(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        about = httpx2.get(f"{url}/about", timeout=LIMIT_S).json()
    assert about["recorded"]
    assert "no key" in about["source"]
    assert len(about["suggestions"]) > 3


def test_the_upstream_is_the_base_url_then_the_environments(tmp_path: Path) -> None:
    key = {"ANTHROPIC_API_KEY": "x"}
    for arguments, more in (
        (["--base-url", "http://a.test"], {"ANTHROPIC_BASE_URL": "http://b.test"}),
        ([], {"ANTHROPIC_BASE_URL": "http://a.test"}),
    ):
        with running(tmp_path, *arguments, **key, **more) as (url, _):
            assert httpx2.get(f"{url}/about", timeout=LIMIT_S).json()["source"].endswith("at a.test")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--base-url", "a.test"], "must begin with http"),
        (["--base-url", "http://a.test"], "ANTHROPIC_API_KEY"),
        (["--replay", "nothing.jsonl"], "nothing.jsonl"),
        (["--port", "{taken}"], "in use"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], says: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = [argument.format(taken=taken.getsockname()[1]) for argument in arguments]
        command = [sys.executable, "-m", "inspector", "chat", *given]
        done = programs.run(command, capture_output=True, text=True, env=environment(tmp_path), timeout=LIMIT_S)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_the_document_on_nginx_names_the_port_that_it_listens_on() -> None:
    default = inspect.signature(chat).parameters["port"].default
    assert f"proxy_pass http://127.0.0.1:{default};" in (ROOT / "docs" / "behind-nginx.md").read_text()


def test_the_sdk_is_imported_when_somebody_comes_and_not_before(tmp_path: Path) -> None:
    with running(tmp_path, PYTHONPROFILEIMPORTTIME="1") as (url, process):
        assert process.stderr
        before = [process.stderr.readline()]
        while not before[-1].startswith("inspector: every stream is recorded"):
            before.append(process.stderr.readline())
        assert not [line for line in before if "anthropic" in line or "fastapi" in line]
        after: list[str] = []
        threading.Thread(target=lambda: after.extend(process.stderr or ()), daemon=True).start()
        # The page itself needs no SDK, and has it imported for what will be said.
        assert httpx2.get(url, timeout=LIMIT_S).status_code == 200
        wait_until(lambda: [line for line in after if "anthropic" in line])
