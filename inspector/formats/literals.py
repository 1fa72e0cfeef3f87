"""Values as Python's `repr` and node's `console.log` write them: a reader that is not strict, and linear."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

_STRING: Final = r"""'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+"|`(?:[^`\\]++|\\.)*+`"""
_TOKEN: Final = re.compile(
    rf"""\s*+(?:(?P<left>\[(?:Object|Array|Circular|Function|Getter|Setter)[^\[\]{{}}]*\]|\.\.\.\s*\d+\smore\s\w+|<[^<>\n]*>)
    |(?P<string>[bBuU]?(?:{_STRING}))
    |(?P<mark>[\[\](){{}},:=+])
    |(?P<number>-?\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?n?)
    |(?P<name>[A-Za-z_$][\w$.-]*+(?:\[[\w. ]{{0,80}}\](?=\())?))""",
    re.X | re.S,
)
_BLANK: Final = re.compile(r"\s*+")
# That may end in what follows: the others end in their line.
_OPEN_STRING: Final = re.compile(r"""`|['"][^\n]*+\Z""")
# So often its end is looked for whenever it may be there; then, where the text has doubled.
_TIMES: Final = 32
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.S
)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "\n": ""}
_PAIR: Final = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_WORDS: Final = {"None": None, "null": None, "True": True, "true": True, "False": False, "false": False}
_CLOSERS: Final = {"{": "}", "[": "]", "(": ")"}
_DEEPEST: Final = 200
# What the SDK's objects have where the wire had nothing; these two the API always sends.
_SENT_AS_NULL: Final = frozenset({"stop_reason", "stop_sequence"})


class _Absent:
    """What stands where no value is."""


_ABSENT: Final = _Absent()


@dataclass(slots=True)
class _Open:
    """A list, an object, or a call of a class that has not ended."""

    mark: str
    values: Any
    key: Any = _ABSENT
    value: Any = _ABSENT
    joined: bool = False
    _pieces: list[str] = field(default_factory=list)

    def put(self, value: Any) -> None:
        if self.joined and isinstance(self.value, str) and isinstance(value, str):
            self._pieces.append(value)
        else:
            self.value = value
            self._pieces.clear()
        self.joined = False

    def colon(self) -> None:
        """What came was a key."""
        if self.key is _ABSENT and self.value is not _ABSENT and self.mark != "[":
            self.key, self.value = self._whole(), _ABSENT

    def comma(self) -> None:
        """An entry is whole."""
        value = self._whole()
        if value is not _ABSENT:
            if isinstance(self.values, list):
                self.values.append(value)
            elif self.key is not _ABSENT and not (self.mark == "(" and value is None and self.key not in _SENT_AS_NULL):
                self.values[str(self.key)] = value
        self.key = self.value = _ABSENT

    def _whole(self) -> Any:
        if not self._pieces:
            return self.value
        whole = self.value + "".join(self._pieces)
        self._pieces.clear()
        return whole


@dataclass(slots=True)
class Literal:
    """A value that was read: where its text ends, and whether its writer left parts of it out."""

    value: Any
    end: int
    shortened: bool = False


