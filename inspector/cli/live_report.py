"""How a live stream went, in one line."""

from pathlib import Path
from typing import Any

from inspector.formats import open_exchange
from inspector.recording import InspectorError


def unfinished(path: Path) -> str | None:
    """What is wrong with a stream that ended without an exception, None where it is whole."""
    try:
        with open_exchange(str(path)) as exchange:
            status = exchange.view().status
    except InspectorError:
        return None
    if status == "truncated":
        return "the body ended without message_stop, and the SDK raises nothing: the reply is cut"
    if status == "not-a-stream":
        return "the reply is no event stream, and the SDK raises nothing: `inspector show` has it"
    return None


def summary(path: Path) -> str:
    """Status, tokens, times, and where the recording is."""
    try:
        with open_exchange(str(path)) as exchange:
            view = exchange.view()
    except InspectorError:
        return f"no recording in {path}"
    metrics = view.metrics
    usage: dict[str, Any] = (view.message or {}).get("usage") or {}
    # What message_start says of the output is a placeholder.
    counts = (("in", usage.get("input_tokens")), ("out", metrics.output_tokens))
    tokens = [f"{name} {count:,}" for name, count in counts if isinstance(count, int)]
    parts = [
        view.status,
        str((view.message or {}).get("stop_reason") or ""),
        f"{', '.join(tokens)} tokens" if tokens else "",
        "" if metrics.ttft_ms is None else f"TTFT {metrics.ttft_ms:,.0f} ms",
        "" if metrics.duration_ms is None else f"{metrics.duration_ms / 1000:,.2f} s",
        f"recorded in {path}",
    ]
    return " · ".join(part for part in parts if part)
