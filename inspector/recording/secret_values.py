"""Secrets that are known by what they look like, wherever they stand: `sk-ant-…`, and what URLs carry."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import unquote_to_bytes

from inspector.recording.secret_names import is_secret_parameter
from inspector.text.json_slices import SLICE, contains
from inspector.text.linear import LinearPattern

REDACTED: Final = "[redacted]"

Span = tuple[int, int, bytes]
"""(start, end, new): bytes in whose place others are written."""

_NEW: Final = REDACTED.encode()
# Where a user stands there may be no brackets.
_NEW_USER: Final = b"%5Bredacted%5D@"
_OVERLAP: Final = 1 << 10
# In JSON a slash may be escaped; some writers escape what means something in HTML. More often inside other strings.
_SLASHES: Final = rb"\\{1,16}+"
_IN_URL: Final = rb"[^\s\"'<>`\\\x00-\x20]++|" + _SLASHES + rb"(?:/|u00(?:2[36fF]|3[bBdDfF]))"
_IN_VALUE: Final = rb"[^&;#\s\"'<>`\\\x00-\x20]++|" + _SLASHES + rb"(?:/|u00(?:2[fF]|3[dDfF]))"
_NAME: Final = rb"([^\s&=;#?/\"'<>\\]{1,128}+)(?:=|" + _SLASHES + rb"u003[dD])"


class Run:
    """What begins in a certain way, at most a thousand bytes of it, and goes on with any number of a certain kind."""

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._whole = re.compile(head + b"((?:" + tail + b")*+)")
        self._tail = tail

    def finditer(
        self, text: bytes, start: int, until: int, end: int | None = None
    ) -> Iterator[tuple[re.Match[bytes], int, int]]:
        """(a match with the groups of the head, where the tail begins and ends), in steps that take a moment each.

        They begin before `until`, and end at `end` at the latest, by default there too.
        """
        end = until if end is None else end
        while start < until:
            step = min(start + SLICE, until)
            stop = min(step + 4 * _OVERLAP, end)
            for found in self._whole.finditer(text, start, stop):
                if found.start() >= step:
                    break
                head, tail = found.span(found.re.groups)
                if tail < stop - 16 or stop == end:
                    yield found, head, tail
                    start = tail
                else:
                    start = self._end(text, tail, end)
                    yield found, head, start
                    step = start
                    break
            start = max(start, step)

    def within(self, text: bytes, start: int, end: int) -> Iterator[tuple[re.Match[bytes], int, int]]:
        """The same, between two places that are not far apart."""
        for found in self._whole.finditer(text, start, end):
            yield found, *found.span(found.re.groups)

    def _end(self, text: bytes, at: int, end: int) -> int:
        tail = _tail(self._tail)
        while at < end:
            step = min(at + SLICE, end)
            stop = tail.end(text, at, step)
            if stop == at:
                break
            at = stop
            # Behind that an escape may have been cut.
            if at < step - _OVERLAP:
                break
        return at


@cache
def _tail(kind: bytes) -> LinearPattern:
    # What it possesses makes no difference to where it ends.
    return LinearPattern(b"(?:" + kind.replace(b"++", b"+").replace(b"}+", b"}") + b")*")


_API_KEYS: Final = Run(rb"sk-ant-(?=[A-Za-z0-9_-])", rb"[A-Za-z0-9_-]++")
_URLS: Final = Run(rb":(?:\\{0,16}+/){2}", _IN_URL)
_USERS: Final = Run(rb":(?:\\{0,16}+/){2}(?=[^\s\"'<>`\\/?#@\x00-\x20]*+@)", rb"[^\s\"'<>`\\/?#\x00-\x20]++")
_PARAMETERS: Final = Run(rb"(?:[?&;#\"]|" + _SLASHES + rb"u00(?:2[36]|3[bBfF])) ?" + _NAME, _IN_VALUE)
_FIELDS: Final = Run(rb"(?:\A|(?<=[&;\r\n]))" + _NAME, rb"[^&;\r\n]++")
# A JSON string that is a path with a query, a form, or `name=value`; or what an Authorization header says.
_WHOLE: Final = Run(rb'"(?<!\\")(?=\\{0,16}+[/?]|[A-Za-z0-9_.%+-]{1,128}+(?:=|\\{1,16}+u003[dD]))', _IN_URL)
_CREDENTIALS: Final = Run(
    rb'"(?<!\\")(?:[Bb]earer|[Bb]asic) (?=[A-Za-z0-9._~+/=-])',
    rb"[A-Za-z0-9._~+/=-]++|" + _SLASHES + rb"(?:/|u00(?:2[bB]|3[dD]))",
)
_LONGEST_URL: Final = 16 << 10
_LONG_URL_SIGNS: Final = (
    rb"[?&;#bBfF36][^=&;#]*(?i:auth|bearer|key|token|secret|pass|pwd|cookie|sess|jwt|csrf|xsrf|sig|cred|code|amz|goog"
    rb"|assert|saml|ticket|%)[^=&;#]*(?:=|u003)"
)
_NAMED = re.compile(rb"(?<![\w.-])([A-Za-z][\w.-]{1,64}+)\\*+[\"']? *[:=>]")


def value_spans(text: bytes, start: int, until: int, end: int | None = None) -> Iterator[Span]:
    """Secrets that begin between two places and need no name: the API's keys, and what URLs carry. They may overlap.

    They go to `end` at most, by default to the second place.
    """
    end = until if end is None else end
    yield from api_key_spans(text, start, until, end)
    if not contains(text, b":", start, until):
        return
    if contains(text, b"@", start, min(until + 4 * _OVERLAP, end)):
        for _, user, authority_end in _USERS.finditer(text, start, until, end):
            yield user, text.rfind(b"@", user, authority_end) + 1, _NEW_USER
    for _, begin, stop in _URLS.finditer(text, start, until, end):
        if stop - begin > _LONGEST_URL:
            # What is so long is no address. If it names a secret, all of it is one.
            if _long_url_signs().occurs(text, begin, stop):
                yield begin, stop, _NEW
        elif contains(text, b"=", begin, stop) or contains(text, b"u003", begin, stop):
            yield from parameter_spans(text, begin, stop)


def api_key_spans(text: bytes, start: int, until: int, end: int | None = None) -> Iterator[Span]:
    """`sk-ant-…` that begins between two places."""
    # A single byte is found many times faster.
    if contains(text, b"-", start, until) and contains(text, b"sk-ant-", start, until):
        for found, _, stop in _API_KEYS.finditer(text, start, until, end):
            yield found.start(), stop, _NEW


def string_spans(text: bytes, start: int, until: int, end: int) -> Iterator[Span]:
    """Of JSON: secrets in strings that are a path with a query, a form, `name=value`, or `Bearer …`, and only that.

    The strings begin between the first two places.
    """
    if contains(text, b"=", start, until) or contains(text, b"u003", start, until):
        for found, _, stop in _WHOLE.finditer(text, start, until, end):
            yield from parameter_spans(text, found.start(), stop)
    if contains(text, b"earer ", start, until) or contains(text, b"asic ", start, until):
        for _, begin, stop in _CREDENTIALS.finditer(text, start, until, end):
            if text.startswith(b'"', stop):
                yield begin, stop, _NEW


def parameter_spans(text: bytes, start: int, end: int, form: bool = False) -> Iterator[Span]:
    """The values of secret parameters in what is known for (a part of) a URL, or a form as it is sent."""
    run = _FIELDS if form else _PARAMETERS
    for found, begin, stop in (run.within if end - start < SLICE else run.finditer)(text, start, end):
        if found[0].startswith(b";") and not form and (query := text.find(b"?", begin, stop)) >= 0:
            # Of a path: its query follows.
            yield from parameter_spans(text, query, stop)
            stop = query
        if stop > begin and (is_secret_parameter(found[1]) or _is_telling(text, begin, stop)):
            yield begin, stop, _NEW


@cache
def _long_url_signs() -> LinearPattern:
    return LinearPattern(_LONG_URL_SIGNS)


def names_secret(text: bytes) -> bool:
    """Whether something in a text of any kind looks like the name of a secret with its value behind it."""
    return any(map(is_secret_parameter, set(_NAMED.findall(text))))


def replaced(text: bytes, spans: Iterable[Span]) -> bytes:
    """The text with other bytes in the place of each span, the outermost of those that overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end, new in outermost(spans):
        pieces += (text[at:start], new)
        at = end
    return b"".join([*pieces, text[at:]]) if pieces else text


def outermost(spans: Iterable[Span], at: int = 0) -> Iterator[Span]:
    """In their order, from a place on, without those that lie in others."""
    ordered = sorted(spans)
    for number, span in enumerate(ordered):
        # Of those that begin together the last is the longest.
        if span[0] >= at and not (number + 1 < len(ordered) and ordered[number + 1][0] == span[0]):
            yield span
            at = span[1]


def _is_telling(text: bytes, start: int, end: int) -> bool:
    """Whether a percent-encoded value has a secret in it: that of another URL, say."""
    if not contains(text, b"%", start, end):
        return False
    for at in range(start, end, SLICE):
        part = text[at : min(at + SLICE + _OVERLAP, end)]
        for _ in range(3):
            part = unquote_to_bytes(part)
            if b"sk-ant-" in part or names_secret(part):
                return True
    return False
