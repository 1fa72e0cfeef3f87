"""inspector: see what Claude's streaming API really sends.

    recording = inspector.open("reply.jsonl")
    recording.events, recording.message, recording.metrics, recording.at(40).message

Nothing heavy is imported until it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inspector.version import __version__ as __version__

if TYPE_CHECKING:
    from inspector.api import Recording as Recording
    from inspector.api import open_recording as open  # noqa: F401
    from inspector.capture.tap import tap as tap
    from inspector.recording import InspectorError as InspectorError
    from inspector.recording import UnreadableError as UnreadableError
    from inspector.replay.client import replay_client as replay_client


_LAZY = {
    "open": ("inspector.api", "open_recording"),
    "Recording": ("inspector.api", "Recording"),
    "InspectorError": ("inspector.recording", "InspectorError"),
    "UnreadableError": ("inspector.recording", "UnreadableError"),
    "tap": ("inspector.capture.tap", "tap"),
    "replay_client": ("inspector.replay.client", "replay_client"),
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        module, attribute = _LAZY[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(f"module 'inspector' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
