"""Recordings instead of a network, for the HTTP clients of httpx2 and of httpx, of both kinds."""

import errno
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal
from weakref import finalize

from inspector.net.http_library import library_of
from inspector.protocol.endpoints import MESSAGES
from inspector.replay.answers import Answer, Answers, load
from inspector.replay.emission import Ending, ResponseHead

if TYPE_CHECKING:
    import httpx2

    class _Transport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
        """What a client of either kind takes."""
else:

    class _Transport:
        """A client asks its transport for these methods, never for its class, so this one does for both libraries."""

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.close()

        async def __aenter__(self):
            return self

        async def __aexit__(self, *exception):
            await self.aclose()

        def close(self):
            pass

        async def aclose(self):
            self.close()


_RESET: Final = f"[Errno {errno.ECONNRESET}] {os.strerror(errno.ECONNRESET)}"
_CUT: Final = "peer closed connection without sending complete message body (incomplete chunked read)"
_TIMEOUT: Final = "timed out"
_NO_RESPONSE: Final = "Server disconnected without sending a response."


_FOREVER_S: Final = 1e8


class ReplayTransport(_Transport):
    """Answers a client's requests from recordings, in process: same bytes, reads, times and exceptions as over HTTP.

        Anthropic(http_client=httpx2.Client(transport=ReplayTransport("reply.jsonl")))
        AsyncAnthropic(http_client=httpx2.AsyncClient(transport=ReplayTransport("reply.jsonl", faults=["drop@20"])))

    A request whose model is the stem of a file's name is answered from that file, any other one takes the files in
    order, and again from the first. `speed` is a factor of the recorded time, "max" (or None) is without any pause, and
    then a server that has fallen silent is a timeout at once; otherwise it is waited for as long as the client's read
    timeout says. No pause is longer than `idle_limit`, in seconds of recorded time. `faults` are written as for
    `inspector serve --fault`. Raises InspectorError where a file cannot be read or a fault is wrong.

    The files stay open as long as the transport lives, so that several clients can share it.
    """

    def __init__(
        self,
        *paths: str | os.PathLike[str],
        speed: float | Literal["max"] | None = "max",
        idle_limit: float | None = None,
        faults: Sequence[str] = (),
    ) -> None:
        factor = None if speed == "max" else speed
        with ExitStack() as opened:
            exchanges = load(os.fspath(path) for path in paths)
            for exchange in exchanges:
                opened.callback(exchange.close)
            self._answers = Answers(exchanges, factor, idle_limit, faults)
            finalize(self, opened.pop_all().close)
        self._patient = factor is not None
        self._lock = threading.Lock()

    def handle_request(self, request: "httpx2.Request") -> "httpx2.Response":
        """The response, once its head is due. Raises what the request's library raises where none comes."""
        coming = self._coming(self._answer(request, request.read()), request)
        while isinstance(what := next(coming), float):
            time.sleep(what)
        return _response(what, coming, request)

    async def handle_async_request(self, request: "httpx2.Request") -> "httpx2.Response":
        """`handle_request` for an async client."""
        import anyio

        coming = self._coming(self._answer(request, await request.aread()), request)
        while isinstance(what := next(coming), float):
            await anyio.sleep(what)
        return _response(what, coming, request)

    def _answer(self, request: "httpx2.Request", body: bytes) -> Answer:
        # A base URL may have a path of its own.
        path = MESSAGES if request.url.path.endswith(MESSAGES) else request.url.path
        with self._lock:
            return self._answers.answer(request.method, path, body)

    def _coming(self, answer: Answer, request: "httpx2.Request") -> Iterator[float | ResponseHead | bytes]:
        """What comes for a request: the head, then the reads, and before each of them the seconds to wait, if any.

        Raises what the request's library raises where the connection breaks or nothing comes for too long.
        """
        library = library_of(request)
        patience: float | None = request.extensions.get("timeout", {}).get("read")
        start = time.monotonic()
        begun = False
        for due, what in answer.emissions:
            wait = start + due / 1e9 - time.monotonic()
            if patience is not None and wait > patience:
                yield float(patience)
                raise library.ReadTimeout(_TIMEOUT, request=request)
            if wait > 0:
                yield wait
            if not isinstance(what, Ending):
                begun = True
                yield what
            elif what is Ending.RESET:
                raise library.ReadError(_RESET, request=request)
            elif what is Ending.CUT:
                raise library.RemoteProtocolError(_CUT if begun else _NO_RESPONSE, request=request)
            elif what is Ending.SILENT:
                if self._patient:
                    yield _FOREVER_S if patience is None else float(patience)
                raise library.ReadTimeout(_TIMEOUT, request=request)


class _Body:
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


@cache
def _body_class(library: Any) -> type[_Body]:
    """The body as a stream of the client's own library, which checks that."""
    return type("_Body", (_Body, library.SyncByteStream, library.AsyncByteStream), {})


def _response(
    head: ResponseHead | bytes, coming: Iterator[float | ResponseHead | bytes], request: "httpx2.Request"
) -> "httpx2.Response":
    assert isinstance(head, ResponseHead)
    library = library_of(request)
    response: httpx2.Response = library.Response(
        head.status, headers=list(head.headers), stream=_body_class(library)(coming)
    )
    return response
