"""Recordings instead of a network, for httpx2 clients of both kinds."""

import errno
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx2

from inspector.replay.answers import PATH, Answer, Answers
from inspector.replay.emission import Ending, ResponseHead

_RESET: Final = f"[Errno {errno.ECONNRESET}] {os.strerror(errno.ECONNRESET)}"
_CUT: Final = "peer closed connection without sending complete message body (incomplete chunked read)"
_TIMEOUT: Final = "timed out"
_NO_RESPONSE: Final = "Server disconnected without sending a response."


_FOREVER_S: Final = 1e8


class ReplayTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Carries answers out in process: same bytes, same reads, same times, same exceptions as over HTTP.

    `patient`: a server that has fallen silent is waited for as long as the client's read timeout says; otherwise the
    timeout comes at once.
    """

    def __init__(self, answers: Answers, patient: bool) -> None:
        self._answers = answers
        self._patient = patient
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        coming = _coming(self._answer(request, request.read()), request, self._patient)
        while isinstance(what := next(coming), float):
            time.sleep(what)
        return _response(what, coming)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        import anyio

        coming = _coming(self._answer(request, await request.aread()), request, self._patient)
        while isinstance(what := next(coming), float):
            await anyio.sleep(what)
        return _response(what, coming)

    def _answer(self, request: httpx2.Request, body: bytes) -> Answer:
        # A base URL may have a path of its own.
        path = PATH if request.url.path.endswith(PATH) else request.url.path
        with self._lock:
            return self._answers.answer(request.method, path, body)


def _coming(answer: Answer, request: httpx2.Request, patient: bool) -> Iterator[float | ResponseHead | bytes]:
    """What comes for a request: the head, then the reads, and before each of them the seconds to wait, if any.

    Raises what httpx2 raises where the connection breaks or nothing comes for too long.
    """
    patience: float | None = request.extensions.get("timeout", {}).get("read")
    start = time.monotonic()
    begun = False
    for due, what in answer.emissions:
        wait = start + due / 1e9 - time.monotonic()
        if patience is not None and wait > patience:
            yield float(patience)
            raise httpx2.ReadTimeout(_TIMEOUT, request=request)
        if wait > 0:
            yield wait
        if not isinstance(what, Ending):
            begun = True
            yield what
        elif what is Ending.RESET:
            raise httpx2.ReadError(_RESET, request=request)
        elif what is Ending.CUT:
            raise httpx2.RemoteProtocolError(_CUT if begun else _NO_RESPONSE, request=request)
        elif what is Ending.SILENT:
            if patient:
                yield _FOREVER_S if patience is None else float(patience)
            raise httpx2.ReadTimeout(_TIMEOUT, request=request)


class _Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, coming: Iterator[float | ResponseHead | bytes]) -> None:
        self._coming = coming

    def __iter__(self) -> Iterator[bytes]:
        for what in self._coming:
            if isinstance(what, float):
                time.sleep(what)
            elif isinstance(what, bytes):
                yield what

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import anyio

        for what in self._coming:
            if isinstance(what, float):
                await anyio.sleep(what)
            elif isinstance(what, bytes):
                yield what


def _response(head: ResponseHead | bytes, coming: Iterator[float | ResponseHead | bytes]) -> httpx2.Response:
    assert isinstance(head, ResponseHead)
    return httpx2.Response(head.status, headers=list(head.headers), stream=_Body(coming))
