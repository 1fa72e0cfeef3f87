"""The panes in the order of their numbers. A further one is a function from a moment to lines, and an entry here.

The last one has no number: `w` shows what the SDK makes of the stream.
"""

from collections.abc import Callable
from typing import Final

from inspector.tui.content.content import Content
from inspector.tui.content.event import event_content
from inspector.tui.content.findings import findings_content
from inspector.tui.content.message import message_content
from inspector.tui.content.sdk import sdk_content
from inspector.tui.content.thinking import thinking_content
from inspector.tui.content.timing import timing_content
from inspector.tui.content.tool_input import tool_input_content
from inspector.tui.model import Session

SDK: Final = "SDK"
CONTENTS: Final[dict[str, Callable[[Session, int, int], Content]]] = {
    "message": message_content,
    "thinking": thinking_content,
    "tool input": tool_input_content,
    "event": event_content,
    "timing": timing_content,
    "findings": findings_content,
    SDK: sdk_content,
}
NAMES: Final = list(CONTENTS)
