"""The last line of `run`: what was recorded, whatever it was, and whoever listens."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from inspector.text.json_text import dumps
from tests import programs
from tests.capture.proxy.bare import Server, answering, fixed, streamed
from tests.cli.test_replay_commands import ENVIRONMENT, inspector
from tests.replies import MESSAGE
from tests.support import LIMIT_S, finish, sse, start

STREAM = streamed(sse(start(), *finish()))
NOT_FOUND = fixed(b"", status=b"404 Not Found")
# What a coding agent does: it asks who is there, counts, asks without a stream, and then for streams.
AGENT = """
import http.client, os, sys
client = http.client.HTTPConnection(os.environ["ANTHROPIC_BASE_URL"].removeprefix("http://"))
def ask(method, path, body=None):
    client.request(method, path, body, {"content-type": "application/json"})
    client.getresponse().read()
ask("HEAD", "/")
ask("POST", "/v1/messages/count_tokens", b"{}")
ask("POST", "/v1/messages", b'{"stream":false}')
for _ in range(int(sys.argv[1])):
    ask("POST", sys.argv[2], b'{"stream":true,"messages":[]}')
"""


def answers(streams: int) -> list[bytes]:
    return [NOT_FOUND, fixed(b'{"input_tokens":5000}'), fixed(dumps(MESSAGE)), *[STREAM] * streams]


def test_what_is_no_stream_is_counted_beside_the_streams_and_is_no_error(tmp_path: Path) -> None:
    with Server(answering(*answers(20))) as upstream:
        command = ["--dir", tmp_path, "--", sys.executable, "-c", AGENT, 20, "/v1/messages"]
        done = inspector("run", *command, ANTHROPIC_BASE_URL=upstream.url)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(
        "inspector: recorded 20 streams and 3 other exchanges · 20 complete, 3 reply · "
        "in 171 (cached 100), out 187 tokens · "
        'cost unknown (21 of 21 exchanges: no prices for "claude-test") · 20 warnings · open with: '
    )
    assert inspector("check", *sorted(tmp_path.glob("*.jsonl"))).returncode == 0


def test_what_was_lost_is_said(tmp_path: Path) -> None:
    """The request's bodies do not fit into the files that may be written."""
    with Server(answering(*answers(0)[:2], fixed(dumps(MESSAGE | {"padding": "x" * 5000})))) as upstream:
        command = [
            sys.executable,
            "-m",
            "inspector",
            "run",
            "--dir",
            tmp_path,
            "--",
            sys.executable,
            "-c",
            AGENT,
            "0",
            "/",
        ]
        limited = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *map(str, command)]
        environment = {**ENVIRONMENT, "ANTHROPIC_BASE_URL": upstream.url}
        done = subprocess.run(limited, capture_output=True, env=environment, timeout=LIMIT_S, check=False)
    assert done.returncode == 0
    assert "recorded 2 exchanges · 1 lost: not in the folder, or not whole · 2 reply · " in done.stderr.decode()


def test_whoever_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    unread, full = os.pipe()
    os.set_blocking(full, False)
    with suppress(BlockingIOError):
        while True:
            os.write(full, bytes(512))
    os.set_blocking(full, True)
    with Server(answering(*answers(1))) as upstream:
        # The path without a version makes the proxy say something.
        command = ["run", "--dir", tmp_path, "--", sys.executable, "-c", AGENT, "1", "/messages"]
        process = programs.Popen(
            [sys.executable, "-m", "inspector", *map(str, command)],
            stderr=full,
            env={**ENVIRONMENT, "ANTHROPIC_BASE_URL": upstream.url},
        )
        assert process.wait(LIMIT_S) == 0
    os.close(unread)
    os.close(full)
    assert len(list(tmp_path.glob("*.jsonl"))) == 4