class Reader:
    """Reads a value that begins at a place of a text, which may come in pieces.

    `unfinished`: the text ends inside it. `at`: how far it was read.
    """

    def __init__(self) -> None:
        self.at = 0
        self.unfinished = False
        self._stack: list[_Open] = []
        self._shortened = False
        self._class = ""
        self._before = ""
        # Up to where the text was looked at in vain for the end of a string, and how often.
        self._looked = self._times = 0

    def read(self, text: str, start: int) -> Literal | None:
        """The value that begins there, None where there is none that can be read."""
        self.at = start
        self._stack = []
        self._shortened = False
        self._class = self._before = ""
        self._looked = self._times = 0
        return self.go_on(text)

    def go_on(self, text: str, last: bool = False) -> Literal | None:
        """As `read`, where it was unfinished and the text has grown by whole lines: nothing is read twice.

        With the `last` of them a string is looked at again that was given up for a while.
        """
        if self._looked and not last and not self._may_end(text):
            return None
        self.unfinished = False
        stack = self._stack
        while token := _TOKEN.match(text, self.at):
            kind, word = token.lastgroup or "", token[token.lastgroup or 0]
            # As pprint breaks a long string: two behind one another are one.
            if stack and kind == self._before == "string":
                stack[-1].joined = True
            self._before = kind
            self.at = token.end()
            if kind == "mark" and word in "[{(":
                if len(stack) == _DEEPEST or (word == "(" and not self._class):
                    return None
                stack.append(_Open(word, [] if word == "[" else {}))
                self._class = ""
                continue
            value: Any = _ABSENT
            if kind == "mark" and word in ")]}":
                if not stack or _CLOSERS[stack[-1].mark] != word:
                    return None
                stack[-1].comma()
                value = stack.pop().values
            elif kind == "mark":
                if not stack:
                    return None
                _mark(stack[-1], word)
                self._class = ""
            elif kind == "string":
                value = string_of(word)
            elif kind == "number":
                value = _number(word)
            elif kind == "left":
                self._shortened = True
                value = [] if word == "[Array]" else {} if word.startswith("[Object") else _ABSENT
            elif word in _WORDS:
                value = _WORDS[word]
            elif word != "undefined":
                # A class, or a key.
                self._class = word
                if stack:
                    stack[-1].put(word)
                continue
            if value is _ABSENT:
                continue
            if not stack:
                return Literal(value, self.at, self._shortened)
            stack[-1].put(value)
        rest = _BLANK.match(text, self.at)
        self.at = rest.end() if rest else self.at
        self._looked = len(text) if _OPEN_STRING.match(text, self.at) else 0
        self._times += 1
        self.unfinished = self.at == len(text) or self._looked > 0
        return None

    def moved(self, by: int) -> None:
        """So much was taken away at the beginning of the text."""
        self.at -= by
        self._looked = max(0, self._looked - by)

    def _may_end(self, text: str) -> bool:
        """Whether it is worth to look again for the end of a string over several lines."""
        if text.find(text[self.at], self._looked) < 0:
            return False
        return self._times < _TIMES or len(text) - self.at >= 2 * (self._looked - self.at)


def string_of(word: str) -> str:
    """What a string in its quotes means; bytes that are no UTF-8 become replacement characters."""
    if word[0] in "bB":
        return bytes_of(word.encode("utf-8", "replace")).decode("utf-8", "replace")
    inner = _ESCAPE.sub(_unescaped, word[2 if word[0] in "uU" else 1 : -1])
    return _PAIR.sub(lambda pair: chr(0x10000 + ((ord(pair[1]) - 0xD800) << 10) + ord(pair[2]) - 0xDC00), inner)


def bytes_of(word: bytes) -> bytes:
    """What a string in its quotes, or Python's bytes, mean as bytes."""
    if word[:1] not in b"bB":
        return string_of(word.decode("utf-8", "replace")).encode("utf-8", "surrogatepass")
    inner = _ESCAPE.sub(_unescaped, word[2:-1].decode("utf-8", "replace"))
    try:
        return inner.encode("latin-1")
    except UnicodeEncodeError:
        return inner.encode("utf-8", "replace")


def _mark(inner: _Open, word: str) -> None:
    if word == ",":
        inner.comma()
    elif word == "+":
        inner.joined = True
    else:
        inner.colon()


def _number(word: str) -> int | float:
    word = word.rstrip("n").replace("_", "")
    try:
        return int(word)
    except ValueError:
        return float(word)


def _unescaped(found: re.Match[str]) -> str:
    for digits in found.groups()[:4]:
        if digits:
            code = int(digits, 16)
            return chr(code) if code < 0x110000 else "\ufffd"
    if found[5]:
        return chr(int(found[5], 8))
    letter = found[6]
    return _LETTERS.get(letter, letter)
