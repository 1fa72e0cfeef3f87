"""JSON as text: where values stand in it, and its exact values.

orjson is fast but not exact: it turns integers of 2^64 and more into floats, and rejects lone surrogates, NaN, 1e400
and nesting deeper than 1024. What is shown or kept goes through `loads_exact`.
"""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

import orjson

# A string that is cut is one token too: to look for its end again at each quote in it would take for ever.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]++', re.S)
# Above what the parsers here let through, so that whatever was read can be written.
_DUMPS_RECURSION = 5000
# What no JSON text can mean.
_NOTHING: Final = object()
_LONG_NUMBER = re.compile(rb"\d{19}")


def loads_exact(text: bytes) -> Any:
    """The value of a JSON text, with integers of any size, lone surrogates, NaN and Infinity kept.

    Raises ValueError where it is no JSON, or nested deeper than Python's parser goes.
    """
    try:
        if not _LONG_NUMBER.search(text):
            return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def loads_or(text: bytes | str, otherwise: Any = None) -> Any:
    """The value as `loads_exact` gives it, or `otherwise` where the text is no JSON. It never raises."""
    try:
        return loads_exact(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    except ValueError:
        return otherwise


def loads_strict_or(text: bytes, otherwise: Any = None) -> Any:
    """The value as orjson gives it, big integers as floats; `otherwise` where orjson refuses the text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return otherwise


def is_json(text: bytes | str) -> bool:
    """Whether `loads_exact` takes it."""
    return loads_or(text, _NOTHING) is not _NOTHING


def is_strict_json(text: bytes) -> bool:
    """Whether orjson takes it."""
    return loads_strict_or(text, _NOTHING) is not _NOTHING


def dumps(value: Any) -> bytes:
    """Compact JSON, also of what orjson refuses: big integers, lone surrogates (as escapes), deep nesting."""
    try:
        return orjson.dumps(value)
    except TypeError:
        pass
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DUMPS_RECURSION))
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    finally:
        sys.setrecursionlimit(limit)


def members(text: bytes) -> Iterator[tuple[int, bytes, int, int]]:
    """(depth, key with its quotes, start, end) of every object member's value, outermost members at depth 1.

    Works on any nesting and does not check the JSON: members come in the order in which their values end.
    """
    open_members: list[tuple[int, bytes, int]] = []
    depth = 0
    key = b""
    after_colon = False
    for token in _TOKEN.finditer(text):
        word = token[0]
        if after_colon:
            after_colon = False
            if word in (b"{", b"["):
                open_members.append((depth, key, token.start()))
                depth += 1
            else:
                yield depth, key, token.start(), token.end()
            continue
        if word == b":":
            after_colon = True
        elif word in (b"{", b"["):
            depth += 1
        elif word in (b"}", b"]"):
            depth -= 1
            if open_members and open_members[-1][0] == depth:
                at, name, start = open_members.pop()
                yield at, name, start, token.end()
        elif word.startswith(b'"'):
            key = word
