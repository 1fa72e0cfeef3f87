"""Events inside JSON values or CSV rows: a list of them, a log's objects with an event or its text in some member."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from inspector.formats.body import peek
from inspector.formats.format import LARGEST_HEAD, NO_HINTS, Hints, Read
from inspector.formats.moments import Moments, moment_of, time_key
from inspector.formats.pieces import SURE_TYPE, SURE_TYPES, framed, text_pieces
from inspector.formats.records import Layout, Objects, layouts
from inspector.formats.unwrapping.wrapper import Wrapper
from inspector.recording import UnreadableError
from inspector.text.json_text import dumps, loads_or, members
from inspector.text.wording import counted

Path = tuple[str | int, ...]
"""The members on the way to a value, and places in a list."""

# So many objects of a log may come before the first that holds an event.
_MOST_BEFORE: Final = 1000
_DEEPEST: Final = 5
_MOST_PLACES: Final = 8
# What a text begins with, or has in some line, that is a stream's or will be once more is taken off.
_STREAM_TEXT: Final = re.compile(
    rb"event: ?%b|\"type\\*\" ?: ?\\*\"%b|'type': '%b|Raw[A-Za-z]+Event\(" % (SURE_TYPE, SURE_TYPE, SURE_TYPE)
)
# White space between the tokens of JSON, and strings, which keep theirs.
_WHITE: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+")|[\r\n][ \t\r\n]*', re.S)


class _Plan(NamedTuple):
    layout: Layout
    path: Path
    time: Path | None

    @property
    def said(self) -> str:
        where = f", the event in “{'.'.join(map(str, self.path))}”" if self.path else ""
        return self.layout.said + where


def wrapper_for(hints: Hints) -> Wrapper:
    """The wrapper that looks where the user said. It raises UnreadableError where there is nothing in that place."""

    def recognise(head: bytes) -> str:
        found = _plan(head, hints)
        if found is None:
            raise UnreadableError(f"nothing in it has a member {hints.field or hints.time} with an event or its text")
        return found.said

    return Wrapper(
        order=0,
        recognise=recognise,
        unwrap=lambda reads, notes: _unwrap(reads, notes, hints),
        timed=lambda head: _timed(head, hints),
    )


def recognise(head: bytes) -> str:
    """In what layout which member holds events."""
    found = _plan(head)
    return found.said if found else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The events' JSON, one a line, or the text of the stream, with the times that stand beside it."""
    return _unwrap(reads, notes, NO_HINTS)


def _unwrap(reads: Iterator[Read], notes: list[str], hints: Hints) -> Iterator[Read]:
    head, reads = peek(reads, LARGEST_HEAD, lambda head: _plan(head, hints) is not None)
    plan = _plan(head[:LARGEST_HEAD], hints)
    if plan is None:
        raise UnreadableError("holds no stream")
    texts = _texts(plan, reads, notes)
    first = next(texts, None)
    if first is None:
        return
    # Events that were parsed stand for themselves; texts are lines, or pieces of a stream with their own line ends.
    if isinstance(first[0], _Event):
        for event, t_ns in chain([first], texts):
            yield event.strip(b"\n") + b"\n", t_ns
        return
    has_ends = b"\n" in first[0] or b"\r" in first[0]
    lines = ((text if has_ends else text + b"\n", t_ns) for text, t_ns in chain([first], texts))
    yield from framed(text_pieces(lines), notes)


class _Event(bytes):
    """The JSON of an event, as against a text with whatever in it."""


