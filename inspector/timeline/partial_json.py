"""Tool input that is still being written."""

import json
import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple, NoReturn

import jiter

from inspector.text.json_text import loads_exact

FINE_GRAINED_BETA: Final = "fine-grained-tool-streaming-2025-05-14"
PartialMode = Literal["trailing-strings"] | bool

_NON_FINITE = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")


@dataclass(frozen=True, slots=True)
class ToolInput:
    """`value`: the parsed input. `whole`: the text is one JSON value. `problem`: where and why it parses no further."""

    value: Any
    whole: bool
    problem: str | None = None


def partial_mode(anthropic_beta: str) -> PartialMode:
    """How the SDK parses unfinished input under these beta headers: it drops an unfinished string, or keeps it."""
    return "trailing-strings" if FINE_GRAINED_BETA in anthropic_beta else True


def parse_tool_input(text: bytes, mode: PartialMode = True) -> ToolInput:
    """The value of tool input as far as it has come; what the SDK's snapshot would hold where it is not whole.

    `value` is None where even the part cannot be parsed.
    """
    try:
        return ToolInput(_strict(text), whole=True)
    except ValueError:
        pass
    return parse_beginning(text, mode)


def parse_beginning(text: bytes, mode: PartialMode = True) -> ToolInput:
    """`parse_tool_input` for a text that is known not to be whole."""
    try:
        return ToolInput(jiter.from_json(text, partial_mode=mode), whole=False)
    except ValueError as error:
        return ToolInput(None, whole=False, problem=str(error))


