"""The recording proxy as a service: it listens, and gives each connection its machine."""

import asyncio
import errno
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from inspector.capture.proxy.client_connection import ClientConnection, Shared
from inspector.capture.proxy.recordings import ProxyRecordings
from inspector.capture.proxy.settings import ProxySettings, client_trust
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

    `recorded`: the names of the recordings. `base_urls`: of the further upstreams, by name, once it serves.
    `decrypted`, `tunnelled`: the hosts to which tunnels were asked for, the latter with their ports. `note` gets what
    the user must know, one line each; `log` one line for each exchange. Both are free of secrets, but not of what a
    terminal must not see; both are called in a thread of their own, one after the other, and may take their time.
    `unheard`: when it had ended, they had not heard everything.
    `totals` are told of each exchange.
    """

    def __init__(self, settings: ProxySettings, note: Tell, log: Tell, totals: "SessionTotals | None" = None) -> None:
        self.settings = settings
        self.recorded: list[str] = []
        self.base_urls: dict[str, str] = {}
        self.decrypted: set[str] = set()
        self.tunnelled: set[str] = set()
        self.unheard = False
        self._totals = totals
        self._notices = Notices()
        self._note = self._notices.to(note)
        self._log = self._notices.to(log)
        self._said: set[str] = set()
        upstreams = [settings.upstream, *settings.platforms.values()]
        is_tls = settings.interception or any(upstream.scheme == "https" for upstream in upstreams)
        self._trust = client_trust() if is_tls else None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serves as long as the context lasts; its value is the base URL. Raises InspectorError."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_mistake)
        recordings = ProxyRecordings(self.settings, self.recorded, self._note, self._log, self._totals)
        most = min(self.settings.most, connections_possible(_FILES_PER_CONNECTION, _SPARE_FILES))
        shared = Shared(recordings, most, self._trust, self._say_once, self.decrypted, self.tunnelled)
        listeners: list[socket.socket] = []
        accepting: list[asyncio.Task[None]] = []
        try:
            own = self._listen(self.settings.port, listeners)
            base_url = url_of(self.settings.address, own)
            settings = self.settings
            if settings.interception:
                settings = replace(settings, interception=replace(settings.interception, ports=frozenset({own})))
            serving = [(listener, settings) for listener in listeners]
            for name, upstream in self.settings.platforms.items():
                further: list[socket.socket] = []
                self.base_urls[name] = url_of(self.settings.address, self._listen(0, further))
                listeners += further
                settings = replace(self.settings, upstream=upstream, interception=None)
                serving += [(listener, settings) for listener in further]
            accepting += [loop.create_task(self._accept(*one, shared)) for one in serving]
            yield base_url
        finally:
            for task in accepting:
                task.cancel()
            await asyncio.gather(*accepting, return_exceptions=True)
            for bound in listeners:
                bound.close()
            while shared.connections:
                for connection in [*shared.connections]:
                    connection.abort()
                await asyncio.sleep(0)
            await recordings.finished()
            self.unheard = not self._notices.close()

    def _listen(self, port: int, listeners: list[socket.socket]) -> int:
        """The port of new listeners. Raises InspectorError."""
        settings = self.settings
        try:
            made = listening(settings.address, port)
        except OSError as error:
            raise InspectorError(why_not_listening(settings.address, port, error)) from None
        listeners += made
        own: int = made[0].getsockname()[1]
        if settings.upstream.is_at(settings.address, own):
            raise InspectorError(
                f"the upstream {settings.upstream.url} is this proxy itself: name another one with --upstream, or "
                "unset ANTHROPIC_BASE_URL"
            )
        return own

    async def _accept(self, listener: socket.socket, settings: ProxySettings, shared: Shared) -> None:
        """Takes connections as long as there is room; the others wait in the operating system."""
        loop = asyncio.get_running_loop()
        connections, most = shared.connections, shared.most

        def connected() -> ClientConnection:
            if len(connections) >= most:
                self._say_full(f"{most:,} connections are open")
            return ClientConnection(settings, shared)

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
        self._say_once(f"{why}: further clients are told to try again (`ulimit -n` allows more)", "full")

    def _say_once(self, line: str, about: str = "") -> None:
        if (about or line) not in self._said:
            self._said.add(about or line)
            self._note(line)

    def _on_mistake(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of ours ends one connection, and is one line without anything that passed."""
        error = context.get("exception")
        where = traceback.extract_tb(error.__traceback__)[-1] if error and error.__traceback__ else None
        place = f" in {where.name}, line {where.lineno}" if where else ""
        self._note(f"internal error: {type(error).__name__ if error else context['message']}{place}: please report it")
