"""JSON texts of any size, checked and walked in slices: no call holds the interpreter's lock for long.

A parser that is given 100 MB at once stops every other thread until it is through. So a text is cut between tokens, and
inside strings that are longer than a slice; each piece is completed to a JSON text of its own, and parsed.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from inspector.text.json_text import is_json, is_strict_json
from inspector.text.linear import LinearPattern

SLICE: Final = 64 << 10
"""How many bytes are worked on in one step where there are many."""
LARGEST_PIECE: Final = 4 * SLICE
"""What is not longer is worked on as a whole."""

_WHITE: Final = b" \t\r\n"
_STRUCTURE: Final = b",:[]{}"
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"[]{}"))
_CLOSER: Final = {0x5B: b"]", 0x7B: b"}"}
# How a text comes into the state after an opening bracket, a comma, a colon, a whole value or a key, and out of it.
_INTO: Final = {
    b"": b"", b".": b"", b"[": b"[", b"[,": b"[0,", b"[.": b"[0",
    b"{": b"{", b"{,": b'{"":0,', b"{:": b'{"":', b"{.": b'{"":0', b"{k": b'{""',
}  # fmt: skip
_OUT: Final = {
    b"": b"0", b".": b"", b"[": b"]", b"[,": b"0]", b"[.": b"]",
    b"{": b"}", b"{,": b'"":0}', b"{:": b"0}", b"{.": b"}", b"{k": b":0}",
}  # fmt: skip
# At the end of a slice: an escape that may go on behind it.
_ESCAPE_NEAR: Final = 12
_HIGH_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_TOKEN = re.compile(rb'"[^"]*+"|[\[\]{}]')
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.S)
_SCALAR = re.compile(rb"[^\s,\]}]*+")
# No request is nested so deep, and no parser here goes deeper.
_DEEPEST: Final = 5000
_PASSES: Final = 8
# To find a few bytes takes so much less.
_FAR: Final = 1 << 20
# Most values are short.
_GLANCE: Final = 256
_SHORT: Final = 1 << 10


def slices(text: bytes, strict: bool = False) -> Iterator[tuple[int, int]]:
    """(start, end) of the pieces of a JSON text, one after the other, each once it has been checked; without long gaps.

    A piece begins and ends between two tokens and holds up to `LARGEST_PIECE` bytes, or it is one string that is
    longer. It does not end between a member's name and its colon. Raises ValueError where the text is no whole JSON;
    what stands in its strings is only checked with `strict`: then all must be as orjson takes it.
    """
    size = len(text)
    at = 0
    stack = bytearray()
    state = b""
    while at < size:
        end = size if size <= LARGEST_PIECE else min(at + SLICE, size)
        masked = mask(text[at:end])
        opened = _opened(stack, state)
        if _is_white(masked):
            # It may stand between any two tokens.
            at = end
            continue
        if end == size:
            _require(_takes(opened, text[at:] if strict else _skeleton(masked), b"", strict))
            yield at, size
            return
        length, skeleton = _cut(masked)
        if length:
            end = at + length
            _nest(stack, unmatched(skeleton))
            if last := skeleton.rstrip(_WHITE)[-1:]:
                state = last if last in (b"[", b"{") else bytes(stack[-1:]) + (last if last in (b",", b":") else b".")
            _require(
                state in _OUT and _takes(opened, text[at:end] if strict else skeleton, _closed(stack, state), strict)
            )
        else:
            _require(masked.startswith(b'"') and state[-1:] not in (b".", b"k"))
            known = 1 if strict or masked.find(b'"', 1) >= 0 else _string_cut(text[at:end])
            end = _long_string_end(text, at + known, strict)
            state = b"{k" if state in (b"{", b"{,") else bytes(stack[-1:]) + b"."
        if state == b".":
            _require(_is_blank(text, end))
            end = size
        yield at, end
        at = end
    _require(not stack and state == b".")


def contains(text: bytes, what: bytes, start: int, end: int) -> bool:
    """Whether a few bytes stand between two places."""
    if end - start < _FAR:
        return text.find(what, start, end) >= 0
    return any(text.find(what, at, min(at + _FAR + len(what) - 1, end)) >= 0 for at in range(start, end, _FAR))


def takes_strictly(text: bytes) -> bool:
    """Whether orjson takes a text of any size, which it is given in slices."""
    try:
        for _ in slices(text, strict=True):
            pass
    except ValueError:
        return False
    return True


def value_end(text: bytes, at: int) -> int:
    """Where the value that begins here ends; the end of the text where that is cut."""
    first = text[at : at + 1]
    if first == b'"':
        return string_end(text, at)
    if first not in (b"{", b"["):
        return _scalar_end(text, at)
    at, depth, size = at + 1, 1, _GLANCE
    while at < len(text):
        masked = mask(text[at : at + size])
        if masked.count(b'"') % 2:
            masked = masked[: masked.rfind(b'"')]
            if not masked:
                at = string_end(text, at)
                continue
        brackets = unmatched(masked)
        closing = len(brackets) - len(brackets.lstrip(b"]}"))
        if closing >= depth:
            return at + _closing(masked, depth)
        depth += len(brackets) - 2 * closing
        at += len(masked)
        size = min(4 * size, SLICE)
    return len(text)


def string_end(text: bytes, at: int) -> int:
    """Where the string that begins with the quote here ends, behind its other quote; the text's end where it is cut."""
    at += 1
    short = _IN_STRING.match(text, at, at + _GLANCE)
    at = short.end() if short else at
    while at < len(text):
        if text.startswith(b'"', at):
            return at + 1
        # An escape at the end of a slice is whole only with what follows.
        at += 2 if text.startswith(b"\\", at) else 0
        at = _in_string().end(text, at, at + SLICE)
    return len(text)


