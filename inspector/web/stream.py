"""A response that is an event stream: written as it comes, kept alive, ended when the browser leaves."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from inspector.web.events import KEEP_ALIVE

# Proxies cut connections that are silent for longer, the strictest after 30 s.
KEEP_ALIVE_S: Final = 12.0
HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class EventStream(Response):
    """A response: the chunks as they come, comments while none come, and an end when the client leaves.

    The chunks are cancelled then, wherever they wait: a generator that waits for a silent upstream would otherwise
    learn of it at its next `yield`, or never. One send is one HTTP chunk.
    """

    def __init__(self, first: bytes, chunks: AsyncGenerator[bytes, None], keep_alive_s: float = KEEP_ALIVE_S) -> None:
        super().__init__()
        self._first = first
        self._chunks = chunks
        self._keep_alive_s = keep_alive_s
        self._sent_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the stream until it ends or the browser leaves."""
        self._sent_at = asyncio.get_running_loop().time()
        sending = asyncio.create_task(self._send(send))
        others = [asyncio.create_task(_left(receive)), asyncio.create_task(self._keep_alive(send))]
        try:
            await asyncio.wait((sending, others[0]), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, *others):
                task.cancel()
            await asyncio.wait((sending, *others))
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send(_body(self._first))
        try:
            async for chunk in self._chunks:
                if chunk:
                    self._sent_at = asyncio.get_running_loop().time()
                    await send(_body(chunk))
        finally:
            await self._chunks.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _keep_alive(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(max(0.0, self._sent_at + self._keep_alive_s - loop.time()))
            if loop.time() - self._sent_at >= self._keep_alive_s:
                self._sent_at = loop.time()
                with suppress(RuntimeError):
                    await send(_body(KEEP_ALIVE))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}
