"""Recordings instead of a network, for httpx2 clients of both kinds."""

import errno
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx2

from inspector.replay.answers import PATH, Answer, Answers
from inspector.replay.steps import End, Head, Step

_RESET: Final = f"[Errno {errno.ECONNRESET}] {os.strerror(errno.ECONNRESET)}"
_CUT: Final = "peer closed connection without sending complete message body (incomplete chunked read)"
_NO_RESPONSE: Final = "Server disconnected without sending a response."


class ReplayTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Carries answers out in process: same bytes, same reads, same times, same exceptions as over HTTP.

    `patient`: a server that has fallen silent is waited for as long as the client's read timeout says, otherwise the
    timeout comes at once.
    """

    def __init__(self, answers: Answers, patient: bool) -> None:
        self._answers = answers
        self._patient = patient
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        exchange = _Exchange(self._answer(request, request.read()), request, self._patient)
        for wait in exchange.to_head():
            time.sleep(wait)
        return exchange.response()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        import anyio

        exchange = _Exchange(self._answer(request, await request.aread()), request, self._patient)
        for wait in exchange.to_head():
            await anyio.sleep(wait)
        return exchange.response()

    def _answer(self, request: httpx2.Request, body: bytes) -> Answer:
        # A base URL may have a path of its own.
        path = PATH if request.url.path.endswith(PATH) else request.url.path
        with self._lock:
            return self._answers.answer(request.method, path, body)
