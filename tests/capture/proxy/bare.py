"""Bare sockets on both sides of the proxy: what is sent is exactly what the test says."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fcntl import ioctl
from pathlib import Path
from termios import TIOCOUTQ
from typing import Any

import orjson

from inspector.capture.proxy.server import Proxy
from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress
from inspector.net.service_thread import in_thread
from tests.capture.raw_server import chunk
from tests.support import LIMIT_S, wait_until

STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"
EVENTS = [b'event: ping\ndata: {"type":"ping"}\n\n', b'event: message_stop\ndata: {"type":"message_stop"}\n\n']


def streamed(*pieces: bytes) -> bytes:
    """A whole chunked response, one chunk for each piece."""
    return STREAM_HEAD + b"".join(map(chunk, pieces)) + b"0\r\n\r\n"


def fixed(body: bytes = b"ok", status: bytes = b"200 OK", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)


def unacknowledged(connection: socket.socket) -> int:
    """How many bytes the peer's operating system does not have yet; Linux only."""
    return int(struct.unpack("i", ioctl(connection.fileno(), TIOCOUTQ, b"\0" * 4))[0])


class Wire:
    """One end of a connection, read to a mark or for a number of bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.settimeout(LIMIT_S)
        self._ahead = bytearray()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, mark: bytes) -> bytes:
        """Everything up to and with the mark. Raises EOFError where the connection ends before."""
        while mark not in self._ahead:
            if not (data := self.socket.recv(1 << 16)):
                raise EOFError(bytes(self._ahead))
            self._ahead += data
        return self._taken(self._ahead.index(mark) + len(mark))

    def exactly(self, count: int) -> bytes:
        """As many bytes, or fewer where the connection ends before."""
        while len(self._ahead) < count and (data := self.socket.recv(1 << 16)):
            self._ahead += data
        return self._taken(count)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._ahead[:count])
        del self._ahead[:count]
        return taken

    def rest(self) -> bytes:
        """Everything until the connection is closed. Raises ConnectionResetError."""
        return self.exactly(1 << 40)

    def head(self) -> bytes:
        return self.until(b"\r\n\r\n")

    def request(self) -> bytes:
        """A whole request with a Content-Length."""
        head = self.head()
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        return head + self.exactly(length)

    def reset_once_sent(self) -> None:
        """A reset that does not overtake what was sent."""
        while unacknowledged(self.socket):
            threading.Event().wait(0.01)
        self.reset()

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Server:
    """Gives each connection, with its number from 1, to `serve` in a thread; what fails there is raised on leaving."""

    def __init__(self, serve: Callable[[Wire, int], None]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.failures: list[BaseException] = []
        self.connections = 0
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Server":
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(LIMIT_S)
        for thread in self._threads:
            thread.join(LIMIT_S)
        if self.failures and kind is None:
            raise self.failures[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket, number: int) -> None:
        with connection:
            try:
                self._serve(Wire(connection), number)
            except BaseException as error:  # noqa: BLE001 the test's thread gets it
                self.failures.append(error)


def answering(*answers: bytes) -> Callable[[Wire, int], None]:
    """Request k on each connection is answered with answer k; then the client is waited for."""

    def serve(wire: Wire, number: int) -> None:
        for answer in answers:
            wire.request()
            wire.send(answer)
        with suppress(ConnectionResetError):
            assert wire.rest() == b""

    return serve


@dataclass
class Running:
    """A proxy in a thread, and what it told."""

    url: str
    folder: Path
    notes: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    logged: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    proxy: Proxy = field(init=False)

    @contextmanager
    def client(self) -> Iterator[Wire]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Wire(connection)

    def recorded(self, count: int = 1) -> list[list[dict[str, Any]]]:
        """The lines of the recordings, oldest first, once as many further exchanges are over."""
        for _ in range(count):
            assert self.logged.acquire(timeout=LIMIT_S)
        return [list(map(orjson.loads, path.read_bytes().splitlines())) for path in sorted(self.folder.glob("*.jsonl"))]

    def end(self) -> dict[str, Any]:
        """The last line of the newest recording, once one more exchange is over."""
        line = self.recorded()[-1][-1]
        assert line["kind"] == "end"
        return line


def wait_for(path: Path, mark: bytes) -> bytes:
    """What is in the file, once this is."""
    wait_until(lambda: mark in path.read_bytes())
    return path.read_bytes()


@contextmanager
def proxied(upstream: str, folder: Path, **settings: Any) -> Iterator[Running]:
    running = Running("", folder)

    def log(line: str) -> None:
        running.log.append(line)
        running.logged.release()

    proxy = Proxy(
        replace(ProxySettings(UpstreamAddress.parse(upstream), folder, hop="inspector-1"), **settings),
        running.notes.append,
        log,
    )
    running.proxy = proxy
    with in_thread(proxy.serving, "inspector proxy") as running.url:
        yield running


def kinds(lines: list[dict[str, Any]]) -> list[str]:
    return [line["kind"] for line in lines]
