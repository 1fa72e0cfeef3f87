"""Secrets: what is one, and how it is taken out before anything touches the disk."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from inspector.text.json_text import members

REDACTED: Final = "[redacted]"

_SECRETS: Final = frozenset({
    "authorization", "auth", "key", "keys", "apikey", "apikeys", "accesskey", "token", "secret", "secrets", "password",
    "passwords", "passwd", "passphrase", "cookie", "cookies", "session", "jwt", "signature", "sig", "credential",
    "credentials",
})  # fmt: skip
# What is counted, said or found about a secret: token_count, key_name, session_url.
_ABOUT: Final = frozenset({
    "type", "count", "limit", "name", "mode", "url", "uri", "endpoint", "length", "size", "budget", "usage",
})  # fmt: skip
_HARMLESS: Final = frozenset({
    "idempotency_key", "cache_key", "prompt_cache_key", "surrogate_key", "partition_key", "primary_key", "foreign_key",
    "sort_key", "public_key", "x_claude_code_session_id",
})  # fmt: skip
# A thinking block is refused without its own, and it opens nothing.
_PROTOCOL_MEMBERS: Final = frozenset({"signature"})
# What presigns a URL, and the code of a login, are secrets there only.
_SECRET_PARAMETER = re.compile(r"x-amz-.*|code", re.I)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MEMBER = re.compile(rb'"([A-Za-z0-9_. -]{3,64})"\s*:')
# No secret fits into them.
_EMPTY: Final = frozenset({b"null", b"true", b"false", b'""'})
_KEY = re.compile(rb"sk-ant-[A-Za-z0-9_-]+")
_BEARER = re.compile(r"bearer ", re.I)


@lru_cache(1 << 12)
def is_secret_name(name: str) -> bool:
    """Whether what stands under this name is a secret: a header, a query parameter, a member of a JSON object.

    Names are read word by word, in any case, with dashes, underscores or in camelCase. `max_tokens` counts something
    and is none.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if _SECRETS.isdisjoint(words) or "_".join(words) in _HARMLESS:
        return False
    return words[-1] not in _ABOUT


class Redactor:
    """Takes secrets out of a request and of response headers before anything is written. Names stay.

    `patterns` are regular expressions whose matches go too, in header values, URLs and bodies.
    Response bodies are never touched.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = [re.compile(pattern.encode()) for pattern in patterns]

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The headers in their order, secret values replaced; a `Bearer ` prefix stays."""
        return [(name, self._header(name, value)) for name, value in headers]

    def url(self, url: str) -> str:
        """The URL without a password and without the values of query parameters that look like keys."""
        try:
            parts = urlsplit(url)
        except ValueError:
            # No URL at all: what may hold a secret goes.
            return self.text(re.sub("//[^/]*@", "//", url.partition("?")[0]).encode("utf-8", "replace")).decode()
        netloc = parts.netloc
        if "@" in netloc:
            netloc = f"{quote(REDACTED)}@{netloc.rpartition('@')[2]}"
        query = "&".join(_parameter(pair) for pair in parts.query.split("&")) if parts.query else ""
        clean = urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))
        return self.text(clean.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def body(self, body: bytes) -> bytes:
        """The request body with `sk-ant-…` and the values under secret names replaced, every other byte as it was."""
        if any(map(_is_secret_member, _MEMBER.findall(body))):
            pieces: list[bytes] = []
            at = 0
            for start, end in _secret_spans(body):
                if start >= at and body[start:end] not in _EMPTY:
                    pieces += [body[at:start], b'"%b"' % REDACTED.encode()]
                    at = end
            body = b"".join([*pieces, body[at:]])
        return self.text(body)

    def text(self, text: bytes) -> bytes:
        """Any text of ours that may quote a request: an error message, a URL."""
        text = _KEY.sub(REDACTED.encode(), text)
        for pattern in self._patterns:
            text = pattern.sub(REDACTED.encode(), text)
        return text

    def _header(self, name: str, value: str) -> str:
        if is_secret_name(name):
            bearer = _BEARER.match(value) if name.lower() in ("authorization", "proxy-authorization") else None
            return (bearer[0] if bearer else "") + REDACTED
        return self.text(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def _parameter(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    plain = unquote_plus(name)
    if equals and (is_secret_name(plain) or _SECRET_PARAMETER.fullmatch(plain)):
        return f"{name}={REDACTED}"
    return pair


def _is_secret_member(key: bytes) -> bool:
    name = key.decode("utf-8", "replace")
    return is_secret_name(name) and name not in _PROTOCOL_MEMBERS


def _secret_spans(body: bytes) -> list[tuple[int, int]]:
    """Where (start, end) the values under secret names are."""
    found = list(members(body))
    schemas = [(depth, start, end) for depth, key, start, end in found if key == b'"properties"']

    def is_definition(depth: int, start: int) -> bool:
        """Whether the name is that of a property in a JSON schema: what stands there describes it."""
        return body.startswith(b"{", start) and any(at == depth - 1 and a < start < z for at, a, z in schemas)

    return sorted(
        (start, end)
        for depth, key, start, end in found
        if _is_secret_member(key[1:-1]) and not is_definition(depth, start)
    )
