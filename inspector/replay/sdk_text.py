"""The text that `inspector show --sdk` prints: beside each frame, what the SDK yields at it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Final

from inspector.protocol import DELTAS
from inspector.replay.sdk import Reading, SdkReport
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.timeline import View

_FRAME: Final = 34
_CREATE: Final = 44
_DERIVED: Final = frozenset(delta.derived for delta in DELTAS.values())
_NOTHING = ("—", "dim")


def sdk_text(view: View, report: SdkReport) -> str:
    """The table for one exchange: frames up to the view's moment, and how each way to read the stream ended."""
    return "".join(f"{line}\n" for line in _lines(view, report, Paint(use_color())))


def _lines(view: View, report: SdkReport, paint: Paint) -> Iterator[str]:
    yield ""
    yield paint(f"What anthropic-python {report.version} makes of it", "bold")
    if not view.exchange.streams:
        yield "It asked for no stream: the SDK hands out the reply. Read as a stream it would be this:"
    yield paint(f"      {'frame':{_FRAME}}{report.create.call:{_CREATE}}{report.stream.call}", "dim")
    create, stream = _by_frame(report.create), _by_frame(report.stream)
    for n in range(view.n + 2):
        on_the_wire = 1 <= n <= view.n
        cells = list(zip_longest(create.get(n, ()), stream.get(n, ()), fillvalue=("", "")))
        if on_the_wire and not cells:
            cells = [(_NOTHING, _NOTHING)]
        label = f"{n:5} {_frame(view, n) if on_the_wire else '(unfinished)' if n else '(headers)':{_FRAME}}"
        for left, right in cells:
            yield f"{label}{_cell(left, paint, _CREATE)}{_cell(right, paint)}".rstrip()
            label = " " * (_FRAME + 6)
    for reading in (report.create, report.stream):
        yield _ending(reading)


def _frame(view: View, n: int) -> str:
    index = view.exchange.index
    kind = index.event_types[index.code[n - 1]]
    if not kind.event and not kind.part:
        return "(not dispatched)"
    label = sanitise(kind.part or kind.event)
    label = f"start {label}" if kind.event == "content_block_start" else label
    return label if len(label) < _FRAME else label[: _FRAME - 2] + "…"


def _by_frame(reading: Reading) -> Mapping[int, list[tuple[str, str]]]:
    """For each frame the cells, as (text, role)."""
    cells: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for item in reading.yielded:
        cells[item.event].append((sanitise(item.type), "cyan" if item.type in _DERIVED else ""))
    if reading.raised:
        cells[reading.raised.event].append((f"✗ {reading.raised.type}", "red"))
    return cells


def _cell(cell: tuple[str, str], paint: Paint, width: int = 0) -> str:
    text, role = cell
    return (paint(text, role) if role else text) + " " * (width - len(text))


def _ending(reading: Reading) -> str:
    raised = reading.raised
    ending = f"raises {raised.type}: {sanitise(raised.message)}" if raised else "ends without an error"
    final = f"; get_final_message() {reading.final}" if reading.final else ""
    return f"{reading.call} {ending}{final}"
