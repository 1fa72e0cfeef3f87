"""Why a request or its stream failed, in one line for the user."""

import anthropic

from inspector.capture.capture import message_of
from inspector.net.http_library import is_a
from inspector.net.sockets import why_not_connected

_TRANSPORT = {
    "TimeoutException": "nothing came for too long",
    "RemoteProtocolError": "the connection was cut",
    "NetworkError": "the connection was lost",
    "DecodingError": "the compressed body cannot be decoded",
}


def explained(error: Exception) -> str:
    """What went wrong and, where it helps, what to do."""
    if isinstance(error, anthropic.APIStatusError):
        return _status(error)
    if isinstance(error, anthropic.APITimeoutError):
        return f"no answer from {_host(error)} in time: try again, or give it longer with --timeout"
    if isinstance(error, anthropic.APIConnectionError):
        cause = error.__cause__ or error
        if is_a(cause, "ConnectError"):
            return f"{_host(error)} cannot be reached: {why_not_connected(cause)}"
        return f"{_host(error)} gave no answer ({_told(cause)})"
    for kind, what in _TRANSPORT.items():
        if is_a(error, kind):
            return f"{what} in mid-stream ({_told(error)}): the reply so far is kept"
    if isinstance(error, ValueError):
        return f"the stream holds what the SDK cannot read ({_told(error)}): the reply so far is kept"
    return _told(error)


def _status(error: anthropic.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    detail = body.get("error")
    detail = detail if isinstance(detail, dict) else {}
    message = f"{detail.get('type') or type(error).__name__}: {detail.get('message') or error.message}"
    if error.status_code < 400:
        return f"an error event ended the stream: {message}: the reply so far is kept"
    wait = error.response.headers.get("retry-after")
    return f"HTTP {error.status_code}: {message}" + (f": try again in {wait} s" if wait else "")


def _host(error: anthropic.APIConnectionError) -> str:
    return f"{error.request.url.scheme}://{error.request.url.netloc.decode()}"


def _told(error: BaseException) -> str:
    """An exception as a user may search for it."""
    name = f"{type(error).__module__.partition('.')[0]}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name}: {message}" if (message := message_of(error)) else name
