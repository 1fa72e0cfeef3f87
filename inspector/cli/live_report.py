"""How a live stream went, in one line."""

from pathlib import Path

from inspector.formats import open_exchange
from inspector.recording import InspectorError
from inspector.reports.exchange_text import tokens_text


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
    parts = [
        view.status,
        str((view.message or {}).get("stop_reason") or ""),
        tokens_text(metrics.input_tokens, metrics.output_tokens),
        "" if metrics.ttft_ms is None else f"TTFT {metrics.ttft_ms:,.0f} ms",
        "" if metrics.duration_ms is None else f"{metrics.duration_ms / 1000:,.2f} s",
        f"recorded in {path}",
    ]
    return " · ".join(part for part in parts if part)
