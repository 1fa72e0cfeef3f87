"""The panes in the order of their numbers. A further one is a function from a moment to lines, and an entry here.

The last one has no number: `w` shows what the SDK makes of the stream.
"""

from collections.abc import Callable
from typing import Final

from inspector.panes.content import Content
from inspector.panes.event import event_content
from inspector.panes.findings import findings_content
from inspector.panes.message import message_content
from inspector.panes.model import StreamModel
from inspector.panes.sdk import sdk_content
from inspector.panes.thinking import thinking_content
from inspector.panes.timing import timing_content
from inspector.panes.tool_input import tool_input_content

SDK: Final = "SDK"
CONTENTS: Final[dict[str, Callable[[StreamModel, int, int], Content]]] = {
    "message": message_content,
    "thinking": thinking_content,
    "tool input": tool_input_content,
    "event": event_content,
    "timing": timing_content,
    "findings": findings_content,
    SDK: sdk_content,
}
NAMES: Final = list(CONTENTS)
