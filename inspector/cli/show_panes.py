"""The text that `inspector show --pane` prints: what the panes of the screen hold, for pipes and screen readers."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import visible

if TYPE_CHECKING:
    from inspector.panes.drawing.lines import Line
    from inspector.panes.model import Session
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
    return Paint(use_color())(f"═══ {visible(exchange.name)}{number}", "bold") + "\n"


def pane_text(view: "View", names: Iterable[PaneName]) -> Iterator[str]:
    """The lines of each pane as of the view, with a heading where there are several."""
    names = list(names)
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    paint = Paint(use_color())
    session = _session(view)
    for name in names:
        if len(names) > 1:
            yield paint(f"── {name}", "cyan") + "\n"
        if name is PaneName.CURL:
            yield _curl(session) + "\n"
            continue
        for line in _lines(session, name, width):
            yield "".join(paint(text, *_roles(role)) for text, role in line).rstrip() + "\n"


def _session(view: "View") -> "Session":
    from inspector.diagnostics import diagnose
    from inspector.panes.model import Session

    session = Session(view.exchange, cursor=None if view.whole else view.n)
    session.resting = True
    session.found(diagnose(view.exchange))
    return session


def _lines(session: "Session", name: PaneName, width: int) -> "Iterable[Line]":
    from inspector.panes.lanes import lanes_lines
    from inspector.panes.registry import CONTENTS
    from inspector.panes.request import request_content

    if name is PaneName.TIMELINE:
        return _timeline(session)
    if name is PaneName.LANES:
        blocks = sum(len(message.blocks) for message in session.exchange.index.messages)
        return lanes_lines(session, width, blocks + 1)
    draw = request_content if name is PaneName.REQUEST else CONTENTS[name.replace("-", " ")]
    return draw(session, width, _EVERYTHING).lines


def _timeline(session: "Session") -> "Iterator[Line]":
    from inspector.panes.timeline_row import row_line
    from inspector.timeline.rows import row

    for n in range(1, session.n + 1):
        yield row_line(row(session.exchange, n), _EVERYTHING, session.count, session.last_t_ns, session.sign(n))


def _curl(session: "Session") -> str:
    from inspector.panes.copies import curl

    return visible(curl(session) or "the recording has no request", lines=True)


def _roles(role: str) -> list[str]:
    return [_PAINTED[word] for word in role.split() if word in _PAINTED]
