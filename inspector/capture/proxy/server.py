"""The recording proxy as a service: it listens, and gives each connection its machine."""

import asyncio
import errno
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from inspector.capture.proxy.client_connection import ClientConnection
from inspector.capture.proxy.recordings import ProxyRecordings
from inspector.capture.proxy.settings import ProxySettings
from inspector.net.loopback import url_of
from inspector.net.notices import Notices, Tell
from inspector.net.sockets import connections_possible, listening, why_not_listening
from inspector.recording import InspectorError

if TYPE_CHECKING:
    from inspector.session.totals import SessionTotals

# The client's, the upstream's and the recording; and as many connections more may be there to be told that it is full.
_FILES_PER_CONNECTION: Final = 3
_SPARE_FILES: Final = 64
_MOST_REFUSED_AT_ONCE: Final = 24
_NO_ROOM: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_ACCEPT_AGAIN_S: Final = 0.05


class Proxy:
    """Passes requests on to the upstream, and records each exchange in the folder.

    `recorded`: the names of the recordings. `note` gets what the user must know, one line each; `log` one line for each
    exchange. Both are free of secrets, but not of what a terminal must not see; both are called in a thread of their
    own, one after the other, and may take their time. `unheard`: when it had ended, they had not heard everything.
    `totals` are told of each exchange.
    """

    def __init__(self, settings: ProxySettings, note: Tell, log: Tell, totals: "SessionTotals | None" = None) -> None:
        self.settings = settings
        self.recorded: list[str] = []
        self.unheard = False
        self._totals = totals
        self._notices = Notices()
        self._note = self._notices.to(note)
        self._log = self._notices.to(log)
        self._said_full = False
        self._tls: ssl.SSLContext | None = settings.upstream.tls()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serves as long as the context lasts; its value is the base URL. Raises InspectorError."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_mistake)
        settings = self.settings
        recordings = ProxyRecordings(settings, self.recorded, self._note, self._log, self._totals)
        connections: set[ClientConnection] = set()
        most = min(settings.most, connections_possible(_FILES_PER_CONNECTION, _SPARE_FILES))

        def connected() -> ClientConnection:
            if len(connections) >= most:
                self._say_full(f"{most:,} connections are open")
            return ClientConnection(settings, self._tls, recordings, connections, most)

        try:
            listeners = listening(settings.address, settings.port)
        except OSError as error:
            raise InspectorError(why_not_listening(settings.address, settings.port, error)) from None
        port = listeners[0].getsockname()[1]
        accepting: list[asyncio.Task[None]] = []
        try:
            if settings.upstream.is_at(settings.address, port):
                raise InspectorError(
                    f"the upstream {settings.upstream.url} is this proxy itself: name another one with --upstream, or "
                    "unset ANTHROPIC_BASE_URL"
                )
            accepting += [loop.create_task(self._accept(bound, connected, connections, most)) for bound in listeners]
            yield url_of(settings.address, port)
        finally:
            for task in accepting:
                task.cancel()
            await asyncio.gather(*accepting, return_exceptions=True)
            for bound in listeners:
                bound.close()
            while connections:
                for connection in connections:
                    connection.abort()
                await asyncio.sleep(0)
            await recordings.finished()
            self.unheard = not self._notices.close()

    async def _accept(
        self,
        listener: socket.socket,
        connected: Callable[[], ClientConnection],
        connections: set[ClientConnection],
        most: int,
    ) -> None:
        """Takes connections as long as there is room; the others wait in the operating system."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                if len(connections) < most + _MOST_REFUSED_AT_ONCE:
                    client, _ = await loop.sock_accept(listener)
                    await loop.connect_accepted_socket(connected, client)
                    continue
            except OSError as error:
                # Any other one is that of a client which has left already.
                if error.errno in _NO_ROOM:
                    self._say_full((error.strerror or str(error)).lower())
            await asyncio.sleep(_ACCEPT_AGAIN_S)

    def _say_full(self, why: str) -> None:
        if not self._said_full:
            self._said_full = True
            self._note(f"{why}: further clients are told to try again (`ulimit -n` allows more)")

    def _on_mistake(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of ours ends one connection, and is one line without anything that passed."""
        error = context.get("exception")
        where = traceback.extract_tb(error.__traceback__)[-1] if error and error.__traceback__ else None
        place = f" in {where.name}, line {where.lineno}" if where else ""
        self._note(f"internal error: {type(error).__name__ if error else context['message']}{place}: please report it")
