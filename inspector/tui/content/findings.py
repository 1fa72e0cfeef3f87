"""The findings pane: what the rules say of the stream, nearest to the cursor first in sight."""

from inspector.tui.content.content import Content
from inspector.tui.draw.bars import seconds
from inspector.tui.draw.lines import Line, wrap
from inspector.tui.model import SEVERITY_SIGNS, Session
from inspector.visible import visible


def findings_content(session: Session, width: int, budget: int) -> Content:
    if session.diagnosed is None:
        return Content([[("◌ the rules are being applied …", "dim")]])
    if not session.diagnosed:
        return Content(
            [[("● no findings", "good strong")], *wrap("No rule finds anything wrong so far.", width, "dim")]
        )
    lines: list[Line] = []
    focus = None
    for finding in session.diagnosed[:budget]:
        if lines:
            lines.append([])
        if session.cursor is not None and finding.event is not None and finding.event <= session.cursor:
            focus = len(lines)
        sign, role = SEVERITY_SIGNS[finding.severity]
        head: Line = [(f"{sign} {finding.code} {finding.severity}", role)]
        if finding.event is not None:
            head.append((f"  event {finding.event:,}", "accent"))
        if finding.t_ms is not None:
            head.append((f"  {seconds(round(finding.t_ms * 1e6))} s", "dim"))
        lines.append(head)
        lines += wrap(visible(finding.name), width, "strong")
        lines += wrap(visible(finding.message), width, "")
        lines += wrap(visible("→ " + finding.fix), width, "faint")
    return Content(lines, focus=focus)