def _strict(text: bytes) -> Any:
    if _NON_FINITE.search(text):
        try:
            return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        except RecursionError:
            raise ValueError("nested too deeply") from None
    return loads_exact(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


Expected = Literal["value", "item", "name", "first name", "colon", "comma", "nothing"]

_WS = rb"[ \t\n\r]*+"
_STRING = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
# Only what stands behind a number or a word shows that it is whole.
_SCALAR = (
    rb"(?:%b|(?:-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)(?=[ \t\n\r,\]}]))" % _STRING
)
# Long stretches of plain values cost one step.
_ITEMS: Final = re.compile(rb"(?:%b,%b%b){1,1000}+" % (_WS, _WS, _SCALAR))
_MEMBERS: Final = re.compile(rb"(?:%b,%b%b%b:%b%b){1,1000}+" % (_WS, _WS, _STRING, _WS, _WS, _SCALAR))
_SPACE: Final = re.compile(_WS)
_VALUE: Final = re.compile(_SCALAR)
_NAME: Final = re.compile(_STRING)
_OPEN_STRING: Final = re.compile(
    rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+(?:\\(?:u[0-9a-fA-F]{0,3})?)?'
)
_OPEN_NUMBER: Final = re.compile(rb"-?(?:(?:0|[1-9][0-9]*+)(?:(?:\.[0-9]++)?[eE][+-]?[0-9]*+|\.[0-9]*+)?)?")
_WHOLE_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_WORDS: Final = (b"true", b"false", b"null")
_WANTED: Final[dict[Expected, str]] = {
    "value": "a value", "item": "a value or ]", "name": "a name in quotes", "first name": "a name in quotes or }",
    "colon": "a colon", "nothing": "no more, as the value was whole",
}  # fmt: skip
_CHECKPOINT: Final = 1 << 14
_DEEPEST: Final = 10_000


class JsonState(NamedTuple):
    """How a text of `size` bytes stands as JSON; offsets are in bytes.

    `open` are the brackets that are open, `pending` what is open within them: "string", "name" (of a member), "number",
    "word" or "". Up to `complete` every value is whole, behind it none is. `broken` is the byte that cannot stand where
    it does, None where there is no such, and `problem` says why. `whole`: the text is one JSON value.
    """

    size: int
    open: bytes
    pending: str
    complete: int
    broken: int | None = None
    problem: str = ""
    whole: bool = False

    def closed(self, text: bytes) -> bytes:
        """The part of the text in which every value is whole, with its brackets closed: JSON, or nothing at all."""
        return text[: self.complete] + self.open[::-1].translate(_CLOSERS)


@dataclass(slots=True)
class _Place:
    at: int = 0
    expected: Expected = "value"
    complete: int = 0
    stack: bytearray = field(default_factory=bytearray)

    def copy(self) -> "_Place":
        return _Place(self.at, self.expected, self.complete, bytearray(self.stack))

    def value_ended(self, at: int) -> None:
        self.at = self.complete = at
        self.expected = "comma" if self.stack else "nothing"


class JsonScan:
    """The states of a text that only grows, as of any size. What lies before a checkpoint is not read again."""

    def __init__(self) -> None:
        self._known = [_Place()]
        self._state: JsonState | None = None

    def at(self, text: bytes, limit: int) -> JsonState | None:
        """The state of the text, which is a beginning of every longer one that is asked for here.

        None where more than about `limit` bytes are left to look through: asked again, it goes on from there.
        """
        if self._state and self._state.size == len(text):
            return self._state
        place = self._known[bisect_right(self._known, len(text), key=_at) - 1].copy()
        until = place.at + limit
        while _step(text, place):
            if place.at >= self._known[-1].at + _CHECKPOINT:
                self._known.append(place.copy())
                if place.at >= until:
                    return None
        self._state = _state(text, place)
        return self._state

    def checked(self, size: int) -> int:
        """How much of a text of this size needs not be read again, in bytes."""
        return self._known[bisect_right(self._known, size, key=_at) - 1].at


_at: Final = attrgetter("at")
_CLOSERS: Final = bytes.maketrans(b"[{", b"]}")


def _step(text: bytes, place: _Place) -> bool:
    """Moves on over the next token, or several; False where none is whole there."""
    at = _SPACE.match(text, place.at).end()  # type: ignore[union-attr]
    sign, expected = text[at : at + 1], place.expected
    if expected == "comma":
        inside = place.stack[-1:]
        if found := (_ITEMS if inside == b"[" else _MEMBERS).match(text, place.at):
            place.value_ended(found.end())
        elif sign == b",":
            place.at, place.expected = at + 1, "value" if inside == b"[" else "name"
        elif sign == (b"]" if inside == b"[" else b"}"):
            place.stack.pop()
            place.value_ended(at + 1)
        else:
            return False
        return True
    if expected in ("name", "first name") and (found := _NAME.match(text, at)):
        place.at, place.expected = found.end(), "colon"
        return True
    if expected == "colon" and sign == b":":
        place.at, place.expected = at + 1, "value"
        return True
    if (expected == "item" and sign == b"]") or (expected == "first name" and sign == b"}"):
        place.stack.pop()
        place.value_ended(at + 1)
        return True
    if expected in ("value", "item"):
        if found := _VALUE.match(text, at):
            place.value_ended(found.end())
            return True
        if sign in (b"[", b"{") and sign and len(place.stack) < _DEEPEST:
            place.stack += sign
            place.at = place.complete = at + 1
            place.expected = "item" if sign == b"[" else "first name"
            return True
    return False


def _state(text: bytes, place: _Place) -> JsonState:
    """What stands behind the last whole token: nothing, a token that is not whole, or one that cannot stand there."""
    size, stack, expected = len(text), bytes(place.stack), place.expected
    at = _SPACE.match(text, place.at).end()  # type: ignore[union-attr]
    if at == size:
        return JsonState(size, stack, "", place.complete, whole=expected == "nothing")
    end, pending, problem = at, "", ""
    sign = text[at : at + 1]
    if sign == b'"' and expected in ("value", "item", "name", "first name"):
        pending = "name" if expected in ("name", "first name") else "string"
        end = _OPEN_STRING.match(text, at).end()  # type: ignore[union-attr]
        problem = "a control character within a string" if text[end : end + 1] < b" " else "no such escape"
    elif expected in ("value", "item") and sign in b"-0123456789":
        pending = "number"
        end = _OPEN_NUMBER.match(text, at).end()  # type: ignore[union-attr]
        if end == size and not stack and _WHOLE_NUMBER.fullmatch(text, at):
            return JsonState(size, stack, "", size, whole=True)
        problem = "a number does not go on like this"
    elif expected in ("value", "item") and sign in b"tfn":
        pending = "word"
        word = next(word for word in _WORDS if word[:1] == sign)
        while end < size and text[at : end + 1] == word[: end + 1 - at]:
            end += 1
        if end == size and not stack and end - at == len(word):
            return JsonState(size, stack, "", size, whole=True)
        problem = (
            f"{word.decode()} is spelt otherwise"
            if end - at < len(word)
            else f"nothing may follow {word.decode()} here"
        )
    elif expected in ("value", "item") and sign in b"[{":
        problem = f"nested deeper than {_DEEPEST:,}, which is not followed here"
    else:
        wanted = _WANTED.get(expected) or (", or ]" if stack[-1:] == b"[" else ", or }")
        problem = f"expected {wanted}"
    if end == size and pending:
        return JsonState(size, stack, pending, place.complete)
    return JsonState(size, stack, "", place.complete, broken=end, problem=problem)
