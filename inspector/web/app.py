"""The chat endpoint as an ASGI application: its routes, and what each of them refuses."""

import asyncio
import logging
import secrets
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from inspector.web.conversations import Conversations
from inspector.web.events import event, opening
from inspector.web.guard import Guard, refusal
from inspector.web.server import MOST_CONNECTIONS
from inspector.web.sources import ReplySource
from inspector.web.stream import KEEP_ALIVE_S, EventStream

if TYPE_CHECKING:
    from inspector.web.replies import Replies
    from inspector.web.turn import Turn

_log = logging.getLogger("inspector")
LARGEST_MESSAGE: Final = 256 << 10
_MOST_DRAINED: Final = 8 << 20
_LONGEST_UPLOAD_S: Final = 10.0
_STATIC: Final = Path(__file__).parent / "static"


class TooLarge(Exception):
    """The request's body is larger than any message may be."""


def create_app(
    source: ReplySource, folder: Path, *, most_requests: int = MOST_CONNECTIONS, keep_alive_s: float = KEEP_ALIVE_S
) -> ASGIApp:
    """The chat: its page at `/`, and `/chat` which streams a reply as server-sent events.

    GET /chat?message=…[&conversation=ID][&upstream=1] is for EventSource, POST /chat with the same as JSON members for
    fetch. Every exchange with the API is recorded into `folder`. See events.py for what is sent.
    """
    conversations = Conversations()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with source.serving() as base_url:
            replies = _LateReplies(base_url, source.is_recorded, folder)
            try:
                yield {"replies": replies}
            finally:
                await replies.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.mount("/static", StaticFiles(directory=_STATIC))

    @app.get("/")
    async def page(request: Request) -> FileResponse:
        request.state.replies.begin()
        return FileResponse(_STATIC / "index.html", headers={"cache-control": "no-cache"})

    @app.get("/about")
    async def about() -> dict[str, Any]:
        return {"source": source.label, "recorded": source.is_recorded, "suggestions": source.suggestions}

    @app.get("/chat", response_model=None)
    async def read_with_event_source(request: Request) -> Any:
        # EventSource connects again when a stream ends: that must not ask, and pay, a second time.
        if "last-event-id" in request.headers:
            return Response(status_code=204)
        # A link in a mail must not ask, and pay, either; it comes from no site.
        if request.headers.get("sec-fetch-mode") == "navigate" or "text/html" in request.headers.get("accept", ""):
            return refusal(403, "forbidden", "opening an address asks nothing here: use EventSource or fetch")
        return answer(request, dict(request.query_params))

    @app.post("/chat", response_model=None)
    async def read_with_fetch(request: Request) -> Any:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refusal(415, "invalid_request_error", "send JSON, with content-type: application/json")
        try:
            async with asyncio.timeout(_LONGEST_UPLOAD_S):
                body = orjson.loads(await _body(request))
        except TooLarge:
            return _too_large()
        except TimeoutError:
            return refusal(408, "timeout", "the body did not come in time", connection="close")
        except orjson.JSONDecodeError:
            return refusal(400, "invalid_request_error", "the body is no JSON")
        if not isinstance(body, dict):
            return refusal(400, "invalid_request_error", 'send an object: {"message": …}')
        return answer(request, body)

    def answer(request: Request, asked: dict[str, Any]) -> EventStream | JSONResponse:
        message, conversation = asked.get("message"), asked.get("conversation")
        if not isinstance(message, str) or not message.strip():
            return refusal(400, "invalid_request_error", "there is no message")
        if len(message.encode("utf-8", "replace")) > LARGEST_MESSAGE:
            return _too_large()
        conversation = conversation if isinstance(conversation, str) and len(conversation) <= 64 else None
        # Taken now: whoever asks first is answered by what comes first.
        answers, history = source.turn(message), conversations.history(conversation)
        with_upstream = asked.get("upstream") in ("1", True)

        def turn(replies: "Replies") -> "Turn":
            return replies.turn(
                answers, history, message, with_upstream, lambda messages: conversations.add(conversation, messages)
            )

        return EventStream(opening(secrets.token_hex(8)), request.state.replies.chunks(turn), keep_alive_s)

    return Guard(app, most_requests)


class _LateReplies:
    """Replies that are made in a thread once somebody has come: importing the SDK takes seconds of the processor."""

    def __init__(self, base_url: str | None, is_recorded: bool, folder: Path) -> None:
        self._arguments = (base_url, is_recorded, folder)
        self._made: Future[Replies] = Future()
        self._begun = False

    def begin(self) -> None:
        """Begins to make them, once; whoever looks at the page will say something."""
        if not self._begun:
            self._begun = True
            # A daemon: nothing ends an import, and the chat does not wait for one that nobody needs any more.
            threading.Thread(target=self._make, name="inspector chat's SDK", daemon=True).start()

    async def chunks(self, turn: Callable[["Replies"], "Turn"]) -> AsyncGenerator[bytes, None]:
        """What a turn sends, once there are replies."""
        self.begin()
        try:
            replies = await asyncio.wrap_future(self._made)
        except Exception:  # noqa: BLE001
            _log.exception("the SDK's client could not be made")
            said = "the SDK's client could not be made; the log says why"
            yield event("error", {"type": "internal_error", "message": said, "partial": ""})
            return
        async with aclosing(turn(replies).chunks()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def close(self) -> None:
        """Closes what has been made."""
        if self._made.done() and not self._made.exception():
            await self._made.result().close()

    def _make(self) -> None:
        try:
            from inspector.web.replies import Replies

            self._made.set_result(Replies(*self._arguments))
        except BaseException as error:  # noqa: BLE001
            self._made.set_exception(error)


async def _body(request: Request) -> bytes:
    """The request's body. One that is too large is read and dropped, so that the client is there to be told."""
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        # JSON may escape every character.
        if size <= 2 * LARGEST_MESSAGE:
            body += chunk
        elif size > _MOST_DRAINED:
            break
    if size > 2 * LARGEST_MESSAGE:
        raise TooLarge
    return bytes(body)


def _too_large() -> JSONResponse:
    return refusal(413, "request_too_large", f"a message may have {LARGEST_MESSAGE >> 10} KB")
