"""Typed netstrings, the encoding of mitmproxy's flow files: LENGTH:BYTES and a letter for the type.

mitmproxy's dialect: `,` bytes, `;` text, `#` integer, `^` float, `!` boolean, `~` null, `]` list, `}` dictionary.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

_LENGTH = re.compile(rb"(\d{1,12}):")
_LONGEST_LENGTH: Final = 13
_DEEPEST: Final = 50


def split(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The values of a file that stand one after the other, each with its length before it; False: it is not whole."""
    held = bytearray()
    wanted = 0
    for chunk in chunks:
        held += chunk
        while len(held) > wanted and (found := _LENGTH.match(held)):
            wanted = found.end() + int(found[1]) + 1
            if len(held) < wanted:
                break
            yield bytes(held[:wanted]), True
            del held[:wanted]
            wanted = 0
    if held:
        yield bytes(held), False


def parse(data: bytes, types: dict[str, str] | None = None) -> Any:
    """The value that stands at the head of the data. Raises ValueError where it is damaged.

    `types`, for a value that is cut: the type letter of the members that have these names, "" is the value itself.
    What is cut is then as long as the data are.
    """
    value, _ = _pop(data, 0, len(data), types, "", _DEEPEST)
    return value


def _pop(data: bytes, at: int, end: int, types: dict[str, str] | None, name: str, depth: int) -> tuple[Any, int]:
    found = _LENGTH.match(data, at, min(end, at + _LONGEST_LENGTH))
    if not found:
        raise ValueError(f"there is no length at byte {at:,}")
    start = found.end()
    stop = start + int(found[1])
    kind = data[stop : stop + 1].decode("latin-1") if stop < end else ""
    if not kind:
        if types is None:
            raise ValueError(f"the value at byte {at:,} is longer than what holds it")
        stop, kind = end, types.get(name, ",")
    if kind not in "]}":
        return _scalar(kind, data[start:stop]), stop + 1
    if not depth:
        raise ValueError("it is nested too deeply")
    items: list[Any] = []
    members: dict[str, Any] = {}
    at = start
    # What cannot be read at the end of a value that is cut is what was cut off.
    with suppress(*(() if types is None else (ValueError,))):
        while at < stop:
            if kind == "}":
                key, at = _pop(data, at, stop, types, "", depth - 1)
                key = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
                members[key], at = _pop(data, at, stop, types, key, depth - 1)
            else:
                item, at = _pop(data, at, stop, types, name, depth - 1)
                items.append(item)
    return (members if kind == "}" else items), stop + 1


def _scalar(kind: str, data: bytes) -> Any:
    if kind == ",":
        return data
    if kind == ";":
        return data.decode("utf-8", "replace")
    if kind == "#":
        return int(data) if len(data) < 20 else 0
    if kind == "^":
        return float(data)
    if kind == "!":
        return data == b"true"
    if kind == "~":
        return None
    raise ValueError(f"there is no type {kind!r}")
