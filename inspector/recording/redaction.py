"""How secrets are taken out before anything touches the disk. What is one, `secret_names` and `secret_values` know."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from inspector.recording.body_secrets import UnreadableBodyError, without_secrets
from inspector.recording.secret_names import is_secret_name, is_secret_parameter
from inspector.recording.secret_values import REDACTED, Span, parameter_spans, replaced, value_spans
from inspector.text.json_slices import SLICE
from inspector.text.linear import LinearPattern

__all__ = ["REDACTED", "Redactor", "UnreadableBodyError", "is_secret_name"]

Headers = Iterable[tuple[str, str]]

_NEW: Final = REDACTED.encode()
_BEARER = re.compile(r"bearer ", re.I)
# Of a message that quotes a request: `x-api-key: …`, `token=…`, `Bearer …`.
_QUOTED = re.compile(rb"(?<![\w-])([A-Za-z][\w-]{1,64}+)[\"']?( ?[:=] ?|(?<=(?i:bearer)) )[\"']?([^\s\"',;]{8,}+)")
# What a pattern of the user's can match at most where a text is longer than a slice.
_LONGEST_MATCH: Final = 4 << 10


def shown(text: str) -> str:
    """A line for the user without the API's keys, and without the secrets in its URLs."""
    plain = text.encode("utf-8", "surrogatepass")
    return replaced(plain, value_spans(plain, 0, len(plain))).decode("utf-8", "surrogatepass")


class Redactor:
    """Takes secrets out of a request and of response headers before anything is written. Names stay.

    `patterns` are regular expressions whose matches go too, in header values, URLs, bodies and messages. In what is
    longer than 64 KB a match is found if it has at most 4 KB. Each takes time in proportion to the text, but for one
    that looks around or refers back, which is left to Python's `re`. Response bodies are never touched.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = [(_linear(text), re.compile(text)) for text in map(str.encode, patterns)]

    def headers(self, headers: Headers) -> list[tuple[str, str]]:
        """The headers in their order, secret values replaced; a `Bearer ` prefix stays."""
        return [(name, self._header(name, value)) for name, value in headers]

    def url(self, url: str) -> str:
        """The URL without a user or password, and without the values of parameters that look like keys."""
        try:
            text = url.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            text = url.encode("utf-8", "replace")
        # Nearly no header has any of that.
        if b"=" in text or b"@" in text or b"sk-ant-" in text:
            text = replaced(text, [*value_spans(text, 0, len(text)), *parameter_spans(text, 0, len(text))])
        return self._matched(text).decode("utf-8", "replace")

    def body(self, body: bytes, headers: Headers = ()) -> bytes:
        """The request body without secrets and without its content coding, every other byte as it was.

        It takes time that is proportional to the body's size, and no other thread waits for long. Raises
        UnreadableBodyError where it is of no kind in which secrets can be found.
        """
        return self._matched(without_secrets(body, headers))

    def text(self, text: bytes) -> bytes:
        """Any text of ours that may quote a request: an error message, a line of log."""
        spans = list(value_spans(text, 0, len(text)))
        spans += (
            (found.start(3), found.end(3), _NEW)
            for found in _QUOTED.finditer(text)
            if found[2] == b" " or is_secret_parameter(found[1])
        )
        return self._matched(replaced(text, spans))

    def _header(self, name: str, value: str) -> str:
        if is_secret_name(name):
            bearer = _BEARER.match(value) if name.lower() in ("authorization", "proxy-authorization") else None
            return (bearer[0] if bearer else "") + REDACTED
        return self.url(value)

    def _matched(self, text: bytes) -> bytes:
        for linear, pattern in self._patterns:
            if linear is None:
                text = replaced(text, _matches(pattern, text))
            elif linear.occurs(text, 0, len(text)):
                text = replaced(text, ((start, end, _NEW) for start, end in linear.spans(text)))
        return text


def _linear(pattern: bytes) -> LinearPattern | None:
    """The same in RE2's syntax, None where it has none for it: what looks around or back."""
    with suppress(ValueError):
        return LinearPattern(pattern)
    return None


def _matches(pattern: re.Pattern[bytes], text: bytes) -> Iterator[Span]:
    at = 0
    while at <= len(text):
        step = at + SLICE
        # Of what is short enough it is all.
        last = step >= len(text)
        for found in pattern.finditer(text, at, len(text) if last else step + _LONGEST_MATCH):
            if found.start() >= step and not last:
                break
            at = found.end()
            yield found.start(), found.end(), _NEW
        if last:
            return
        at = max(at, step)