def _texts(plan: _Plan, reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    moments = Moments()
    others = 0
    for record, came in plan.layout.records(reads, notes):
        value = loads_or(record)
        found = _at(value, plan.path)
        t_ns = came
        if plan.time is not None:
            t_ns = moments.since_first(moment_of(_at(value, plan.time)))
        if isinstance(found, dict) and (plan.path or "type" in found):
            # As most programs write it, which is told faster than where in the record it stands.
            compact = dumps(found)
            yield _Event(compact if compact in record else _on_one_line(_slice(record, plan.path))), t_ns
        elif isinstance(found, str):
            text = found.encode("utf-8", "surrogatepass")
            yield (_Event(_on_one_line(text)) if _is_event(loads_or(text)) else text), t_ns
        else:
            others += 1
    if others:
        notes.append(f"{counted(others, 'value')} without an event left out")


def _timed(head: bytes, hints: Hints) -> bool:
    found = _plan(head, hints)
    return found is not None and found.time is not None


@lru_cache(maxsize=8)
def _plan(head: bytes, hints: Hints = NO_HINTS) -> _Plan | None:
    for layout in layouts(head):
        for value in layout.first[:_MOST_BEFORE]:
            path = _wanted(value, hints.field) if hints.field else _find(value)
            if path is not None:
                return _Plan(layout, path, _time_path(value, path, hints.time))
    return None


def _wanted(value: Any, field: str) -> Path | None:
    path = tuple(field.split("."))
    return path if isinstance(_at(value, path), dict | str) else None


def _find(value: Any) -> Path | None:
    """Where in a value an event is, or text of a stream: the place that is nearest to its outside."""
    level: list[tuple[Path, Any]] = [((), value)]
    if isinstance(value, list):
        # A pair of a time and an event, say.
        level += (((at,), one) for at, one in enumerate(value[:_MOST_PLACES]))
    for _ in range(_DEEPEST):
        deeper: list[tuple[Path, Any]] = []
        for path, one in level:
            if (
                _is_event(one)
                or _is_wrapped(one)
                or (isinstance(one, str) and _STREAM_TEXT.search(one.encode("utf-8", "replace")))
            ):
                return path
            if isinstance(one, dict):
                deeper += (((*path, key), member) for key, member in one.items())
        level = deeper
    return None


def _is_event(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in SURE_TYPES:
        return False
    # Its name beside it, and the whole event in a member.
    return not any(isinstance(one, dict) and one.get("type") == kind for one in value.values())


def _is_wrapped(value: Any) -> bool:
    """Whether Claude Code printed it: whose event it is stands beside it, so it is kept whole."""
    return isinstance(value, dict) and value.get("type") == "stream_event" and isinstance(value.get("event"), dict)


def _time_path(value: Any, path: Path, wanted: str) -> Path | None:
    if wanted:
        given = tuple(wanted.split("."))
        return given if moment_of(_at(value, given)) is not None else None
    # Beside the event, or further out.
    for length in range(len(path) - 1, -1, -1):
        holder = _at(value, path[:length])
        if isinstance(holder, dict) and (key := time_key(holder)):
            return (*path[:length], key)
        if isinstance(holder, list):
            places = (at for at, one in enumerate(holder[:_MOST_PLACES]) if moment_of(one) is not None)
            if (place := next(places, None)) is not None:
                return (*path[:length], place)
    return None


def _at(value: Any, path: Path) -> Any:
    for key in path:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and key < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def _slice(text: bytes, path: Path) -> bytes:
    """The bytes of the member at this place."""
    for key in path:
        if isinstance(key, int):
            # What is in a list and no object is passed over.
            values = loads_or(text)
            before = sum(isinstance(one, dict | list) for one in values[:key])
            text = next(islice(Objects(1).feed(text), before, None), b"")
            continue
        name = dumps(key)
        for depth, found, start, end in members(text):
            if depth == 1 and found == name:
                text = text[start:end]
                break
    return text


def _on_one_line(text: bytes) -> bytes:
    """The same JSON without line ends."""
    return _WHITE.sub(rb"\1", text) if b"\n" in text or b"\r" in text else text


WRAPPER: Final = Wrapper(order=50, recognise=recognise, unwrap=unwrap, timed=lambda head: _timed(head, NO_HINTS))
