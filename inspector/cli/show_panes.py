"""The text that `inspector show --pane` prints: what the panes of the screen hold, for pipes and screen readers."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise

if TYPE_CHECKING:
    from inspector.panes.drawing.lines import Line
    from inspector.panes.model import StreamModel
    from inspector.timeline import Exchange, View


class PaneName(StrEnum):
    """The panes by the names that the command line gives them."""

    TIMELINE = "timeline"
    LANES = "lanes"
    MESSAGE = "message"
    THINKING = "thinking"
    TOOL_INPUT = "tool-input"
    EVENT = "event"
    TIMING = "timing"
    FINDINGS = "findings"
    REQUEST = "request"
    CURL = "curl"


_WIDTH: Final = 100
_EVERYTHING: Final = 1 << 20
_PAINTED: Final = {
    "dim": "dim", "faint": "dim", "quiet": "dim", "strong": "bold", "error": "red", "warning": "yellow",
    "good": "green", "tool": "yellow", "thinking": "magenta", "message": "blue", "block": "blue", "heading": "blue",
    "accent": "yellow", "key": "blue", "string": "green", "number": "yellow", "unknown": "yellow",
}  # fmt: skip


def heading(exchange: "Exchange") -> str:
    """Which of several exchanges follows."""
    number = f" #{exchange.number}" if exchange.number else ""
    return Paint(use_color())(f"═══ {sanitise(exchange.name)}{number}", "bold") + "\n"


def pane_text(view: "View", names: Iterable[PaneName]) -> Iterator[str]:
    """The lines of each pane as of the view, with a heading where there are several."""
    names = list(names)
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    paint = Paint(use_color())
    stream = _session(view)
    for name in names:
        if len(names) > 1:
            yield paint(f"── {name}", "cyan") + "\n"
        if name is PaneName.CURL:
            yield _curl(stream) + "\n"
            continue
        for line in _lines(stream, name, width):
            yield "".join(paint(text, *_roles(role)) for text, role in line).rstrip() + "\n"


def _session(view: "View") -> "StreamModel":
    from inspector.diagnostics import diagnose
    from inspector.panes.model import StreamModel

    stream = StreamModel(view.exchange, cursor=None if view.whole else view.n)
    stream.resting = True
    stream.found(diagnose(view.exchange))
    return stream


def _lines(stream: "StreamModel", name: PaneName, width: int) -> "Iterable[Line]":
    from inspector.panes.lanes import lanes_lines
    from inspector.panes.registry import CONTENTS
    from inspector.panes.request import request_content

    if name is PaneName.TIMELINE:
        return _timeline(stream)
    if name is PaneName.LANES:
        blocks = sum(len(message.blocks) for message in stream.exchange.index.messages)
        return lanes_lines(stream, width, blocks + 1)
    draw = request_content if name is PaneName.REQUEST else CONTENTS[name.replace("-", " ")]
    return draw(stream, width, _EVERYTHING).lines


def _timeline(stream: "StreamModel") -> "Iterator[Line]":
    from inspector.panes.timeline_row import row_line
    from inspector.timeline.rows import row

    for n in range(1, stream.n + 1):
        yield row_line(row(stream.exchange, n), _EVERYTHING, stream.count, stream.last_t_ns, stream.sign(n))


def _curl(stream: "StreamModel") -> str:
    from inspector.panes.copies import curl

    return sanitise(curl(stream) or "the recording has no request", lines=True)


def _roles(role: str) -> list[str]:
    return [_PAINTED[word] for word in role.split() if word in _PAINTED]
