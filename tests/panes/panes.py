"""What tests of panes share: a stream on a stream, and what a pane says of it."""

from collections.abc import Sequence
from typing import Any

from inspector.panes.content import Content
from inspector.panes.drawing.lines import Line
from inspector.panes.model import StreamModel
from tests.support import exchange_of_body, sse


def session_on(
    events: Sequence[dict[str, Any]], cursor: int | None = None, end: str | None = "complete"
) -> StreamModel:
    """A stream on a stream with each event in a read of its own, 1 µs apart; its cursor has come to rest."""
    stream = StreamModel(exchange_of_body([sse(event) for event in events], end=end), cursor=cursor)
    stream.resting = True
    return stream


def said(content: Content | Sequence[Line]) -> list[str]:
    """The lines of a pane as text."""
    lines = content.lines if isinstance(content, Content) else content
    return ["".join(text for text, _ in line) for line in lines]


def in_role(content: Content, word: str) -> str:
    """What a pane shows in a role, all of it joined."""
    return "".join(text for line in content.lines for text, role in line if word in role.split())
