"""The text that `inspector show` prints."""

import json
from collections.abc import Iterator
from typing import Any

from inspector.protocol import DELTAS
from inspector.session.billing import cost_of_view
from inspector.session.cost import Cost
from inspector.text.paint import Paint, use_color
from inspector.text.sanitise import sanitise
from inspector.text.wording import counted
from inspector.timeline import Metrics, View
from inspector.timeline.metrics import InputTokens

_SIGNS = {
    "complete": ("●", "green"),
    "reply": ("○", "green"),
    "in-progress": ("◌", "cyan"),
    "cancelled": ("◼", "yellow"),
    "truncated": ("✂", "red"),
    "not-a-stream": ("?", "yellow"),
    "error": ("✗", "red"),
}


def text_of(view: View, named: bool, follows: bool, costs: bool = False) -> str:
    """The report on one exchange; `named` with its file, `follows` after another one, `costs` with what it costs."""
    paint = Paint(use_color())
    lines = [*([""] if follows else []), *_head(view, named, costs, paint)]
    messages = view.messages
    for message in messages:
        lines += ["", *_message(message, paint)]
    if not messages and view.reply:
        lines += ["", sanitise(_pretty(view.reply), lines=True)]
    return "\n".join([*lines, ""])


def _head(view: View, named: bool, costs: bool, paint: Paint) -> Iterator[str]:
    if named:
        number = f" #{view.exchange.number}" if view.exchange.number else ""
        yield paint(sanitise(view.exchange.name) + number, "bold")
    sign, color = _SIGNS[view.status]
    status = paint(f"{sign} {view.status}", color, "bold")
    http = f"HTTP {view.http_status}" if view.http_status else ""
    model = next((sanitise(str(m["model"])) for m in view.messages if m.get("model")), "")
    stop = next((f"stop_reason {sanitise(str(m['stop_reason']))}" for m in view.messages if m.get("stop_reason")), "")
    asked = sanitise(view.exchange.asked_otherwise)
    yield "  ".join(part for part in (status, http, asked, model, stop) if part)
    if error := view.error:
        at = f" at event {error['event']}" if error["event"] else ""
        yield paint(f"error{at}: {sanitise(str(error['type']))}: {sanitise(str(error['message'] or ''))}", "red")
    end = view.end
    if end and end.get("reason") not in (None, "complete"):
        yield f"the body ended with: {sanitise(str(end['reason']))}"
    # The prices are a package that takes its time.
    cost = cost_of_view(view) if costs else None
    yield paint(_figures(view.metrics) + (f" · {cost_text(cost)}" if cost else ""), "dim")


def tokens_text(into: InputTokens | None, out: int | None) -> str:
    """ "in 12,312 (cached 12,000), out 9 tokens": what is known of them, "" where nothing is."""
    parts = ["" if into is None else f"in {into}", "" if out is None else f"out {out:,}"]
    return f"{told} tokens" if (told := ", ".join(filter(None, parts))) else ""


def cost_text(cost: Cost) -> str:
    """ "cost at least $0.0123 (prices of genai-prices 0.2.3; no price for web searches)": and by whose prices."""
    whose = f"prices of {cost.prices_from}" if cost.prices_from else ""
    return sanitise(f"cost {cost} ({'; '.join(filter(None, (whose, cost.unknown)))})")


def _figures(metrics: Metrics) -> str:
    def ms(name: str, value: float | None) -> str:
        return "" if value is None else f"{name} {value:,.0f} ms"

    def first(kind: str, value: float | None) -> str:
        # Where it is what came first of all, TTFT says it.
        return "" if value == metrics.ttft_ms else ms(f"first {kind}", value)

    gap = ms("longest gap", metrics.max_gap_ms)
    if gap and metrics.max_gap_at:
        gap += f" before event {metrics.max_gap_at}"
    parts = [
        counted(metrics.events, "event") + (f" ({counted(metrics.pings, 'ping')})" if metrics.pings else ""),
        counted(metrics.bytes, "byte") + (f" in {counted(metrics.reads, 'read')}" if metrics.reads else ""),
        ms("TTFB", metrics.ttfb_ms),
        ms("TTFT", metrics.ttft_ms),
        first("thinking", metrics.first_thinking_ms),
        first("text", metrics.first_text_ms),
        first("tool input", metrics.first_tool_ms),
        ms("total", metrics.duration_ms),
        gap,
        tokens_text(metrics.input_tokens, metrics.output_tokens),
        "" if metrics.output_tokens_per_s is None else f"{metrics.output_tokens_per_s:,.1f} tokens/s",
    ]
    return " · ".join(part for part in parts if part)


def _message(message: dict[str, Any], paint: Paint) -> Iterator[str]:
    content = message.get("content")
    for index, block in enumerate(content if isinstance(content, list) else []):
        kind = sanitise(str(block.get("type"))) if isinstance(block, dict) else "?"
        yield paint(f"── {index} {kind}{_label(block)}", "cyan")
        yield from _block(block, paint)
    if usage := message.get("usage"):
        yield paint("── usage", "cyan")
        yield paint(sanitise(json.dumps(usage, ensure_ascii=False)), "dim")


def _label(block: Any) -> str:
    names = [str(block[key]) for key in ("name", "id", "tool_use_id") if isinstance(block, dict) and block.get(key)]
    return "".join(f" {sanitise(name)}" for name in names)


def _block(block: Any, paint: Paint) -> Iterator[str]:
    if not isinstance(block, dict):
        yield sanitise(json.dumps(block, ensure_ascii=False))
        return
    rest = {key: value for key, value in block.items() if key not in ("type", "name", "id", "tool_use_id")}
    for delta in DELTAS.values():
        if delta.brings == "text" and isinstance(rest.get(delta.into), str):
            yield paint(sanitise(rest.pop(delta.into), lines=True), *(["dim"] if delta.role == "thinking" else []))
    if text := rest.pop("input_json", None):
        yield paint("input is not whole yet, its text:", "yellow")
        yield sanitise(text, lines=True)
    if rest.get("citations") is None:
        rest.pop("citations", None)
    if rest:
        yield sanitise(_pretty(rest), lines=True)


def _pretty(value: Any) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown; --format json prints it)"
