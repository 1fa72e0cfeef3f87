"""The timeline as a pane that can be printed; on the screen its rows are a list. See `timeline_row`.

A file of its own, because the first rows are painted before a model of the stream is imported.
"""

from collections.abc import Iterator
from typing import Final

from inspector.panes.content import Pane
from inspector.panes.drawing.lines import Line
from inspector.panes.model import StreamModel
from inspector.panes.timeline_row import row_line
from inspector.timeline.rows import row

_WHOLE_ROW: Final = 1 << 20


def _printed(stream: StreamModel, width: int) -> Iterator[Line]:
    for n in range(1, stream.n + 1):
        yield row_line(row(stream.exchange, n), _WHOLE_ROW, stream.count, stream.last_t_ns, stream.sign(n))


PANE = Pane(
    name="timeline",
    summary="a row for each event, with its time and the gap before it",
    order=10,
    printed=_printed,
    numbered=False,
)
