"""A client of any endpoint that streams server-sent events, which records what comes and when."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from inspector.capture.capture import Capture, message_of
from inspector.capture.tee import attach
from inspector.net.sockets import why_not_connected
from inspector.recording import InspectorError, Writer
from inspector.recording.redaction import shown
from inspector.timeline import Exchange

_CONNECT_S: Final = 10.0
_READ_S: Final = 600.0


@dataclass(frozen=True)
class Asked:
    """The request: a GET as EventSource sends it, or a POST with JSON. `headers` are added, or replace."""

    url: str
    data: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    limit_s: float | None = None

    def request(self, client: httpx2.AsyncClient) -> httpx2.Request:
        """Raises InspectorError where it makes no request."""
        headers = httpx2.Headers({"accept": "text/event-stream", "cache-control": "no-cache"})
        if self.data is not None:
            headers["content-type"] = "application/json"
        for name, value in self.headers:
            headers[name] = value
        try:
            return client.build_request(
                "GET" if self.data is None else "POST", self.url, headers=headers, content=self.data
            )
        except (httpx2.InvalidURL, ValueError, TypeError) as error:
            raise InspectorError(f"{self.url} cannot be asked: {error}") from None


async def probe(asked: Asked, path: Path, on_read: Callable[[Exchange], None]) -> Exchange:
    """Records the answer to `path` and calls `on_read` when the headers, and whenever further bytes, have come.

    Returns when the answer ends or breaks, or at the limit. Raises InspectorError where there is no answer at all.
    Cancelled, it leaves a recording that says so.
    """
    lost: list[Exception] = []
    capture: Capture | None = None

    def begin(request: httpx2.Request) -> Capture | None:
        nonlocal capture
        # Of a request that is redirected the last one counts.
        path.write_bytes(b"")
        try:
            capture = Capture(Writer.create(path, {"kind": "live", "clock": "arrival", "probe": True}), lost.append)
        except (OSError, InspectorError) as error:
            lost.append(error)
        return capture

    timeout = httpx2.Timeout(_READ_S, connect=_CONNECT_S)
    async with httpx2.AsyncClient(timeout=timeout, follow_redirects=True) as client:
        attach(client, begin)
        request = asked.request(client)
        with suppress(TimeoutError):
            async with asyncio.timeout(asked.limit_s):
                await _read(client, request, path, on_read)
        if lost:
            raise InspectorError(f"{path}: cannot be written: {lost[0]}")
    return Exchange(path.open("rb"), shown(asked.url)).load()


def ending(exchange: Exchange) -> str:
    """Who or what ended the stream."""
    end = exchange.index.end or {}
    error = end.get("error") or {}
    return {
        "complete": "the server ended it",
        "eof": "the server ended it",
        "reset": f"the connection broke ({error.get('type', '')}: {error.get('message', '')})",
        "timeout": "nothing came for too long",
        "cancelled": "the probe left",
    }.get(str(end.get("reason")), f"an error: {error.get('message', 'unknown')}")


async def _read(
    client: httpx2.AsyncClient, request: httpx2.Request, path: Path, on_read: Callable[[Exchange], None]
) -> None:
    try:
        response = await client.send(request, stream=True)
    except httpx2.HTTPError as error:
        if isinstance(error, httpx2.ConnectError):
            raise InspectorError(f"{request.url} cannot be reached: {why_not_connected(error)}") from None
        kind = "did not answer in time" if isinstance(error, httpx2.TimeoutException) else "gave no answer"
        raise InspectorError(f"{request.url} {kind}: {message_of(error) or type(error).__name__}") from None
    with Exchange(path.open("rb"), shown(str(request.url))) as exchange:
        try:
            on_read(exchange.load())
            # How it breaks is in the recording.
            with suppress(httpx2.HTTPError):
                async for _ in response.aiter_raw():
                    on_read(exchange.load())
        finally:
            await response.aclose()
