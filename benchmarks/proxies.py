"""The proxies that are measured side by side, each in a process of its own and recording, and a bare server behind."""

import argparse
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
BODY = b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],"stream":true}'
REQUEST = (
    b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


_ROOT = Path(__file__).parents[1]


@dataclass
class Proxy:
    """A proxy that is running. `url` is where its clients go, `folder` where it records."""

    name: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        """Ends it, once it has written what it has."""
        if self.process:
            self.process.terminate()
            self.process.wait()


def options(description: str) -> argparse.ArgumentParser:
    """A parser with the options that say where the other proxies are."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mitmdump", default=shutil.which("mitmdump"), help="mitmproxy's command")
    parser.add_argument("--claude-tap", default=shutil.which("claude-tap"), help="claude-tap's command")
    return parser


@contextmanager
def running(arguments: argparse.Namespace, upstream: int) -> Iterator[list[Proxy]]:
    """Direct, ours, and those of the others that are there, in front of this port."""
    url = f"http://127.0.0.1:{upstream}"
    commands: dict[str, Callable[[int, Path], Sequence[str]]] = {"inspector": lambda port, to: _ours(url, port, to)}
    if arguments.mitmdump:
        commands["mitmproxy"] = lambda port, to: _mitmproxy(arguments.mitmdump, url, port, to)
    if arguments.claude_tap:
        commands["claude-tap"] = lambda port, to: _claude_tap(arguments.claude_tap, url, port, to)
    with tempfile.TemporaryDirectory() as folder:
        proxies = [Proxy("direct", upstream, Path(folder), None)]
        try:
            for name, command in commands.items():
                port, to = free_port(), Path(folder, name)
                to.mkdir()
                # Some of them keep settings and traces at home.
                environment = {**os.environ, "HOME": str(to), "PYTHONPATH": str(_ROOT) if name == "inspector" else ""}
                process = subprocess.Popen(
                    command(port, to), env=environment, cwd=to, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    stdin=subprocess.DEVNULL,
                )  # fmt: skip
                proxies.append(Proxy(name, port, to, process))
                _wait_until_open(port, process)
            yield proxies
        finally:
            for proxy in proxies:
                proxy.stop()


def _ours(url: str, port: int, to: Path) -> list[str]:
    command = [sys.executable, "-m", "inspector", "proxy", "--no-tui", "--upstream", url, "--port", str(port)]
    return [*command, "--dir", str(to / "session")]


def _mitmproxy(command: str, url: str, port: int, to: Path) -> list[str]:
    # Without stream_large_bodies it passes nothing on before the whole body is there.
    mode = ["--mode", f"reverse:{url}", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
    return [command, *mode, "--set", "stream_large_bodies=1", "-q", "-w", str(to / "flows")]


def _claude_tap(command: str, url: str, port: int, to: Path) -> list[str]:
    where = ["--tap-no-launch", "--tap-host", "127.0.0.1", "--tap-port", str(port), "--tap-target", url]
    return [command, *where, "--tap-no-open", "--tap-no-live", "--tap-store-stream-events"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{process.args!r} did not start: {process.poll()}")


@contextmanager
def upstream(serve: Callable[[socket.socket, Connection], None]) -> Iterator[tuple[int, Connection]]:
    """`serve` in a process of its own, with its listening socket: the port, and a pipe to it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, there), daemon=True)
    process.start()
    port = listener.getsockname()[1]
    listener.close()
    try:
        yield port, here
    finally:
        process.terminate()
        process.join()


def frames_of(path: Path) -> tuple[list[bytes], list[int]]:
    """The frames of a recording and their times in ns."""
    sys.path.insert(0, str(_ROOT))
    from inspector.formats import open_exchange

    with open_exchange(str(path)) as exchange:
        frames = [exchange.frame(n) for n in range(1, exchange.index.count + 1)]
    return [frame.raw for frame in frames], [frame.t_ns or 0 for frame in frames]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def read_request(connection: socket.socket) -> bool:
    """Reads one request with a Content-Length; False where the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(1 << 16)):
            return False
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(1 << 16)
    return True
