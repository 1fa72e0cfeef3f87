"""Where secrets stand in a JSON text of any size."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Final

from inspector.recording.secret_names import is_secret_member
from inspector.recording.secret_values import REDACTED, Span, outermost, string_spans, value_spans
from inspector.text.json_slices import LARGEST_PIECE, SLICE, contains, slices, string_end, value_end
from inspector.text.json_text import dumps, loads_or, loads_strict_or
from inspector.text.linear import LinearPattern

_NEW_TEXT: Final = REDACTED.encode()
_NEW: Final = b'"%b"' % _NEW_TEXT
# No secret fits into them.
_EMPTY: Final = frozenset({b"null", b"true", b"false", b'""'})

# Exact for JSON: behind the quote that ends a string no name can begin.
_MEMBER = re.compile(rb'"(?<!\\")([^"\\\s,:}\]][^"\\]{0,79}+)"\s*:')
_MEMBER_VALUE = re.compile(_MEMBER.pattern + rb'(?:\s*("[^"\\]{0,4096}+"))?')
_ESCAPED_MEMBER = re.compile(rb'"(?<!\\")([^"\s,:}\]](?:[^"\\]|\\.){0,200}+)"\s*:')
# A letter that needs no escape, in a name, say.
_ESCAPED_LETTER = re.compile(rb"\\u00[2-7]")
# The same in a JSON text inside a string, at whatever depth.
_INNER_MEMBER = re.compile(rb'\\(?:"|u0022)([^"\\]{1,80}+)\\++(?:"|u0022)\s*:')
_INNER_TEXT = re.compile(rb'"(?<!\\")(?:[ \t]|\\[nrt])*+[\[{]')
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.S)
_SIMPLE: Final = {
    b'\\"': b'"', b"\\\\": b"\\", b"\\/": b"/", b"\\n": b"\n", b"\\t": b"\t", b"\\r": b"\r",
    b"\\b": b"\b", b"\\f": b"\f",
}  # fmt: skip
_ALWAYS_ESCAPED: Final = bytes([*range(0x20), 0x22, 0x5C])
_SPACE = re.compile(rb"\s*+")
# {"name": "API_KEY", "value": …}, as environments and headers are often given.
_PAIR = re.compile(rb'"(?:name|key)"\s*:\s*"([^"\\]{1,80}+)"\s*,\s*"value"\s*:')
_TURNED_PAIR = re.compile(rb'"value"\s*:\s*("(?:[^"\\]|\\.){0,2000}+")\s*,\s*"(?:name|key)"\s*:\s*"([^"\\]{1,80}+)"')

_PAIR_SIZE: Final = 4096

_PROPERTIES = re.compile(rb'"(?<!\\")properties"\s*:\s*\{')
_SCHEMA_TOKEN = re.compile(rb'"((?:[^"\\]|\\.){0,200}+)"(\s*:\s*\{)?|["{}\[\]]')
_SCHEMA_MEMBER = re.compile(
    rb'\{\s*(?:\}|"(?:type|description|title|format|default|const|enum|anyOf|oneOf|allOf|not|\$ref|examples?|minLength|'
    rb'maxLength|pattern|writeOnly|nullable|deprecated|properties|items|additionalProperties)"\s*:)'
)
_SCHEMA_VALUE = re.compile(rb'"(?<!\\")(?:default|const|examples?|value)"\s*:')

# What every secret has around it, so that whatever has it nowhere need not be looked at any further.
_WORD: Final = rb"(?i:auth|bearer|key|token|secret|pass|pwd|cookie|sess|jwt|csrf|xsrf|sig|cred)"
_IN_NAME: Final = rb"[^\s\"'<>=&;]*"
_URL: Final = rb"(?::(?:\\*/){2}|\"\\*[/?])[^\s\"'<>]*"
_SIGNS: Final = b"|".join([
    rb'"[^"\\]*' + _WORD + rb'[^"\\]*\\*"\s*:',
    rb'u0022[^"\\]*' + _WORD + rb'[^"\\]*\\+u0022\s*:',
    rb'"[^"]*\\u00[2-7][^"]*"\s*:',
    rb'"(?:name|key)"\s*:\s*"[^"\\]*' + _WORD,
    rb"sk-ant-",
    rb":(?:\\*/){2}[^\s\"'<>\\/?#]*@",
    _URL + rb"[?&;#bBfF36]" + _IN_NAME + rb"(?i:" + _WORD + rb"|code|amz|goog|assert|saml|ticket|%)" + _IN_NAME
    + rb"(?:=|\\+u003)",
    _URL + rb"%(?:25)*(?:3[aAdD]|22)",
    rb'"[\w.%+&=-]*(?i:' + _WORD + rb"|code|amz|goog|assert|saml|ticket|%)[\w.%+-]*(?:=|\\+u003)",
    rb'"(?:[Bb]earer|[Bb]asic) [\w.~+/=\\-]+"',
])  # fmt: skip

# Each takes a few microseconds.
_MOST: Final = 50_000
_TOO_MANY: Final = f"more than {_MOST:,} secrets are in it"
_LONGEST_INNER: Final = 1 << 20
_MOST_INNER: Final = 16 << 20


class JsonSecrets:
    """Finds the secrets of one JSON text.

    Strings that are JSON texts themselves are searched as well, as deep as they go. Where they are so long that it
    would take long, one that names a secret is a secret as a whole.
    """

    def __init__(self, text: bytes, inner_left: int = _MOST_INNER) -> None:
        self._text = text
        self._checked = False
        self._inner_left = inner_left
        self._definitions: frozenset[int] | None = None

    def redacted(self) -> bytes:
        """The text without secrets, every other byte as it was.

        Raises ValueError where it is no whole JSON text, or has so many secrets that it would take long.
        """
        text = self._text
        pieces: list[bytes] = []
        at = found = 0
        self._checked = True
        for start, end in slices(text):
            # One piece for each slice, however many secrets it has.
            some: list[bytes] = []
            spans = list(islice(self._spans(start, end), _MOST + 1 - found))
            found += len(spans)
            if found > _MOST:
                raise ValueError(_TOO_MANY)
            for first, last, new in outermost(spans, at):
                some += (text[at:first], new)
                at = last
            if some:
                pieces.append(b"".join(some))
        return b"".join([*pieces, text[at:]]) if pieces else text

    def spans(self) -> list[Span]:
        """The secrets of a text that may be cut, or no JSON at all."""
        return list(self._spans(0, len(self._text)))

    def _spans(self, start: int, end: int) -> Iterator[Span]:
        """Of a piece; they may overlap, and end behind it."""
        text = self._text
        if not _signs().occurs(text, start, end):
            return
        yield from value_spans(text, start, end)
        if end - start <= LARGEST_PIECE or not self._checked:
            yield from self._members(start, end)
        yield from string_spans(text, start, end)
        if contains(text, b"\\", start, end):
            yield from self._inner(start, end)

    def _members(self, start: int, end: int) -> Iterator[Span]:
        text = self._text
        piece = text[start:end]
        if b"\\u00" in piece and _ESCAPED_LETTER.search(piece):
            for found in _ESCAPED_MEMBER.finditer(piece):
                if b"\\" in found[1] and is_secret_member(_unescaped(found[1])):
                    yield from self._value(start + found.end())
        names = set(_MEMBER.findall(piece))
        if any(map(is_secret_member, names)):
            for found in _MEMBER_VALUE.finditer(piece):
                if is_secret_member(found[1]):
                    first, last = found.span(2)
                    if first > 0:
                        if last - first > 2:
                            yield start + first + 1, start + last - 1, _NEW_TEXT
                    else:
                        yield from self._value(start + found.end())
        if b"value" in names:
            # The two members may stand in two pieces.
            end = min(end + _PAIR_SIZE, len(text))
            start = max(start - _PAIR_SIZE, 0)
            if any(map(is_secret_member, _PAIR.findall(text, start, end))):
                for found in _PAIR.finditer(text, start, end):
                    if is_secret_member(found[1]):
                        yield from self._value(found.end())
            for found in _TURNED_PAIR.finditer(text, start, end):
                if is_secret_member(found[2]) and found[1] not in _EMPTY:
                    yield found.start(1), found.end(1), _NEW

    def _value(self, at: int) -> Iterator[Span]:
        text = self._text
        if space := _SPACE.match(text, at, at + SLICE):
            at = space.end()
        if text.startswith(b"{", at) and at in self._defined():
            yield from self._schema_values(at)
            return
        end = value_end(text, at)
        if text.startswith(b'"', at) and end - at > 1:
            # Its quotes may be written in a way of their own.
            at, end = at + 1, end - text.endswith(b'"', at + 1, end)
            if end > at:
                yield at, end, _NEW_TEXT
        elif end > at and text[at : min(end, at + 8)] not in _EMPTY:
            yield at, end, _NEW

    def _schema_values(self, at: int) -> Iterator[Span]:
        """Of the definition of a secret property: what it is by default, say."""
        end = value_end(self._text, at)
        for found in _SCHEMA_VALUE.finditer(self._text, at, end):
            space = _SPACE.match(self._text, found.end(), end)
            yield from self._value(space.end() if space else found.end())

    def _defined(self) -> frozenset[int]:
        """Where the definitions of secret properties begin in JSON schemas: what stands there describes them."""
        if self._definitions is None:
            self._definitions = frozenset(islice(self._find_definitions(), _MOST + 1))
            if len(self._definitions) > _MOST:
                raise ValueError(_TOO_MANY)
        return self._definitions

    def _find_definitions(self) -> Iterator[int]:
        text, at = self._text, 0
        while (at := text.find(b'"properties"', at)) >= 0:
            found = _PROPERTIES.match(text, at)
            at = found.end() if found else at + 1
            # Of each open bracket: whether it is that of the properties of a schema.
            opened = [True] if found else []
            while opened and (token := _SCHEMA_TOKEN.search(text, at)):
                at = token.end()
                if token[0] in (b"}", b"]"):
                    opened.pop()
                elif token[2]:
                    if opened[-1] and is_secret_member(token[1]) and _SCHEMA_MEMBER.match(text, at - 1):
                        yield at - 1
                    opened.append(token[1] == b"properties" and not opened[-1])
                elif token[0] in (b"{", b"["):
                    opened.append(False)
                elif token[0] == b'"':
                    at = string_end(text, at - 1)
            if opened:
                return

    def _inner(self, start: int, end: int) -> Iterator[Span]:
        """Of the strings in a piece that are JSON texts."""
        text = self._text
        if not self._names_inner(start, end):
            return
        is_string = self._checked and end - start > LARGEST_PIECE
        texts = filter(None, [_INNER_TEXT.match(text, start)]) if is_string else _INNER_TEXT.finditer(text, start, end)
        for found in texts:
            close = string_end(text, found.start())
            first, last = found.start() + 1, close - text.endswith(b'"', found.start() + 1, close)
            if not self._names_inner(first, last):
                continue
            self._inner_left -= last - first
            if last - first > _LONGEST_INNER or self._inner_left < 0:
                yield found.start(), close, _NEW
                continue
            literal = text[first:last]
            inner, place_of = decoded(literal)
            for begin, stop, new in outermost(JsonSecrets(inner, self._inner_left).spans()):
                yield first + place_of(begin), first + place_of(stop), dumps(new.decode())[1:-1]

    def _names_inner(self, start: int, end: int) -> bool:
        """Whether a member of a JSON text in some string has the name of a secret."""
        text = self._text
        if not any(contains(text, sign, start, end) for sign in (b'":', b" :", b"u0022")):
            return False
        return any(
            any(map(is_secret_member, set(_INNER_MEMBER.findall(text, at, min(at + SLICE + _PAIR_SIZE, end)))))
            for at in range(start, end, SLICE)
        )


@cache
def _signs() -> LinearPattern:
    return LinearPattern(_SIGNS)


def _unescaped(name: bytes) -> bytes:
    return str(loads_or(b'"%b"' % name, "")).encode("utf-8", "replace")


def decoded(literal: bytes) -> tuple[bytes, Callable[[int], int]]:
    """What a JSON string holds, by what stands between its quotes, and where in there a byte of it comes from.

    It never fails. The places have to be asked for in their order.
    """
    if b"\\u" not in literal and b"\\/" not in literal:
        value = loads_strict_or(b'"%b"' % literal)
        if isinstance(value, str):
            return (plain := value.encode()), _Doubled(plain).place
    pieces: list[bytes] = []
    inner, outer = array("q", [0]), array("q", [0])
    at = size = 0
    for escape in _ESCAPE.finditer(literal):
        pieces += (literal[at : escape.start()], character := _SIMPLE.get(escape[0]) or _character(escape[0]))
        size += escape.start() - at + len(character)
        at = escape.end()
        inner.append(size)
        outer.append(at)

    def place(of: int) -> int:
        known = bisect_right(inner, of) - 1
        return outer[known] + of - inner[known]

    return b"".join([*pieces, literal[at:]]), place


class _Doubled:
    """Where bytes stand in a string in which every escape is a backslash and one byte."""

    def __init__(self, plain: bytes) -> None:
        self._plain = plain
        self._at = self._place = 0

    def place(self, of: int) -> int:
        passed = self._plain[self._at : of]
        self._place += 2 * len(passed) - len(passed.translate(None, _ALWAYS_ESCAPED))
        self._at = of
        return self._place


def _character(escape: bytes) -> bytes:
    return str(loads_or(b'"%b"' % escape, "?")).encode("utf-8", "surrogatepass")
