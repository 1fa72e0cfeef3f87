"""How a live stream went, in one line."""

from pathlib import Path
from typing import Any

from inspector.convert import open_exchange
from inspector.recording import InspectorError

_TOKENS = (("in", "input_tokens"), ("out", "output_tokens"))


def summary(path: Path) -> str:
    """Status, tokens, times, and where the recording is."""
    try:
        with open_exchange(str(path)) as exchange:
            view = exchange.view()
    except InspectorError:
        return f"no recording in {path}"
    metrics = view.metrics
    usage: dict[str, Any] = (view.message or {}).get("usage") or {}
    tokens = [f"{name} {usage[key]:,}" for name, key in _TOKENS if isinstance(usage.get(key), int)]
    parts = [
        view.status,
        str((view.message or {}).get("stop_reason") or ""),
        f"{', '.join(tokens)} tokens" if tokens else "",
        "" if metrics.ttft_ms is None else f"TTFT {metrics.ttft_ms:,.0f} ms",
        "" if metrics.duration_ms is None else f"{metrics.duration_ms / 1000:,.2f} s",
        f"recorded in {path}",
    ]
    return " · ".join(part for part in parts if part)
