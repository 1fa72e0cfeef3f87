import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from inspector.text.json_text import members

REDACTED: Final = "[redacted]"

_SECRET_HEADER = re.compile(
    r"authorization|proxy-authorization|cookie|set-cookie|(.*-)?(api-?key|token|secret|password)", re.I
)
_SECRET_PARAMETER = re.compile(
    r"(.*[_-])?(api_?key|key|token|secret|password|passwd|auth|signature|sig|credential|code)s?|apikey|x-amz-.*", re.I
)
_SECRET_MEMBER = re.compile(rb'"(authorization_token|api_key|[^"]*_secret)"', re.I)
_KEY = re.compile(rb"sk-ant-[A-Za-z0-9_-]+")
_BEARER = re.compile(r"bearer ", re.I)


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
        if _SECRET_MEMBER.search(body):
            pieces: list[bytes] = []
            at = 0
            spans = sorted((start, end) for _, key, start, end in members(body) if _SECRET_MEMBER.fullmatch(key))
            for start, end in spans:
                if start >= at:
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
        if _SECRET_HEADER.fullmatch(name):
            bearer = _BEARER.match(value) if name.lower() in ("authorization", "proxy-authorization") else None
            return (bearer[0] if bearer else "") + REDACTED
        return self.text(value.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")


def _parameter(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if equals and _SECRET_PARAMETER.fullmatch(unquote_plus(name)):
        return f"{name}={REDACTED}"
    return pair
