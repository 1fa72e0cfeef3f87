"""A server that sends exactly the bytes it is told to, and knows when its client leaves."""

import socket
import struct
import threading
from collections.abc import Iterable, Sequence
from enum import Enum
from types import TracebackType
from typing import Self

from tests.support import LIMIT_S


class Do(Enum):
    RESET = "close the connection with a TCP reset"
    HOLD = "send nothing more until the client leaves"


Step = bytes | Do | threading.Event


def head(status: int = 200, content_type: str = "text/event-stream", **headers: str) -> bytes:
    """The head of a response whose body is chunked, on a connection that is used once."""
    fields = {"content-type": content_type, "transfer-encoding": "chunked", "connection": "close", **headers}
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
    return f"HTTP/1.1 {status} Status\r\n{''.join(lines)}\r\n".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def reply(*chunks: bytes, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> list[Step]:
    """A whole response with the body in these chunks."""
    return [head(status, content_type, **headers), *map(chunk, chunks), LAST_CHUNK]


class RawServer:
    """Answers connection k with script k, the last script again and again. An Event in a script is waited for.

    `requests` are the requests as they came. `client_left` is set when a client closes during HOLD.
    """

    def __init__(self, *scripts: Sequence[Step]) -> None:
        self._scripts = scripts
        self.requests: list[bytes] = []
        self.client_left = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._connections: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(10)

    @property
    def bodies(self) -> list[bytes]:
        return [request.partition(b"\r\n\r\n")[2] for request in self.requests]

    def _accept(self) -> None:
        for number in range(1 << 30):
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            script = self._scripts[min(number, len(self._scripts) - 1)]
            thread = threading.Thread(target=self._serve, args=(connection, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, script: Iterable[Step]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                self.requests.append(_read_request(connection))
                for step in script:
                    if isinstance(step, bytes):
                        connection.sendall(step)
                    elif isinstance(step, threading.Event):
                        assert step.wait(LIMIT_S)
                    elif step is Do.RESET:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    elif not connection.recv(1):
                        self.client_left.set()
            except OSError:
                self.client_left.set()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
        data += more
    for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            wanted = len(data.partition(b"\r\n\r\n")[0]) + 4 + int(value)
            while len(data) < wanted and (more := connection.recv(65536)):
                data += more
    return data
