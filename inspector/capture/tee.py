"""Takes what an HTTP client receives, below whatever uses the client, and changes nothing for that.

For clients of httpx2 and of httpx, of both kinds.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakMethod

from inspector.capture.capture import Capture
from inspector.net.http_library import is_a, library_of

if TYPE_CHECKING:
    import httpx2

Begin = Callable[["httpx2.Request"], Capture | None]


class Tee:
    """A response's bytes, each piece shown to a capture on its way. What a client gets is `tee`'s.

    The SDK asks for `stream_observer` at every event: a class attribute answers fastest.
    """

    stream_observer: Any = None

    def __init__(self, inner: Any, capture: Capture) -> None:
        self._inner = inner
        self._capture = capture
        if (observer := getattr(inner, "stream_observer", None)) is not None:
            self.stream_observer = observer

    @property
    def elapsed(self) -> timedelta | None:
        """`httpx2.Response.elapsed` reads it from here."""
        return getattr(self._inner, "elapsed", None)

    def __del__(self) -> None:
        # A response can be dropped without being closed.
        self._capture.left()


class _SyncTee(Tee):
    def __iter__(self) -> Iterator[bytes]:
        take = self._capture.chunk
        try:
            for chunk in self._inner:
                take(chunk)
                yield chunk
        except GeneratorExit:
            self._capture.left()
            raise
        except BaseException as error:
            self._capture.failed(error)
            raise
        self._capture.ended()

    def close(self) -> None:
        self._capture.left()
        self._inner.close()


class _AsyncTee(Tee):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        take = self._capture.chunk
        chunks = self._inner.__aiter__()
        try:
            async for chunk in chunks:
                take(chunk)
                yield chunk
        except GeneratorExit:
            self._capture.left()
            raise
        except BaseException as error:
            self._capture.failed(error)
            raise
        finally:
            # In the task that read: else the event loop would close it later, in another one.
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
        self._capture.ended()

    async def aclose(self) -> None:
        self._capture.left()
        await self._inner.aclose()


@cache
def _tee_class(tee: type[Tee], stream: type) -> type[Tee]:
    """The tee as a stream of the client's own library, which checks that."""
    return type(tee.__name__, (tee, stream), {})


class _Sending:
    """One call of the client's `send`, which is several exchanges where it is redirected."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._capture: Capture | None = None

    def request(self, request: "httpx2.Request") -> None:
        self._capture = self._begin(request)
        if self._capture:
            self._capture.request(request)

    def response(self, response: "httpx2.Response") -> None:
        if capture := self._capture:
            capture.response(response)
            stream: Any = response.stream
            if is_a(stream, "SyncByteStream"):
                kind = _tee_class(_SyncTee, library_of(response).SyncByteStream)
            elif is_a(stream, "AsyncByteStream"):
                kind = _tee_class(_AsyncTee, library_of(response).AsyncByteStream)
            else:
                return
            response.stream = cast("httpx2.SyncByteStream", kind(stream, capture))

    def failed(self, error: BaseException) -> None:
        if self._capture:
            self._capture.failed(error)


def attach(client: "httpx2.Client | httpx2.AsyncClient", begin: Begin, awaited: bool | None = None) -> None:
    """Shows every exchange of the client to the capture that `begin` makes for its request (None: to none).

    `begin` must not raise. The transport stays as it is: hooks see each response, also of redirects, and `send`
    is wrapped for the failures that come without a response. `awaited` says how the client is used where it is both
    kinds of client, as `inspector.replay_client` is.
    """
    if awaited if awaited is not None else is_a(client, "AsyncClient"):
        _attach_async(cast("httpx2.AsyncClient", client), begin)
    else:
        _attach_sync(cast("httpx2.Client", client), begin)


def _attach_sync(client: "httpx2.Client", begin: Begin) -> None:
    inner = _weakly(client)
    # One for each attachment, as a client may have several.
    current: ContextVar[_Sending] = ContextVar("inspector_sending")

    def send(request: "httpx2.Request", **options: Any) -> "httpx2.Response":
        sending = _Sending(begin)
        token = current.set(sending)
        try:
            return cast("httpx2.Response", inner()(request, **options))
        except BaseException as error:
            sending.failed(error)
            raise
        finally:
            current.reset(token)

    client.send = send  # type: ignore[method-assign]
    client.event_hooks["request"].append(lambda request: current.get().request(request))
    # First, as a hook of the application may read the body.
    client.event_hooks["response"].insert(0, lambda response: current.get().response(response))


def _attach_async(client: "httpx2.AsyncClient", begin: Begin) -> None:
    inner = _weakly(client)
    # One for each attachment, as a client may have several.
    current: ContextVar[_Sending] = ContextVar("inspector_sending")

    async def send(request: "httpx2.Request", **options: Any) -> "httpx2.Response":
        sending = _Sending(begin)
        token = current.set(sending)
        try:
            return cast("httpx2.Response", await inner()(request, **options))
        except BaseException as error:
            sending.failed(error)
            raise
        finally:
            current.reset(token)

    async def on_request(request: "httpx2.Request") -> None:
        current.get().request(request)

    async def on_response(response: "httpx2.Response") -> None:
        current.get().response(response)

    client.send = send  # type: ignore[method-assign]
    client.event_hooks["request"].append(on_request)
    client.event_hooks["response"].insert(0, on_response)


def _weakly(client: "httpx2.Client | httpx2.AsyncClient") -> Callable[[], Callable[..., Any]]:
    """The client's `send` without a reference to the client, which closes its connections when it is dropped."""
    if replaced := vars(client).get("send"):
        return lambda: cast(Callable[..., Any], replaced)
    return cast(Callable[[], Callable[..., Any]], WeakMethod(client.send))
