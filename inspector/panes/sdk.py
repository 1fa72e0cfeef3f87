"""The SDK pane: what the installed SDK yields up to the moment, and what it yields at the event at the cursor."""

from typing import Any

from inspector.panes.content import Content, Pane
from inspector.panes.drawing.lines import Line, wrap
from inspector.panes.model import StreamModel
from inspector.text.sanitise import sanitise


def sdk_content(stream: StreamModel, width: int, budget: int) -> Content:
    """What the run of the SDK yielded up to the moment; how it goes, while it has not ended."""
    run = stream.sdk
    if run is None:
        return Content(wrap("w asks the SDK", width, "dim"))
    if run.problem:
        return Content(wrap(f"✗ {sanitise(run.problem)}", width, "error"))
    if run.report is None:
        return Content(wrap("◌ the SDK reads the recording, in a process of its own …", width, "warning"))
    lines: list[Line] = [[("anthropic-python ", "dim"), (sanitise(str(run.report["version"])), "strong")]]
    focus = None
    for reading in (run.report["stream"], run.report["create"]):
        lines += [[], [(sanitise(reading["call"]), "heading strong")]]
        part, at = _reading(stream, reading, width, budget // 2)
        if at is not None and focus is None:
            focus = len(lines) + at
        lines += part
    return Content(lines, focus=focus)


def _reading(stream: StreamModel, reading: dict[str, Any], width: int, budget: int) -> tuple[list[Line], int | None]:
    n = stream.n
    shown = [item for item in reading["yielded"] if stream.whole or item["event"] <= n]
    first = max(0, len(shown) - budget) if stream.at_end else 0
    lines: list[Line] = [[(f"… {first:,} before", "dim")]] if first else []
    focus = None
    for item in shown[first : first + budget]:
        here = stream.cursor == item["event"]
        if here:
            focus = len(lines)
        sign: Line = [("▶ " if here else "  ", "accent"), (f"{item['event']:>5} ", "dim")]
        role = "strong" if here else ""
        lines.append([*sign, (f"{sanitise(item['type']):<22} ", role), (sanitise(str(item["summary"])), "faint")])
    if len(shown) > first + budget:
        lines.append([(f"… {len(shown) - first - budget:,} more", "dim")])
    if stream.cursor is not None and focus is None and not any(item["event"] == n for item in shown):
        lines.append([("▶ ", "accent"), (f"{n:>5} ", "dim"), ("nothing is yielded at this event", "warning")])
        focus = len(lines) - 1
    raised = reading.get("raised")
    if raised and (stream.whole or raised["event"] <= n):
        text = f"✗ raises {raised['type']} {_place(raised['event'], stream.count)}: {raised['message']}"
        lines += wrap(sanitise(text), width, "error strong")[:6]
        if stream.cursor == raised["event"]:
            focus = len(lines) - 1
    if stream.whole and reading.get("final"):
        lines += wrap("get_final_message(): " + sanitise(str(reading["final"])), width, "faint")[:6]
    return lines, focus


def _place(n: int, count: int) -> str:
    if not count:
        return "before any event"
    return f"at event {n:,}" if n <= count else "after the last event"


PANE = Pane(
    name="SDK",
    summary="what the installed SDK yields at each event",
    order=90,
    draw=sdk_content,
    numbered=False,
    key="w",
    on_screen_only=True,
)
