"""The recording proxy as a service: it listens, and gives each connection its machine."""

import asyncio
import ssl
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from inspector.capture.proxy.client_connection import ClientConnection
from inspector.capture.proxy.recordings import ProxyRecordings, Tell
from inspector.capture.proxy.settings import ProxySettings
from inspector.net.loopback import url_of
from inspector.net.sockets import why_not_listening
from inspector.recording import InspectorError


class Proxy:
    """Passes requests on to the upstream, and records each exchange in the folder.

    `recorded`: the names of the recordings. `note` gets what the user must know, one line each; `log` one line for each
    exchange. Both are free of secrets, but not of what a terminal must not see.
    """

    def __init__(self, settings: ProxySettings, note: Tell, log: Tell) -> None:
        self.settings = settings
        self.recorded: list[str] = []
        self._note = _unheard(note)
        self._log = _unheard(log)
        self._tls: ssl.SSLContext | None = settings.upstream.tls()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serves as long as the context lasts; its value is the base URL. Raises InspectorError."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_mistake)
        settings = self.settings
        recordings = ProxyRecordings(settings, self.recorded, self._note, self._log)
        connections: set[ClientConnection] = set()

        def connected() -> ClientConnection:
            return ClientConnection(settings, self._tls, recordings, connections)

        try:
            server = await loop.create_server(connected, settings.address, settings.port, backlog=1024)
        except OSError as error:
            raise InspectorError(why_not_listening(settings.address, settings.port, error)) from None
        try:
            yield url_of(settings.address, server.sockets[0].getsockname()[1])
        finally:
            server.close()
            while connections:
                for connection in connections:
                    connection.abort()
                await asyncio.sleep(0)
            await recordings.finished()

    def _on_mistake(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A mistake of ours ends one connection, and is one line without anything that passed."""
        error = context.get("exception")
        where = traceback.extract_tb(error.__traceback__)[-1] if error and error.__traceback__ else None
        place = f" in {where.name}, line {where.lineno}" if where else ""
        self._note(f"internal error: {type(error).__name__ if error else context['message']}{place}: please report it")


def _unheard(tell: Tell) -> Tell:
    """Whoever was told may be gone: that is no reason to stop."""

    def told(line: str) -> None:
        with suppress(OSError, ValueError):
            tell(line)

    return told
