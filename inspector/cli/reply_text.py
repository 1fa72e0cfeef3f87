"""A reply as text, while it streams."""

from typing import Any, Final

from inspector.cli.output import Paint
from inspector.visible import visible

_TEXT_OF: Final = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


class ReplyText:
    """Turns the events of a stream into what to print for each.

    On a terminal everything is shown: thinking and tool input dimmed, and whatever is no text under a heading.
    Elsewhere the reply's own text is the data, and nothing else.
    """

    def __init__(self, terminal: bool, paint: Paint) -> None:
        self._terminal = terminal
        self._paint = paint
        self._in_text = True
        self._at_line_start = True

    def event(self, data: Any) -> str:
        """What to print for an event's data, whatever it is."""
        kind = data.get("type") if isinstance(data, dict) else None
        if kind == "content_block_start":
            start = data.get("content_block")
            return self._start(start if isinstance(start, dict) else {})
        if kind == "content_block_delta":
            delta = data.get("delta")
            return self._delta(delta if isinstance(delta, dict) else {})
        return ""

    def end(self) -> str:
        """What ends the last line, where it is still open."""
        return "" if self._at_line_start else self._put("\n")

    def _start(self, start: dict[str, Any]) -> str:
        kind = str(start.get("type"))
        was_text, self._in_text = self._in_text, kind == "text"
        # Adjacent text blocks are one text: citations cut it in the middle of a sentence.
        printed = self.end() if self._terminal and not (was_text and self._in_text) else ""
        if self._terminal and not self._in_text:
            heading = visible(f"[{kind} {start['name']}]" if isinstance(start.get("name"), str) else f"[{kind}]")
            printed += self._put(self._paint(heading, "cyan") + "\n")
        return printed + self._delta({**start, "type": f"{kind}_delta"})

    def _delta(self, delta: dict[str, Any]) -> str:
        kind = delta.get("type")
        piece = delta.get(_TEXT_OF.get(str(kind), ""))
        if not isinstance(piece, str):
            return ""
        if kind == "text_delta":
            return self._put(visible(piece, lines=True))
        return self._put(self._paint(visible(piece, lines=True), "dim")) if self._terminal else ""

    def _put(self, text: str) -> str:
        if text:
            self._at_line_start = text.endswith("\n")
        return text
