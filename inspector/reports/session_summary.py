"""What a session recorded, in one line."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Final

from inspector.diagnostics import diagnose
from inspector.formats import open_exchange
from inspector.recording import InspectorError
from inspector.reports.exchange_text import tokens_text
from inspector.timeline.metrics import InputTokens

# Whoever waits for the shell's prompt has no time for a thousand streams.
_LONGEST_S: Final = 3.0
_FINDINGS: Final = (("error", "error", "errors"), ("warn", "warning", "warnings"))


def summary(session: Path, paths: Iterable[Path]) -> str:
    """How many exchanges these recordings hold, how they ended, tokens, findings, and how to open them."""
    paths = list(paths)
    if not paths:
        return "nothing was recorded: no request came to the address in ANTHROPIC_BASE_URL"
    states: Counter[str] = Counter()
    into, out = InputTokens(0), 0
    findings: Counter[str] = Counter()
    until = monotonic() + _LONGEST_S
    for path in paths:
        if monotonic() > until:
            break
        try:
            with open_exchange(str(path)) as exchange:
                view = exchange.view()
                metrics = view.metrics
                states[view.status] += 1
                into += metrics.input_tokens or InputTokens(0)
                out += metrics.output_tokens or 0
                findings.update(finding.severity for finding in diagnose(exchange))
        except InspectorError:
            states["unreadable"] += 1
    looked_at = sum(states.values())
    parts = [
        f"recorded {len(paths):,} stream{'s' * (len(paths) != 1)}",
        ", ".join(f"{count:,} {state}" for state, count in states.most_common()),
        tokens_text(into, out),
        _findings(findings),
        "" if looked_at == len(paths) else f"looked at {looked_at:,} of them",
        f"open with: inspector open {_quoted(session)}",
    ]
    return " · ".join(part for part in parts if part)


def _findings(findings: Counter[str]) -> str:
    told = [f"{findings[key]:,} {one if findings[key] == 1 else many}" for key, one, many in _FINDINGS if findings[key]]
    return ", ".join(told) or "no findings"


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
