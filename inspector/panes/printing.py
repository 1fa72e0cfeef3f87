"""The panes as text, for pipes and screen readers: what `inspector show --pane` prints."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from inspector.diagnostics import diagnose
from inspector.panes.content import Pane
from inspector.panes.drawing.lines import Line
from inspector.panes.model import StreamModel
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.timeline import Exchange, View

_WIDTH: Final = 100
_EVERYTHING: Final = 1 << 20
_PAINTED: Final = {
    "dim": "dim", "faint": "dim", "quiet": "dim", "strong": "bold", "error": "red", "warning": "yellow",
    "good": "green", "tool": "yellow", "thinking": "magenta", "message": "blue", "block": "blue", "heading": "blue",
    "accent": "yellow", "key": "blue", "string": "green", "number": "yellow", "unknown": "yellow",
}  # fmt: skip


def heading(exchange: Exchange) -> str:
    """Which of several exchanges follows."""
    number = f" #{exchange.number}" if exchange.number else ""
    return Paint(use_color())(f"═══ {sanitise(exchange.name)}{number}", "bold") + "\n"


def pane_text(view: View, panes: Sequence[Pane]) -> Iterator[str]:
    """The lines of each pane as of the view, with a heading where there are several."""
    stream = StreamModel(view.exchange, cursor=None if view.whole else view.n)
    stream.resting = True
    stream.found(diagnose(view.exchange))
    for pane in panes:
        if len(panes) > 1:
            yield Paint(use_color())(f"── {pane.option}", "cyan") + "\n"
        yield from painted(_lines(pane, stream, width()))


def width() -> int:
    """How many cells a printed line may take."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH


def painted(lines: Iterable[Line]) -> Iterator[str]:
    """Lines as text, in colours where those are wanted."""
    paint = Paint(use_color())
    for line in lines:
        yield "".join(paint(text, *_roles(role)) for text, role in line).rstrip() + "\n"


def _lines(pane: Pane, stream: StreamModel, width: int) -> Iterable[Line]:
    if pane.printed:
        return pane.printed(stream, width)
    return pane.draw(stream, width, _EVERYTHING).lines if pane.draw else ()


def _roles(role: str) -> list[str]:
    return [_PAINTED[word] for word in role.split() if word in _PAINTED]
