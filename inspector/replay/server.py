"""The Messages API on the loopback, answered from recordings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager

from inspector.net.loopback import LOOPBACK, url_of
from inspector.net.service_thread import in_thread
from inspector.net.sockets import why_not_listening
from inspector.recording import InspectorError
from inspector.replay.answers import Answers
from inspector.replay.connection import Log, ReplayConnection, Sleep


def _quiet(line: str) -> None:
    pass


@asynccontextmanager
async def serving(
    answers: Answers, port: int = 0, log: Log = _quiet, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[str]:
    """Serves as long as the context lasts; its value is the base URL. Port 0 is a free one.

    `log` gets a line for each request, with text from the wire in it. `sleep` takes the seconds until the next is due.
    Raises InspectorError where the port cannot be had.
    """
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        try:
            await ReplayConnection(reader, writer, answers, log, sleep).run()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            connections.discard(task)

    try:
        server = await asyncio.start_server(connected, LOOPBACK, port)
    except OSError as error:
        raise InspectorError(why_not_listening(LOOPBACK, port, error)) from None
    try:
        yield url_of(LOOPBACK, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections)


def serve_in_thread(
    answers: Answers, port: int = 0, log: Log = _quiet, sleep: Sleep = asyncio.sleep
) -> AbstractContextManager[str]:
    """`serving` in a thread of its own, for whoever has no event loop. `log` and `sleep` are called in that thread."""
    return in_thread(lambda: serving(answers, port, log, sleep), "inspector replay server")
