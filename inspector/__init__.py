"""inspector: see what Claude's streaming API really sends.

    with inspector.open("reply.jsonl") as recording:
        recording.events, recording.message, recording.metrics, recording.at(40).message

Nothing heavy is imported until it is used.
"""

from inspector.version import __version__ as __version__

# Not typing's: nothing at all is imported before the command has said what Ctrl-C does.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from inspector.api import Event, Recording, Session, open_all
    from inspector.api import open_recording as open
    from inspector.capture.tap import tap
    from inspector.diagnostics import Finding
    from inspector.recording import InspectorError, UnreadableError
    from inspector.replay.client import replay_client
    from inspector.replay.transport import ReplayTransport
    from inspector.sse import Frame
    from inspector.timeline import Metrics

__all__ = [
    "Event",
    "Finding",
    "Frame",
    "InspectorError",
    "Metrics",
    "Recording",
    "ReplayTransport",
    "Session",
    "UnreadableError",
    "open",
    "open_all",
    "replay_client",
    "tap",
]

_WHERE = {
    "Event": "inspector.api",
    "Finding": "inspector.diagnostics",
    "Frame": "inspector.sse",
    "InspectorError": "inspector.recording",
    "Metrics": "inspector.timeline",
    "Recording": "inspector.api",
    "ReplayTransport": "inspector.replay.transport",
    "Session": "inspector.api",
    "UnreadableError": "inspector.recording",
    "open": "inspector.api",
    "open_all": "inspector.api",
    "replay_client": "inspector.replay.client",
    "tap": "inspector.capture.tap",
}


def __getattr__(name: str) -> object:
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(_WHERE[name]), "open_recording" if name == "open" else name)
    raise AttributeError(f"module 'inspector' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
