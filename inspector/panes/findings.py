"""The findings pane: what the rules say of the stream, the worst first; what is nearest to the cursor is in sight."""

from typing import TYPE_CHECKING

from inspector.panes.content import Content, Pane
from inspector.panes.drawing.lines import Line, wrap
from inspector.panes.model import StreamModel, severity_sign
from inspector.text.sanitise import sanitise
from inspector.text.wording import seconds

if TYPE_CHECKING:
    from inspector.diagnostics import Finding


def findings_content(stream: StreamModel, width: int, budget: int) -> Content:
    """The findings, errors first, the one nearest to the cursor in focus; then the rules that could not be applied."""
    findings = stream.diagnosed
    if findings is None:
        return Content([[("◌ the rules are being applied …", "dim")]])
    if not findings:
        quiet = wrap("No rule finds anything wrong so far.", width, "dim")
        return Content([[("● no findings", "good strong")], *quiet, *_notes(stream, width)])
    nearest = _looked_at(stream, findings)
    if nearest is None:
        nearest = _nearest(findings, stream.cursor)
    # Those before it are drawn when somebody scrolls up to them.
    first = max(0, (nearest or 0) - budget // 8)
    content = Content(above=f"… {first:,} before" if first else "")
    for at, finding in enumerate(findings[first:], first):
        if len(content.lines) >= budget and (nearest is None or at > nearest):
            content.below = f"… {len(findings) - at:,} more"
            break
        if content.lines:
            content.lines.append([])
        if at == nearest:
            content.focus = len(content.lines)
        sdk = sanitise(finding.sdk_sentence(stream.exchange.by_typescript))
        content.lines += _finding(finding, width, sdk, here=finding is stream.looked_at)
        if at == nearest:
            content.focus_end = len(content.lines) - 1
    content.lines += _notes(stream, width)
    return content


def _notes(stream: StreamModel, width: int) -> list[Line]:
    return [line for note in stream.undiagnosed for line in ([], *wrap(sanitise(f"! {note}"), width, "warning"))]


def _looked_at(stream: StreamModel, findings: "list[Finding]") -> int | None:
    """The place of the finding that the user went to, None where the cursor is elsewhere by now."""
    found = stream.looked_at
    if found is None or found not in findings or (found.event and found.event != stream.cursor):
        return None
    return findings.index(found)


def _nearest(findings: "list[Finding]", cursor: int | None) -> int | None:
    """The place of the finding about the last event up to the cursor, None where there is none."""
    here = cursor or 0
    events = [(finding.event, -at) for at, finding in enumerate(findings) if finding.event and finding.event <= here]
    return -max(events)[1] if events else None


def _finding(finding: "Finding", width: int, sdk: str, here: bool) -> list[Line]:
    sign, role = severity_sign(finding.severity)
    head: Line = [("▶ ", "accent")] if here else []
    head.append((f"{sign} {finding.code} {finding.severity}", role))
    if finding.event is not None:
        head.append((f"  event {finding.event:,}", "accent"))
    if finding.t_ms is not None:
        head.append((f"  {seconds(round(finding.t_ms * 1e6))} s", "dim"))
    return [
        head,
        *wrap(sanitise(finding.name), width, "strong"),
        *wrap(sanitise(finding.message), width, ""),
        *wrap(sanitise("→ " + finding.fix), width, "faint"),
        *(wrap(sdk, width, "dim") if sdk else []),
    ]


PANE = Pane(
    name="findings",
    summary="what is wrong, where, and what to do about it",
    order=80,
    draw=findings_content,
)
