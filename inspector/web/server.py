"""uvicorn for one user's machine: bounded, quiet, and quick to end."""

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from inspector.net.loopback import LOOPBACK
from inspector.recording import InspectorError
from inspector.web.guard import too_many

MOST_CONNECTIONS: Final = 640
_FILES_PER_CONNECTION: Final = 4
_LARGEST_HEAD: Final = 2 << 20
_PATIENCE_S: Final = 10.0


class Connection(H11Protocol):
    """A connection that is closed when it asks for nothing, or takes nothing, for too long; one too many gets 503."""

    most = MOST_CONNECTIONS
    longest_silence_s = _PATIENCE_S
    longest_unread_s = 3 * _PATIENCE_S

    _timer: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: Any) -> None:
        """Whoever asks nothing is not kept waiting for ever; whoever is one too many is told so."""
        super().connection_made(transport)
        self._refused = len(self.connections) > self.most
        self._timer = self.loop.call_later(self.longest_silence_s, self._give_up_unasked)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self._refused:
            # After the request: a client whose bytes are left unread is reset before it can read the answer.
            self.transport.write(_response(too_many(self.most)))
            self.transport.close()
        else:
            super().data_received(data)

    def pause_writing(self) -> None:
        """The browser does not read: not for ever."""
        super().pause_writing()
        self._cancel()
        self._timer = self.loop.call_later(self.longest_unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The browser reads again."""
        self._cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._cancel()
        super().connection_lost(exc)

    def _give_up_unasked(self) -> None:
        if self.cycle is None:
            self.transport.abort()

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()


class Server(uvicorn.Server):
    """Leaves the signals to whoever runs it; `ready` is set when it listens, `should_exit = True` ends it."""

    def __init__(self, app: ASGIApp, connection: type[Connection] = Connection) -> None:
        config = uvicorn.Config(
            app, http=connection, ws="none", lifespan="on", loop="asyncio", log_level="critical", access_log=False,
            server_header=False, h11_max_incomplete_event_size=_LARGEST_HEAD, timeout_graceful_shutdown=0,
        )  # fmt: skip
        super().__init__(config)
        self.ready = asyncio.Event()

    def capture_signals(self) -> Any:
        """No handler of signals is set."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so."""
        await super().startup(sockets)
        self.ready.set()


def listener(port: int) -> socket.socket:
    """A socket on the loopback. Raises InspectorError where the port cannot be had."""
    try:
        return socket.create_server((LOOPBACK, port), backlog=1024)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {why}"
        raise InspectorError(f"port {port} {why}: choose another with --port, or 0 for a free one") from None


def url_of(bound: socket.socket) -> str:
    """The address of a socket of `listener`, as a browser wants it."""
    return f"http://{LOOPBACK}:{bound.getsockname()[1]}"


def allow_files() -> int:
    """Raises this process's limit of open files as far as it may; how many connections that is good for."""
    try:
        import resource
    except ImportError:
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 64 + _FILES_PER_CONNECTION * MOST_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(8, min(MOST_CONNECTIONS, (soft - 64) // 4))


@contextmanager
def serve_in_thread(app: ASGIApp, port: int = 0, connection: type[Connection] = Connection) -> Iterator[str]:
    """Serves in a thread of its own as long as the context lasts; its value is the base URL."""
    bound = listener(port)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    server: list[Server] = []

    async def serve() -> None:
        server.append(Server(app, connection))
        serving = asyncio.create_task(server[0].serve(sockets=[bound]))
        waiting = asyncio.create_task(server[0].ready.wait())
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        ready.set()
        waiting.cancel()
        await serving

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="inspector chat", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield url_of(bound)
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(setattr, server[0], "should_exit", True)
        thread.join()


def _response(response: Any) -> bytes:
    """A whole response as HTTP/1.1 writes it."""
    fields = b"".join(b"%b: %b\r\n" % header for header in response.raw_headers)
    return b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n%b" % (fields, response.body)
