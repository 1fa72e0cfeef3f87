"""What a session recorded, in one line."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Final

from inspector.diagnostics import Severity, diagnose
from inspector.diagnostics.finding import totals
from inspector.formats import open_exchange
from inspector.recording import InspectorError
from inspector.reports.exchange_text import tokens_text
from inspector.text.wording import counted
from inspector.timeline.metrics import InputTokens

# Whoever waits for the shell's prompt has no time for a thousand streams.
_LONGEST_S: Final = 3.0
_SHOWN: Final[tuple[Severity, ...]] = ("error", "warn")


def summary(session: Path, paths: Iterable[Path]) -> str:
    """How many exchanges these recordings hold, how they ended, tokens, findings, and how to open them."""
    paths = list(paths)
    if not paths:
        return "nothing was recorded: no request came to the address in ANTHROPIC_BASE_URL"
    states: Counter[str] = Counter()
    into, out = InputTokens(0), 0
    findings: Counter[Severity] = Counter()
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
        f"recorded {counted(len(paths), 'stream')}",
        ", ".join(f"{count:,} {state}" for state, count in states.most_common()),
        tokens_text(into, out),
        totals({severity: findings[severity] for severity in _SHOWN}) or "no findings",
        "" if looked_at == len(paths) else f"looked at {looked_at:,} of them",
        f"open with: inspector open {_quoted(session)}",
    ]
    return " · ".join(part for part in parts if part)


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
