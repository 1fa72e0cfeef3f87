"""From Claude to a browser: an endpoint, and in browser/ a page that reads it in both ways.

    inspector serve recordings/plain-text.jsonl &
    ANTHROPIC_BASE_URL=http://127.0.0.1:8765 ANTHROPIC_API_KEY=none uvicorn --app-dir examples fastapi_endpoint:app

Then open http://127.0.0.1:8000, and `inspector probe "http://127.0.0.1:8000/chat?message=hi"`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
from anthropic import APIError, AsyncAnthropic
from fastapi import FastAPI, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from fastapi.staticfiles import StaticFiles

app = FastAPI()
client = AsyncAnthropic()


@app.get("/chat", response_class=EventSourceResponse)
@app.post("/chat", response_class=EventSourceResponse)
async def chat(message: str, response: Response) -> AsyncIterator[ServerSentEvent]:
    """JSON in the data keeps newlines; FastAPI sends keep-alive comments, and cancels this when the client leaves."""
    response.headers["cache-control"] = "no-cache, no-transform"
    try:
        async with client.messages.stream(
            model="claude-sonnet-4-6", max_tokens=1024, messages=[{"role": "user", "content": message}]
        ) as stream:
            async for text in stream.text_stream:
                yield ServerSentEvent(event="text", data={"text": text})
            final = await stream.get_final_message()
        yield ServerSentEvent(event="done", data={"stop_reason": final.stop_reason})
    except (APIError, httpx2.HTTPError) as error:
        # After the headers only an event can tell. The page keeps what it has.
        yield ServerSentEvent(event="error", data={"type": getattr(error, "type", None) or type(error).__name__})


@app.middleware("http")
async def no_second_reply(request: Request, call_next):  # type: ignore[no-untyped-def]
    # EventSource connects again when a stream ends: 204 stops it before all is generated, and billed, a second time.
    return Response(status_code=204) if "last-event-id" in request.headers else await call_next(request)


app.mount("/", StaticFiles(directory=Path(__file__).parent / "browser", html=True))
