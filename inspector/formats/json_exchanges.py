"""What the JSON files have in common that hold whole exchanges: read one value at a time, in whatever layout."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jiter

from inspector.formats.documents import parse_json
from inspector.formats.interaction import Headers, text
from inspector.formats.records import Objects
from inspector.text.json_text import dumps, loads_or

_WHITE = b" \t\r\n\xef\xbb\xbf"


def first_value(head: bytes) -> dict[str, Any]:
    """The first object as far as it is there, also that of a list; {} where there is none."""
    beginning = head.lstrip(_WHITE)
    if not beginning.startswith((b"{", b"[")):
        return {}
    objects = Objects(1 if beginning.startswith(b"[") else 0)
    value = loads_or(first) if (first := next(objects.feed(beginning), None)) else None
    if value is None and objects.rest:
        try:
            value = jiter.from_json(objects.rest, partial_mode="trailing-strings")
        except ValueError:
            value = None
    return value if isinstance(value, dict) else {}


def values(chunks: Iterable[bytes]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each object of a file, on lines, in a list or one after the other, and what is wrong with it ("": nothing)."""
    objects: Objects | None = None
    held = b""
    for chunk in chunks:
        held += chunk
        if objects is None:
            if not held.lstrip(_WHITE):
                continue
            objects = Objects(1 if held.lstrip(_WHITE).startswith(b"[") else 0)
        for one in objects.feed(held):
            yield _parsed(one)
        held = b""
    if objects and objects.rest.strip():
        yield _parsed(objects.rest)


def _parsed(one: bytes) -> tuple[dict[str, Any], str]:
    value, wrong = parse_json(one)
    return object_of(value), wrong


def object_of(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def pairs_of(headers: Any) -> Headers:
    """Headers from an object of values or lists of them, from a list of pairs, or from names and values in turn."""
    if isinstance(headers, Mapping):
        listed = (
            (name, one) for name, value in headers.items() for one in (value if isinstance(value, list) else [value])
        )
        return [(text(name), text(value)) for name, value in listed]
    if not isinstance(headers, list):
        return []
    if all(isinstance(one, list) and len(one) == 2 for one in headers):
        return [(text(name), text(value)) for name, value in headers]
    return [(text(name), text(value)) for name, value in zip(headers[::2], headers[1::2], strict=False)]


def body_of(value: Any) -> bytes:
    """A body that stands as text, or as the JSON that it was."""
    if value is None:
        return b""
    return text(value).encode() if isinstance(value, str) else dumps(value)


def moment(value: Any) -> datetime | None:
    """A time as text of ISO 8601, or as seconds since 1970; None where it is none."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