def mask(window: bytes) -> bytes:
    """The bytes with escaped quotes blanked: every quote that is left begins or ends a string.

    They must not begin inside an escape.
    """
    if b"\\" not in window:
        return window
    # Only in front of a quote an escaped backslash makes a difference.
    if b'\\\\"' in window:
        window = window.replace(b"\\\\", b"__")
    return window.replace(b'\\"', b"__")


def unmatched(masked: bytes) -> bytes:
    """The brackets outside of strings, without those that belong together: closing ones, then opening ones."""
    if b'"' in masked:
        masked = b"".join(masked.split(b'"')[::2])
    brackets = masked.translate(None, _NO_BRACKET)
    for _ in range(_PASSES):
        shorter = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(brackets):
            return brackets
        brackets = shorter
    left = bytearray()
    for bracket in brackets:
        if left and ((bracket == 0x5D and left[-1] == 0x5B) or (bracket == 0x7D and left[-1] == 0x7B)):
            del left[-1]
        else:
            left.append(bracket)
    return bytes(left)


@cache
def _in_string() -> LinearPattern:
    return LinearPattern(rb'(?s:[^"\\]|\\.)*')


def _takes(opened: bytes, piece: bytes, closed: bytes, strict: bool) -> bool:
    text = b"".join((opened, piece, closed))
    return is_strict_json(text) or (not strict and is_json(text))


def _skeleton(masked: bytes) -> bytes:
    """A piece with all its strings empty; where one is cut, it stays so."""
    parts = masked.split(b'"')
    return b'""'.join(parts[::2]) if len(parts) % 2 else b'"'


def _is_blank(text: bytes, at: int) -> bool:
    return all(_is_white(text[start : start + SLICE]) for start in range(at, len(text), SLICE))


def _is_white(window: bytes) -> bool:
    """Whether there is nothing but JSON's white space. To strip it off takes ten times longer."""
    return window.isspace() and b"\v" not in window and b"\f" not in window


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("it is no whole JSON text")


def _opened(stack: bytearray, state: bytes) -> bytes:
    return bytes(stack[:-1]).replace(b"{", b'{"":') + _INTO[state]


def _closed(stack: bytearray, state: bytes) -> bytes:
    return _OUT[state] + b"".join(_CLOSER[opener] for opener in reversed(stack[:-1]))


def _nest(stack: bytearray, brackets: bytes) -> None:
    for bracket in brackets:
        if bracket in b"[{":
            stack.append(bracket)
        else:
            _require(bool(stack))
            del stack[-1]
    if len(stack) > _DEEPEST:
        raise ValueError("it is nested too deeply")


def _cut(masked: bytes) -> tuple[int, bytes]:
    """How much of a slice ends between two tokens, and that with its strings empty; 0 where its one token goes on."""
    parts = masked.split(b'"')
    last = parts[-1]
    behind = len(masked) - len(last)
    if len(parts) % 2 == 0:
        length = behind - 1
        parts.pop()
    elif (structure := _last_structure(last)) >= 0:
        length = behind + structure + 1
        parts[-1] = last[: structure + 1]
    elif behind:
        length = behind - len(parts[-2]) - 2
        del parts[-2:]
    else:
        length = len(masked) - len(masked.lstrip(_WHITE))
        _require(length > 0)
        parts = [masked[:length]]
    return length, b'""'.join(parts[::2])


def _last_structure(text: bytes) -> int:
    """Where the last bracket, comma or colon stands; -1 where there is none."""
    # Nearly always near the end.
    for start in (max(0, len(text) - _GLANCE), 0):
        last = max(text.rfind(bytes([byte]), start) for byte in _STRUCTURE)
        if last >= 0:
            return last
    return -1


def _long_string_end(text: bytes, at: int, strict: bool) -> int:
    """Where the string ends in which this place is."""
    size = _SHORT
    while at < len(text):
        window = text[at : at + min(size, SLICE)]
        size *= 4
        quote = _quote_in(window)
        length = quote if quote >= 0 else _string_cut(window)
        _require(not strict or is_strict_json(b'"%b"' % window[:length]))
        if quote >= 0:
            return at + quote + 1
        at += length
    raise ValueError("it is cut inside a string")


def _quote_in(window: bytes) -> int:
    """Where in a piece of a string its end is; -1 where it is none there."""
    quote = window.find(b'"')
    if quote < 0:
        return -1
    # Where they are many, and all are escaped, to count them is faster.
    quotes = window.count(b'"')
    if quotes > len(window) >> 3 and b"\\\\" not in window and quotes == window.count(b'\\"'):
        return -1
    return mask(window).find(b'"')


def _string_cut(window: bytes) -> int:
    """How much of a piece of a string ends neither inside an escape nor inside a character."""
    length = len(window)
    slash = window.rfind(b"\\", max(0, length - _ESCAPE_NEAR))
    if slash > 0:
        run = slash + 1 - len(window[: slash + 1].rstrip(b"\\"))
        length = slash + 1 - run + (run - 1) // 2 * 2
        if _HIGH_SURROGATE.search(window[:length][-6:]):
            length -= 6
    else:
        while length and window[length - 1] & 0xC0 == 0x80 and len(window) - length < 4:
            length -= 1
        length -= window[length - 1] >= 0xC0 if length else 0
    return length or len(window)


def _closing(masked: bytes, depth: int) -> int:
    """Where, behind the bracket, a value ends that is so deep inside at the beginning."""
    for token in _TOKEN.finditer(masked):
        bracket = token[0]
        if bracket in (b"{", b"["):
            depth += 1
        elif bracket in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                return token.end()
    return len(masked)


def _scalar_end(text: bytes, at: int) -> int:
    found = _SCALAR.match(text, at, at + SLICE)
    return found.end() if found else at
