"""Where secrets stand in a JSON text of any size."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final, NoReturn

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
_INNER_MEMBER = re.compile(rb'\\"([^"\\\s,:}\]][^"\\]{0,79}+)\\++"\s*:')
_OTHER_INNER_MEMBER = re.compile(rb'\\u0022([^"\\\s,:}\]][^"\\]{0,79}+)\\++u0022\s*:')
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
_LONGEST_NAME: Final = 128
_PAIR_NAMES: Final = (b'"name"', b'"key"')

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
_URL: Final = rb"(?::(?:\\*/){2}|\"\\*)[^\s\"'<>]*"
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

# One of these has every sign in it: a single byte is found many times faster.
_SIGN_BYTES: Final = (b":", b"\\", b"=", b"-", b" ", b"%")
# What is looked at around a sign; and how many of them there may be in a slice before it is looked at as a whole.
_NEAR: Final = 16
_MANY: Final = 24
_GLANCE: Final = 1024

# Each takes a few microseconds. So many may be in any text, and one for so many bytes in a long one.
_MOST: Final = 5000
_BYTES_PER_SECRET: Final = 2 << 10
_LONGEST_INNER: Final = 1 << 20
_MOST_INNER: Final = 16 << 20
_MOST_INNER_SECRETS: Final = 2000


class JsonSecrets:
    """Finds the secrets of one JSON text.

    Strings that are JSON texts themselves are searched as well, as deep as they go. Where they are so long that it
    would take long, one that names a secret is a secret as a whole.
    """

    def __init__(self, text: bytes, inner_left: int = _MOST_INNER) -> None:
        self._text = text
        self._checked = False
        self._inner_left = inner_left
        self._inner_found = 0
        self._most = max(_MOST, len(text) // _BYTES_PER_SECRET)
        self._definitions: frozenset[int] | None = None

    def redacted(self) -> bytes:
        """The text without secrets, every other byte as it was.

        Raises ValueError where it is no whole JSON text, or has so many secrets that it would take long.
        """
        text = self._text
        pieces: list[bytes] = []
        at = found = 0
        # Those of a pair's second member, which stands in the next piece.
        ahead: list[Span] = []
        self._checked = True
        for start, end in slices(text):
            # One piece for each slice, however many secrets it has.
            some: list[bytes] = []
            spans = list(islice(self._spans(start, end), self._most + 1 - found))
            found += len(spans)
            if found > self._most:
                self._refuse()
            spans += ahead
            ahead = [span for span in spans if span[0] >= end]
            for first, last, new in outermost((span for span in spans if span[0] < end), at):
                some += (text[at:first], new)
                at = last
            if some:
                pieces.append(b"".join(some))
        return b"".join([*pieces, text[at:]]) if pieces else text

    def spans(self) -> list[Span]:
        """The secrets of a text that may be cut, or no JSON at all."""
        return list(self._spans(0, len(self._text)))

    def _refuse(self) -> NoReturn:
        raise ValueError(f"more than {self._most:,} secrets are in it")

    def _spans(self, start: int, end: int) -> Iterator[Span]:
        """Of a piece; they may overlap, and end behind it."""
        text = self._text
        is_string = self._checked and end - start > LARGEST_PIECE
        inner: list[tuple[int, int]] = []
        for first, last, escaped in self._suspects(start, end):
            if not is_string:
                yield from self._members(first, last)
            first, last = max(first, start), min(last, end)
            yield from value_spans(text, first, last, end)
            yield from string_spans(text, first, last, end)
            if escaped:
                inner.append((first, last))
        if inner:
            yield from self._inner(start, end, inner)

    def _suspects(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """The places in a piece around which there is a sign of a secret; and whether one may be in an inner text."""
        text, signs = self._text, _signs()
        first = last = -1
        escaped = False
        for at in range(start, end, SLICE):
            stop = min(at + SLICE, end)
            if all(text.find(byte, at, stop + _PAIR_SIZE) < 0 for byte in _SIGN_BYTES):
                continue
            # A pair may stand in two pieces, its value in the first of them.
            ahead = _PAIR_SIZE if stop == end else 0
            for number, (begin, close) in enumerate(signs.places(text, at, stop + ahead)):
                is_pair = text.startswith(_PAIR_NAMES, begin)
                if begin >= end and not is_pair:
                    continue
                many = number == _MANY
                near = _PAIR_SIZE if is_pair or many else _NEAR
                # To look at many one by one takes longer.
                close = stop if many else close
                has_escape = text.find(b"\\", begin, close) >= 0
                begin, close = max(begin - near, 0), min(close + near, len(text))
                if begin > last:
                    if last > first:
                        yield first, last, escaped
                    first, escaped = begin, False
                escaped = escaped or has_escape
                first, last = min(first, begin), max(last, close)
                if many:
                    break
        if last > first:
            yield first, last, escaped

    def _members(self, start: int, end: int) -> Iterator[Span]:
        text = self._text
        if contains(text, b"\\u00", start, end) and _ESCAPED_LETTER.search(text, start, end):
            for found in _ESCAPED_MEMBER.finditer(text, start, end):
                if b"\\" in found[1] and is_secret_member(_unescaped(found[1])):
                    yield from self._value(found.end())
        names = set(_MEMBER.findall(text, start, end))
        if any(map(is_secret_member, names)):
            for found in _MEMBER_VALUE.finditer(text, start, end):
                if is_secret_member(found[1]):
                    first, last = found.span(2)
                    if first > 0:
                        if last - first > 2:
                            yield first + 1, last - 1, _NEW_TEXT
                    else:
                        yield from self._value(found.end())
        if b"value" in names:
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
            self._definitions = frozenset(islice(self._find_definitions(), self._most + 1))
            if len(self._definitions) > self._most:
                self._refuse()
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

    def _inner(self, start: int, end: int, suspects: Sequence[tuple[int, int]]) -> Iterator[Span]:
        """Of the strings in a piece that are JSON texts, where they have a sign of a secret at one of these places."""
        text = self._text
        is_string = self._checked and end - start > LARGEST_PIECE
        texts = filter(None, [_INNER_TEXT.match(text, start)]) if is_string else _INNER_TEXT.finditer(text, start, end)
        opened = [found.start() for found in texts]
        behind = 0
        for begin, stop in suspects:
            for at in opened[max(bisect_right(opened, begin) - 1, behind) : bisect_left(opened, stop)]:
                close = string_end(text, at)
                first, last = at + 1, close - text.endswith(b'"', at + 1, close)
                if self._names_inner(max(first, begin), min(last, stop)):
                    yield from self._inner_spans(at, first, last, close)
                    behind = bisect_right(opened, at)

    def _inner_spans(self, at: int, first: int, last: int, close: int) -> Iterator[Span]:
        """Of one of them: all of it, where it would take long to find them."""
        self._inner_left -= last - first
        if last - first > _LONGEST_INNER or self._inner_left < 0 or self._inner_found >= _MOST_INNER_SECRETS:
            yield at, close, _NEW
            return
        inner, place_of = decoded(self._text[first:last])
        for begin, stop, new in outermost(JsonSecrets(inner, self._inner_left).spans()):
            self._inner_found += 1
            new = new if new is _NEW_TEXT else dumps(new.decode())[1:-1]
            yield first + place_of(begin), first + place_of(stop), new

    def _names_inner(self, start: int, end: int) -> bool:
        """Whether a member of a JSON text in some string has the name of a secret."""
        text, step = self._text, _GLANCE
        if not any(contains(text, sign, start, end) for sign in (b'":', b" :", b"u0022")):
            return False
        while start < end:
            stop = min(start + step + _LONGEST_NAME, end)
            names = set(_INNER_MEMBER.findall(text, start, stop))
            if text.find(b"u0022", start, stop) >= 0:
                names.update(_OTHER_INNER_MEMBER.findall(text, start, stop))
            if any(map(is_secret_member, names)):
                return True
            start, step = start + step, SLICE
        return False


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
