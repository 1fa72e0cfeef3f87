"""The chat endpoint as an ASGI application: its routes, and what each of them refuses."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from inspector.capture.tap import tap
from inspector.web.conversations import Conversations
from inspector.web.events import opening
from inspector.web.guard import Guard, refusal
from inspector.web.server import MOST_CONNECTIONS
from inspector.web.sources import ReplySource
from inspector.web.stream import KEEP_ALIVE_S, EventStream
from inspector.web.turn import Turn

LARGEST_MESSAGE: Final = 256 << 10
_MOST_DRAINED: Final = 8 << 20
_LONGEST_UPLOAD_S: Final = 10.0
_SHORTEST_KEY: Final = 16
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
        async with source.serving() as base_url, _client(base_url, source.is_recorded) as client:
            yield {"client": tap(client, folder)}

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.mount("/static", StaticFiles(directory=_STATIC))

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html", headers={"cache-control": "no-cache"})

    @app.get("/about")
    async def about() -> dict[str, Any]:
        return {"source": source.label, "recorded": source.is_recorded, "suggestions": source.suggestions}

    @app.get("/chat", response_model=None)
    async def read_with_event_source(request: Request) -> Any:
        # EventSource connects again when a stream ends: that must not ask, and pay, a second time.
        if "last-event-id" in request.headers:
            return Response(status_code=204)
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
        turn = Turn(
            request.state.client,
            source.turn(message),
            conversations.history(conversation),
            message,
            with_upstream=asked.get("upstream") in ("1", True),
            keys=_keys(request.state.client),
            ended_well=lambda messages: conversations.add(conversation, messages),
        )
        return EventStream(opening(secrets.token_hex(8)), turn.chunks(), keep_alive_s)

    return Guard(app, most_requests)


def _client(base_url: str | None, is_recorded: bool) -> AsyncAnthropic:
    if is_recorded:
        # What was recorded is shown as it was: no second attempt, no proxy, and no key that could go anywhere.
        http = DefaultAsyncHttpxClient(trust_env=False)
        return AsyncAnthropic(api_key="recorded", base_url=base_url, http_client=http, max_retries=0)
    return AsyncAnthropic(base_url=base_url)


def _keys(client: AsyncAnthropic) -> list[str]:
    """What must not reach a browser; shorter ones are the words that stand in where a server wants no key."""
    return [key for key in (client.api_key, client.auth_token) if key and len(key) >= _SHORTEST_KEY]


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
