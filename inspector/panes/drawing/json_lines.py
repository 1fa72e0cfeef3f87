"""A JSON value as lines, as many as are wanted: a value of any size or depth costs what is shown of it."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from inspector.panes.drawing.lines import Line, breaks
from inspector.text.sanitise import sanitise

_LONGEST_TEXT: Final = 1 << 14
_CLOSE: Final = {"{": "}", "[": "]"}


class _Open(NamedTuple):
    children: Iterator[tuple[str | None, Any]]
    bracket: str
    indent: int


def json_lines(value: Any, width: int, limit: int = 400, indent: int = 0) -> list[Line]:
    """At most `limit` lines of pretty JSON; the last one says that there is more."""
    lines = list(islice(_lines(value, width, indent), limit + 1))
    if len(lines) > limit:
        lines[limit:] = [[(" " * indent + "… more than is shown here", "dim")]]
    return lines


def _lines(value: Any, width: int, indent: int) -> Iterator[Line]:
    stack: list[_Open] = []
    yield from _value(None, value, indent, width, stack, last=True)
    while stack:
        children, bracket, at = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield [(" " * _shown(at, width), ""), (_CLOSE[bracket], "dim")]
            continue
        yield from _value(*child, at + 2, width, stack)


def _value(
    key: str | None, value: Any, indent: int, width: int, stack: list[_Open], last: bool = False
) -> Iterator[Line]:
    shown = _shown(indent, width)
    line: Line = [(" " * shown, "")]
    if shown < indent:
        line = [(f"{f'⋯{indent // 2} ':<{shown}}", "dim")]
    if key is not None:
        name = sanitise(key[:200])
        line += [(name, "key"), (": ", "dim")]
        shown += len(name) + 2
    if isinstance(value, (dict, list)):
        bracket = "{" if isinstance(value, dict) else "["
        if not value:
            yield [*line, (bracket + _CLOSE[bracket], "dim")]
            return
        children = ((str(k), v) for k, v in value.items()) if isinstance(value, dict) else ((None, v) for v in value)
        stack.append(_Open(children, bracket, indent))
        yield [*line, (bracket, "dim")]
        return
    text, role = _scalar(value)
    hanging = min(shown, max(2, width // 3))
    first = True
    room = max(8, width - (shown if shown < width - 8 else hanging))
    if shown >= width - 8:
        yield line
        first = False
    for start, end in breaks(text, room):
        yield [*(line if first else [(" " * hanging, "")]), (text[start:end], role)]
        first = False


def _shown(indent: int, width: int) -> int:
    """Deep nesting must not push the text out of sight: from there on the depth is written instead."""
    return min(indent, max(6, width // 2))


def _scalar(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        more = len(value) - _LONGEST_TEXT
        text = json.dumps(value[:_LONGEST_TEXT], ensure_ascii=False)
        return sanitise(text) + (f" … {more:,} characters more" if more > 0 else ""), "string"
    if value is None or isinstance(value, bool):
        return json.dumps(value), "number"
    return sanitise(str(value)), "number"
