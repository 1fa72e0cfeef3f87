"""The event pane: one frame, what it means in a line, its JSON, its bytes, and what it means in full."""

from typing import Any

from inspector.panes.content import Content, Pane
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import Line, wrap
from inspector.panes.model import StreamModel
from inspector.protocol import lookup
from inspector.recording.lines import data_of
from inspector.sse import Frame
from inspector.text.sanitise import sanitise, sanitise_start
from inspector.text.wording import duration, seconds
from inspector.timeline.assembler import NOT_DISPATCHED
from inspector.timeline.rows import gap_before, label_of

_RAW_SHOWN = 1 << 12
# Reading and parsing more than that takes longer than a key may.
_AT_ONCE = 1 << 20


def event_content(stream: StreamModel, width: int, budget: int) -> Content:
    """The event that is looked at: what it is, its JSON, its bytes, and what it means."""
    n = stream.event_n
    if not n:
        return Content([[("no event has come yet", "dim")]])
    size = stream.exchange.index.size[n - 1]
    if size > _AT_ONCE and stream.cursor is not None and not stream.resting:
        head: Line = [(f"event {n:,} ", "strong"), (f"of {stream.count:,}  ", "dim")]
        return Content([head, [(f"{size:,} bytes: shown when the cursor rests", "dim")]], focus=0)
    frame = stream.exchange.frame(n)
    lines = [*_heading(stream, n, frame, width), *_in_short(stream, n, width)]
    if frame.dispatched:
        lines += [[], *json_lines(data_of(frame), width, max(20, budget - 40))]
    raw = (
        [[("bytes", "heading"), ("  X shows them", "dim")]]
        if stream.folded
        else _raw_lines(frame.raw, width, stream.hexadecimal)
    )
    lines += [[], *raw, *_explained(stream, n, width)]
    return Content(lines, focus=0)


def _heading(stream: StreamModel, n: int, frame: Frame, width: int) -> list[Line]:
    kind = stream.exchange.index.event_types[stream.exchange.index.code[n - 1]]
    name = sanitise_start(kind.event) or "no event"
    line: Line = [(f"event {n:,} ", "strong"), (f"of {stream.count:,}  ", "dim"), (name, "heading strong")]
    if kind.part:
        line.append((f" › {sanitise_start(kind.part)}", "heading"))
    facts = [f"{len(frame.raw):,} bytes"]
    if frame.read is not None:
        facts.append(f"read {frame.read:,}")
    if frame.t_ns is not None:
        facts.append(f"{seconds(frame.t_ns)} s")
    if (gap := gap_before(stream.exchange, n)) is not None:
        facts.append(f"{duration(gap)} after the one before")
    if frame.splits:
        facts.append(f"came in {len(frame.splits) + 1} reads, split at " + ", ".join(str(at) for at, _ in frame.splits))
    return [line, *wrap(" · ".join(facts), width, "dim")]


def _raw_lines(raw: bytes, width: int, hexadecimal: bool) -> list[Line]:
    shown = raw[:_RAW_SHOWN]
    odd = any(byte > 0x7E or (byte < 0x20 and byte != 0x0A) for byte in shown)
    lines: list[Line] = [
        [("bytes", "heading"), ("  x shows hex, X folds" if not hexadecimal else "  x shows text, X folds", "dim")]
    ]
    if hexadecimal:
        lines += _hex_lines(shown, width)
    else:
        for part in shown.splitlines(keepends=True) if b"\r" not in shown else [shown]:
            lines += wrap(sanitise(part.decode("utf-8", "replace")), width, "faint")
        if odd:
            lines += [[("hex", "heading"), ("  as there is more than ASCII", "dim")], *_hex_lines(shown[:256], width)]
            if len(shown) > 256:
                lines.append([(f"… {len(raw) - 256:,} bytes more: x", "dim")])
    if len(raw) > len(shown):
        lines.append([(f"… {len(raw) - len(shown):,} bytes more", "dim")])
    return lines


def _hex_lines(raw: bytes, width: int) -> list[Line]:
    step = 16 if width >= 73 else 8 if width >= 40 else 4
    lines: list[Line] = []
    for at in range(0, len(raw), step):
        row = raw[at : at + step]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
        lines.append([(f"{at:05x}  ", "dim"), (f"{row.hex(' '):<{step * 3}} ", "faint"), (text, "string")])
    return lines


def _in_short(stream: StreamModel, n: int, width: int) -> list[Line]:
    """What it means in a sentence, above everything that may take the whole pane."""
    if stream.exchange.index.code[n - 1] == NOT_DISPATCHED:
        return wrap("A frame without data: the standard dispatches no event for it.", width)
    name = _names(stream, n)[0]
    entry: Any = lookup(name)
    return wrap(entry.summary if entry else f"{sanitise_start(name)}: not in the protocol tables.", width)


def _explained(stream: StreamModel, n: int, width: int) -> list[Line]:
    kind = stream.exchange.index.event_types[stream.exchange.index.code[n - 1]]
    lines: list[Line] = []
    if stream.exchange.index.code[n - 1] == NOT_DISPATCHED:
        text = "Comments keep a connection alive."
        return [[], [("explained", "heading")], *wrap(text, width, "faint")]
    for name in _names(stream, n):
        entry: Any = lookup(name)
        if entry is None:
            text = f"{label_of(kind)}: not in the protocol tables. It is shown, kept and counted as it came."
            lines += [[], *wrap(text, width, "warning")]
            continue
        lines += [[], [(entry.name, "heading strong"), (f"  {entry.group}", "dim")]]
        lines += wrap(entry.summary, width, "strong")
        lines += wrap(entry.explanation, width, "faint")
        lines += [[("SDK  ", "dim")], *wrap(entry.python, width, "faint")]
    return lines


def _names(stream: StreamModel, n: int) -> list[str]:
    """What of an event the protocol's tables are asked for: its delta or block first, then the event itself."""
    kind = stream.exchange.index.event_types[stream.exchange.index.code[n - 1]]
    part = [("delta:" if kind.event.endswith("_delta") else "block:") + kind.part] if kind.part else []
    return [*part, "event:" + kind.event]


PANE = Pane(
    name="event",
    summary="one event: its JSON, its bytes, and what it means",
    order=60,
    draw=event_content,
)
