"""proxy and run as a user runs them."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import programs
from tests.capture.proxy.bare import EVENTS, POST, STREAM_HEAD, Server, Wire, answering, fixed, streamed, wait_for
from tests.capture.raw_server import chunk
from tests.cli.test_replay_commands import ENVIRONMENT, inspector
from tests.support import LIMIT_S, finish, free_port, sse, start

MESSAGE = sse(start(), *finish())
ASK = """
import os, sys, urllib.request
request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", b'{"stream":true}')
sys.stdout.write(urllib.request.urlopen(request).read().decode())
"""


@contextmanager
def proxying(*args: object, **options: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`files`: how many it may have open."""
    command = [sys.executable, "-m", "inspector", "proxy", "--no-tui", "--port", "0", *map(str, args)]
    start: type[subprocess.Popen[Any]] = programs.Popen
    if files := options.pop("files", None):
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        start = subprocess.Popen
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    with start(command, text=True, env=ENVIRONMENT, **pipes) as process:
        assert process.stdout
        first = process.stdout.readline()
        assert first.startswith("listening on http://127.0.0.1:")
        try:
            yield process, first.split()[-1]
        finally:
            process.kill()


@contextmanager
def client_of(url: str) -> Iterator[Wire]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        yield Wire(connection)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("*.jsonl")
    return list(map(orjson.loads, path.read_bytes().splitlines()))


def run(upstream: str, *args: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return inspector("run", *args, ANTHROPIC_BASE_URL=upstream, **environment)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_the_proxy_and_what_streams(tmp_path: Path, number: int, status: int) -> None:
    server = Server(answering(STREAM_HEAD + chunk(EVENTS[0])))
    with server as upstream, proxying("--upstream", upstream.url, "--dir", tmp_path / "new") as (process, url):
        with client_of(url) as client:
            client.send(POST)
            client.until(EVENTS[0])
            process.send_signal(number)
            assert process.wait(LIMIT_S) == status
        assert process.stderr
        told = process.stderr.read()
    assert lines_of(tmp_path / "new")[-1]["reason"] == "cancelled"
    assert f"inspector: POST {upstream.url}/v1/messages -> 200, cancelled" in told
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_nobody_has_to_listen_to_what_is_logged(tmp_path: Path) -> None:
    server = Server(answering(fixed(), fixed()))
    with server as upstream, proxying("--upstream", upstream.url, "--dir", tmp_path) as (process, url):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stderr.close()
        with client_of(url) as client:
            for _ in range(2):
                client.send(POST)
                assert client.exactly(len(fixed())) == fixed()
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_S) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_terminal_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    unread, full = os.pipe()
    os.set_blocking(full, False)
    with suppress(BlockingIOError):
        while True:
            os.write(full, bytes(512))
    os.read(unread, 8192)
    os.set_blocking(full, True)
    count = 200
    server = Server(answering(*[fixed()] * count))
    with (
        server as upstream,
        proxying("--upstream", upstream.url, "--dir", tmp_path, stderr=full) as (process, url),
        client_of(url) as client,
    ):
        for _ in range(count):
            client.send(POST)
            assert client.exactly(len(fixed())) == fixed()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
    os.close(unread)
    os.close(full)
    assert len(list(tmp_path.iterdir())) == count


def test_without_files_for_all_of_them_clients_are_told_to_try_again(tmp_path: Path) -> None:
    """More clients than there may be open files, all at once, on streams that stand still."""
    clients = 150
    go_on = threading.Event()

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        wire.send(STREAM_HEAD)
        assert go_on.wait(LIMIT_S)
        wire.send(chunk(b"ok") + b"0\r\n\r\n")

    with (
        Server(serve) as upstream,
        proxying("--watched", "--upstream", upstream.url, "--dir", tmp_path, files=128) as (process, url),
        ThreadPoolExecutor(clients) as pool,
    ):
        asking = [pool.submit(ask_once, url) for _ in range(clients)]
        answers = [next(as_completed(asking)).result()]
        go_on.set()
        answers += [one.result() for one in asking]
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
        assert process.stderr
        told = process.stderr.read().splitlines()
    assert {answer[9:12] for answer in answers} == {b"200", b"503"}
    assert all(answer.endswith(b"0\r\n\r\n") for answer in answers if answer[9:12] == b"200")
    assert [line for line in told if "try again" in line] == told[1:2]
    assert len(told) == 3
    recorded = len(list(tmp_path.iterdir()))
    assert f"recorded {recorded} exchanges" in told[2]


