"""The findings pane: its place until the rules have an API."""

from inspector.tui.content.content import Content
from inspector.tui.draw.lines import wrap
from inspector.tui.model import Session


def findings_content(session: Session, width: int, budget: int) -> Content:
    return Content([*wrap("Diagnostics come with `inspector check`.", width, "dim")])
