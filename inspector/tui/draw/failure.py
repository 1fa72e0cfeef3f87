"""What stands in the place of something that could not be drawn: the rest of the screen goes on."""

import traceback
from collections.abc import Callable
from pathlib import Path

from inspector.tui.draw.lines import Line, wrap
from inspector.visible import visible

_FRAMES = 3


def attempt(draw: Callable[[], list[Line]], width: int) -> list[Line]:
    """What `draw` gives, or lines that say how it failed."""
    try:
        return draw()
    # Whatever it is, it must not end the screen.
    except Exception as error:  # noqa: BLE001
        return failure(error, width)


def failure(error: Exception, width: int) -> list[Line]:
    """What failed and where, for a report; it is never the stream's fault."""
    what = f"{type(error).__name__}: {error}"
    lines = wrap(f"✗ this cannot be drawn: {visible(what[:500])}", width, "error strong")
    for frame in reversed(traceback.extract_tb(error.__traceback__)[-_FRAMES:]):
        lines += wrap(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}", width, "dim")
    return [*lines, *wrap("A fault of the inspector, not of the stream. Everything else goes on.", width, "faint")]