def ask_once(url: str) -> bytes:
    with client_of(url) as client:
        client.send(POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return client.rest()


def test_a_proxy_that_is_its_own_upstream_is_one_line(tmp_path: Path) -> None:
    port = free_port()
    done = inspector(
        "proxy", "--no-tui", "--port", port, "--dir", tmp_path, ANTHROPIC_BASE_URL=f"http://localhost:{port}"
    )
    assert done.returncode == 2
    assert b"is this proxy itself" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_pages_that_are_allowed_may_use_it(tmp_path: Path) -> None:
    answer = fixed(headers=b"Access-Control-Allow-Origin: *\r\n")
    server = Server(answering(answer))
    with (
        server as upstream,
        proxying("--upstream", upstream.url, "--dir", tmp_path, "--allow-origin", "http://localhost:5173/") as (_, url),
        client_of(url) as client,
    ):
        client.send(b"OPTIONS /v1/messages HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:5173\r\n\r\n")
        assert client.exactly(len(answer)) == answer
        client.send(b"OPTIONS /v1/messages HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:5174\r\n\r\n")
        assert b"see --allow-origin" in client.rest()


def test_what_was_flushed_survives_kill_9(tmp_path: Path) -> None:
    server = Server(answering(STREAM_HEAD + chunk(EVENTS[0])))
    with (
        server as upstream,
        proxying("--upstream", upstream.url, "--dir", tmp_path) as (process, url),
        client_of(url) as client,
    ):
        client.send(POST)
        client.until(EVENTS[0])
        (path,) = tmp_path.glob("*.jsonl")
        wait_for(path, b'"kind":"sent"')
        process.kill()
        process.wait(LIMIT_S)
    shown = inspector("show", path, "--format", "json")
    assert orjson.loads(shown.stdout)["status"] == "in-progress"
    assert orjson.loads(shown.stdout)["metrics"]["events"] == 1


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--upstream", "nonsense"], "is no URL"),
        (["--upstream", "ftp://x"], "is no URL"),
        (["--upstream", "http://x:99999"], "is no URL"),
        (["--upstream", "http://user:pass@x"], "leave out user"),
        (["--allow-origin", "localhost:3000"], "is no origin"),
        (["--redact", "(["], "is no regular expression"),
        (["--dir", "/dev/null"], "cannot be recorded into"),
        (["--allow-remote", "192.0.2.1"], "cannot listen on 192.0.2.1"),
    ],
)
def test_bad_options_are_one_line(tmp_path: Path, args: list[str], told: str) -> None:
    done = inspector("proxy", "--no-tui", "--port", 0, *args, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert told in line
    assert "pass@" not in line


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = inspector("proxy", "--no-tui", "--port", port, "--dir", tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line == f"inspector: port {port} is in use: choose another with --port, or 0 for a free one"


def test_run_records_and_says_what(tmp_path: Path) -> None:
    with Server(answering(streamed(MESSAGE))) as upstream:
        done = run(upstream.url, "--dir", tmp_path, "--", sys.executable, "-c", ASK)
    assert done.returncode == 0
    assert done.stdout == MESSAGE
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("inspector: recorded 1 stream · 1 complete · in 3, out 9 tokens · ")
    assert line.endswith(f"open with: inspector open {tmp_path}")
    lines = lines_of(tmp_path)
    assert lines[1]["url"] == upstream.url + "/v1/messages"
    assert lines[-1]["reason"] == "complete"


@pytest.mark.parametrize(
    ("command", "status"),
    [(["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["true", "--dir", "x"], 0), (["no-such"], 127), (["/"], 126)],
)  # fmt: skip
def test_run_passes_the_status_on(tmp_path: Path, command: list[str], status: int) -> None:
    done = run("http://127.0.0.1:9", "--dir", tmp_path, *command)
    assert done.returncode == status
    assert len(done.stderr.splitlines()) == 1


def test_run_without_a_command_is_wrong_usage() -> None:
    assert inspector("run").returncode == 2


def test_run_leads_past_other_proxies(tmp_path: Path) -> None:
    with Server(answering(fixed(b"ok"))) as upstream:
        environment = {"HTTP_PROXY": "http://127.0.0.1:9", "no_proxy": "example.com", "NO_PROXY": "example.org"}
        done = run(upstream.url, "--dir", tmp_path, "--", sys.executable, "-c", ASK, **environment)
    assert (done.returncode, done.stdout) == (0, b"ok")


ASK_THE_API = """
import os, sys, urllib.request
request = urllib.request.Request("https://api.anthropic.com/v1/messages", b'{"stream":true}')
print(os.environ["SSL_CERT_FILE"], os.environ["HTTPS_PROXY"], file=sys.stderr)
sys.stdout.write(urllib.request.urlopen(request).read().decode())
"""


def test_run_with_tls_records_what_goes_to_the_apis_own_host(tmp_path: Path) -> None:
    with Server(answering(streamed(MESSAGE))) as upstream:
        command = ["--tls", "--upstream", upstream.url, "--dir", tmp_path, "--", sys.executable, "-c", ASK_THE_API]
        done = run("http://127.0.0.1:9", *command, NO_PROXY=".anthropic.com", HTTPS_PROXY="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (0, MESSAGE)
    told, summary = done.stderr.decode().splitlines()
    trusted, proxy_url = told.split()
    assert not Path(trusted).exists()
    assert not Path(trusted).parent.exists()
    password = proxy_url.partition("inspector:")[2].partition("@")[0]
    assert password
    assert password not in summary
    assert summary.startswith("inspector: recorded 1 stream · 1 complete · ")
    lines = lines_of(tmp_path)
    assert lines[1]["url"] == upstream.url + "/v1/messages"
    assert password not in str(lines)


def test_run_with_tls_tells_of_a_client_that_does_not_trust_it(tmp_path: Path) -> None:
    program = ASK_THE_API.replace("print(", 'os.environ["SSL_CERT_FILE"] = "/none"\nprint(')
    done = run(
        "http://127.0.0.1:9", "--tls", "--dir", tmp_path, "--", sys.executable, "-c", program, SSL_CERT_DIR="/none"
    )
    assert done.returncode == 1
    assert b"inspector: a client does not trust the certificate for api.anthropic.com" in done.stderr
    assert b"COMMAND came for api.anthropic.com, and asked nothing: it may not trust" in done.stderr


@pytest.mark.parametrize(
    ("args", "program", "told"),
    [
        ([], "pass", "no request came to the address in ANTHROPIC_BASE_URL. COMMAND may take"),
        (["--tls"], "pass", "and none through HTTPS_PROXY"),
        (["--tls"], "urllib.request.urlopen('https://127.0.0.1:9')", "1 other host passed unseen"),
    ],
)
def test_run_names_the_usual_causes_when_nothing_came(tmp_path: Path, args: list[str], program: str, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = f"import os, urllib.request\nos.environ['no_proxy'] = ''\ntry: {program}\nexcept OSError: pass"
        program = program.replace("127.0.0.1:9", f"127.0.0.1:{port}")
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        done = run("http://127.0.0.1:9", *args, "--dir", tmp_path, "--", sys.executable, "-c", program)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("inspector: nothing was recorded: ")
    assert told in line
    assert "docs/clients.md" in line


@pytest.mark.parametrize(
    ("name", "path", "there"),
    [
        ("ANTHROPIC_BEDROCK_BASE_URL", "/model/m/invoke", "/gateway/model/m/invoke"),
        ("ANTHROPIC_VERTEX_BASE_URL", "/projects/p", "/gateway/projects/p"),
        ("ANTHROPIC_FOUNDRY_BASE_URL", "/v1/messages", "/gateway/v1/messages"),
    ],
)
@pytest.mark.parametrize("args", [[], ["--tls"]])
def test_run_records_the_clients_of_other_platforms(
    tmp_path: Path, name: str, path: str, there: str, args: list[str]
) -> None:
    with Server(answering(fixed(b"ok"))) as upstream:
        program = ASK.replace("ANTHROPIC_BASE_URL", name).replace("/v1/messages", path)
        environment = {name: f"{upstream.url}/gateway"}
        done = run("http://127.0.0.1:9", *args, "--dir", tmp_path, "--", sys.executable, "-c", program, **environment)
    assert (done.returncode, done.stdout) == (0, b"ok")
    assert lines_of(tmp_path)[1]["url"] == upstream.url + there


def test_run_leaves_alone_what_is_signed_for_another_host(tmp_path: Path) -> None:
    show = "import os; print(os.environ.get('ANTHROPIC_BEDROCK_BASE_URL'))"
    command = ["--dir", tmp_path, "--", sys.executable, "-c", show]
    done = run("http://127.0.0.1:9", *command, AWS_REGION="eu-west-1")
    assert done.stdout == b"None\n"
    assert b"sign its requests for AWS's own host" in done.stderr
    done = run("http://127.0.0.1:9", *command, AWS_REGION="eu-west-1", AWS_BEARER_TOKEN_BEDROCK="x")
    assert done.stdout.startswith(b"http://127.0.0.1:")


def test_run_redacts_and_leaves_bodies_out(tmp_path: Path) -> None:
    with Server(answering(fixed(b"ok"))) as upstream:
        args = ["--redact", "Python-urllib/[0-9.]+", "--no-bodies", "--dir", tmp_path]
        run(upstream.url, *args, "--", sys.executable, "-c", ASK)
    request = lines_of(tmp_path)[1]
    assert "body" not in request
    assert ["User-Agent", "[redacted]"] in [[name.title(), value] for name, value in request["headers"]]


def test_an_upstream_that_is_down_is_recorded_too(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        done = run(url, "--dir", tmp_path, "--", sys.executable, "-c", ASK)
    assert done.returncode == 1
    assert b"502" in done.stderr
    assert lines_of(tmp_path)[-1]["error"]["type"] == "ConnectionRefusedError"


_TRAPS = """
import os, select, signal, sys
def told(number, frame):
    # print() would fail where the next signal comes before it has returned.
    os.write(1, signal.Signals(number).name.encode() + b"\\n")
    if number == signal.SIGTERM:
        sys.exit(3)
for name in ("SIGINT", "SIGQUIT", "SIGUSR1", "SIGHUP", "SIGTERM"):
    signal.signal(getattr(signal, name), told)
print("ready", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
# pause() would miss a signal that comes just before it.
while True:
    select.select([], [], [], 0.1)
"""


@contextmanager
def in_terminal(*args: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """inspector in a terminal of its own, and the descriptor of that terminal's other side."""
    main, terminal = pty.openpty()
    command = [sys.executable, "-m", "inspector", *map(str, args)]
    # The shell makes the terminal the one that controls the session, as a terminal emulator does.
    shell = ["sh", "-c", 'exec <"$0" >"$0" 2>&1; exec "$@"', os.ttyname(terminal), *command]
    process = subprocess.Popen(shell, start_new_session=True, env={**ENVIRONMENT, "TERM": "xterm"})
    try:
        yield process, main
    finally:
        process.kill()
        process.wait()
        os.close(main)
        os.close(terminal)


def test_each_signal_reaches_the_command_once(tmp_path: Path) -> None:
    with in_terminal("run", "--dir", tmp_path, "--", sys.executable, "-c", _TRAPS) as (process, main):
        assert _line(main) == "ready True True"
        os.write(main, b"\x03")
        assert _line(main).endswith("SIGINT")
        os.write(main, b"\x1c")
        assert _line(main).endswith("SIGQUIT")
        for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
            assert _line(main) == number.name
        assert process.wait(LIMIT_S) == 3
        assert _line(main).startswith("inspector: nothing was recorded")


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_a_screen_that_hangs_or_dies_costs_the_streams_nothing(tmp_path: Path, number: signal.Signals) -> None:
    taken = threading.Semaphore(0)

    def serve(wire: Wire, connection: int) -> None:
        wire.request()
        for piece in [STREAM_HEAD, *[chunk(EVENTS[0])] * 50, chunk(EVENTS[1]), b"0\r\n\r\n"]:
            wire.send(piece)
            assert taken.acquire(timeout=LIMIT_S)

    port = free_port()
    with (
        Server(serve) as upstream,
        in_terminal("proxy", "--upstream", upstream.url, "--port", port, "--dir", tmp_path) as (process, main),
    ):
        _until(main, b"ANTHROPIC_BASE_URL=http://127.0.0.1:%d" % port)
        recorder = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        with client_of(f"http://127.0.0.1:{port}") as client:
            client.send(POST)
            assert client.head() == STREAM_HEAD
            process.send_signal(number)
            for _ in range(51):
                taken.release()
                assert client.until(b"\n\n\r\n").endswith(b"\n\n\r\n")
            taken.release()
            assert client.until(b"0\r\n\r\n") == b"0\r\n\r\n"
            taken.release()
        (path,) = tmp_path.glob("*.jsonl")
        wait_for(path, b'"kind":"end"')
        os.kill(recorder, signal.SIGTERM)
    assert [line["event"] for line in lines_of(tmp_path) if line["kind"] == "event"] == ["ping"] * 50 + ["message_stop"]


def test_a_signal_to_the_screen_ends_the_proxy_too(tmp_path: Path) -> None:
    port = free_port()
    with in_terminal("proxy", "--upstream", "http://127.0.0.1:9", "--port", port, "--dir", tmp_path) as (process, main):
        _until(main, b"ANTHROPIC_BASE_URL")
        process.send_signal(signal.SIGTERM)
        _until(main, b"\x1b[?1049l")
        assert process.wait(LIMIT_S) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def _until(terminal: int, mark: bytes) -> None:
    """What the screen sends until it has sent this."""
    shown = b""
    while mark not in shown:
        assert select.select([terminal], [], [], LIMIT_S)[0], shown
        shown += os.read(terminal, 1 << 16)


def _line(terminal: int) -> str:
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([terminal], [], [], LIMIT_S)[0], line
        line += os.read(terminal, 1)
    return line.decode().strip()
