"""What a session recorded, in one line."""

import shlex
from pathlib import Path
from typing import Final

from inspector.diagnostics import Severity
from inspector.diagnostics.finding import totals as totals_of
from inspector.reports.exchange_text import cost_text, tokens_text
from inspector.session.totals import SessionTotals
from inspector.text.wording import counted

_SHOWN: Final[tuple[Severity, ...]] = ("error", "warn")


def summary(session: Path, totals: SessionTotals) -> str:
    """How many exchanges it had, how they ended, tokens, cost, findings, how to open them. The totals are closed."""
    if not totals.count:
        return "nothing was recorded: no request came to the address in ANTHROPIC_BASE_URL"
    found = totals_of({severity: totals.findings[severity] for severity in _SHOWN}) or "no findings"
    recorded = totals.count - totals.lost
    parts = [
        f"recorded {_exchanges(totals)}",
        f"{totals.lost:,} lost: not in the folder, or not whole" if totals.lost else "",
        ", ".join(f"{count:,} {state}" for state, count in totals.states.most_common()),
        tokens_text(totals.input, totals.output),
        cost_text(totals.costs.total) if totals.costs.count else "",
        found if totals.judged == recorded else f"{found} in the {totals.judged:,} that were looked at",
        f"open with: inspector open {shlex.quote(str(session))}",
    ]
    return " · ".join(part for part in parts if part)


def _exchanges(totals: SessionTotals) -> str:
    """ "3 streams and 2 other exchanges"."""
    others = totals.count - totals.lost - totals.streams
    if not totals.streams:
        return counted(others, "exchange")
    return counted(totals.streams, "stream") + (f" and {counted(others, 'other exchange')}" if others else "")
