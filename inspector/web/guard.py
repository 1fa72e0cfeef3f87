"""Who may talk to a server that spends the user's money: pages of its own, on this machine."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inspector.net.loopback import HOSTS_IN_WORDS, is_ours

_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Refuses requests by Host (a name that was rebound), by Origin and Sec-Fetch-Site (other sites' pages), and more
    than `most` at once; adds the security headers to every response."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on to the application, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if refused := self._refusal(Headers(scope=scope)):
            await refused(scope, receive, secured)
            return
        self._open += 1
        try:
            await self._app(scope, receive, secured)
        finally:
            self._open -= 1

    def _refusal(self, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "")
        if not is_ours(host):
            return refusal(403, "forbidden", f"the Host must be {HOSTS_IN_WORDS}")
        origin = headers.get("origin")
        if origin is not None and not _same(origin, host):
            return refusal(403, "forbidden", "pages of another origin may not use this chat")
        # Images and the like of other sites send no Origin.
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return refusal(403, "forbidden", "pages of another site may not use this chat")
        if self._open >= self._most:
            return too_many(self._most)
        return None


def refusal(status: int, type: str, message: str, **headers: str) -> JSONResponse:
    """An error before any stream, shaped as the API's are."""
    body = {"type": "error", "error": {"type": type, "message": message}}
    return JSONResponse(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def too_many(most: int) -> JSONResponse:
    """The answer where as many requests are open as may be."""
    message = f"{most} requests are open already: close some, or try again"
    return refusal(503, "overloaded", message, retry_after="5", connection="close")


def _same(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
