"""What a live request asks, apart from who sends it: importing this imports no SDK."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from inspector.recording import InspectorError
from inspector.text.json_text import loads_exact


@dataclass(frozen=True)
class LiveRequest:
    """What to ask, and of whom. `body` holds any fields of a Messages request, `timeout_s` is for each read."""

    body: dict[str, Any]
    betas: tuple[str, ...] = ()
    base_url: str | None = None
    timeout_s: float | None = None


KEYS: Final = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
MODEL: Final = "claude-sonnet-4-6"
_MAX_TOKENS: Final = 4096
# As a request body, Bedrock's and a header name it.
_BETAS: Final = ("betas", "anthropic_beta", "anthropic-beta")


def call_of(
    prompt: str | None,
    request: str | None,
    *,
    model: str | None,
    max_tokens: int | None,
    system: str | None,
    thinking: int | None,
    base_url: str | None,
    timeout_s: float | None,
) -> LiveRequest:
    """Raises InspectorError where the options make no request. Options override what the request file says."""
    body = _request_body(request) if request else {}
    betas = _betas(body)
    body.pop("stream", None)
    if prompt is not None:
        if prompt == "-" == request:
            raise InspectorError("PROMPT and --request cannot both be read from stdin: name a file for one of them")
        body["messages"] = [{"role": "user", "content": sys.stdin.read() if prompt == "-" else prompt}]
    if not body.get("messages"):
        raise InspectorError("nothing to ask: give a PROMPT, or a --request file with messages")
    if model:
        body["model"] = model
    if system is not None:
        body["system"] = system
    if thinking:
        body["thinking"] = {"type": "enabled", "budget_tokens": thinking}
    if max_tokens:
        body["max_tokens"] = max_tokens
    body.setdefault("model", MODEL)
    # Thinking counts as output.
    body.setdefault("max_tokens", _MAX_TOKENS + (thinking or 0))
    return LiveRequest(body, betas, _checked_url(base_url), timeout_s)


def _request_body(file: str) -> dict[str, Any]:
    name = "stdin" if file == "-" else file
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InspectorError(f"{file}: the request cannot be read: {reason}") from None
    try:
        body = loads_exact(text)
    except ValueError as error:
        raise InspectorError(f"{name}: the request is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise InspectorError(f"{name}: the request must be a JSON object with the fields of a Messages request")
    return body


def _betas(body: dict[str, Any]) -> tuple[str, ...]:
    names: list[str] = []
    for key in _BETAS:
        value = body.pop(key, None) or []
        names += value.split(",") if isinstance(value, str) else map(str, value)
    return tuple(name.strip() for name in names if name.strip())


def _checked_url(base_url: str | None) -> str | None:
    """The base URL, if one is given; the environment's is checked too, as the SDK would take it unseen."""
    option = "--base-url" if base_url else "ANTHROPIC_BASE_URL"
    url = base_url or os.environ.get("ANTHROPIC_BASE_URL") or None
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or any(character.isspace() for character in url):
        raise InspectorError(f"{option}: {url!r} is no URL: it looks like http://127.0.0.1:8080")
    return url
