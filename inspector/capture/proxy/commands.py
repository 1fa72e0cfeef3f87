"""What the machine of a connection wants done, in the order in which it is to be done."""

from dataclasses import dataclass

from inspector.capture.proxy.events import Timer
from inspector.capture.proxy.http_head import RequestHead, UpstreamResponseHead
from inspector.capture.proxy.settings import UpstreamAddress
from inspector.recording import EndReason


@dataclass(slots=True)
class SendToClient:
    """Send these bytes. What could be sent is told by ClientFull and ClientTook."""

    data: bytes


@dataclass(slots=True)
class HalfCloseClient:
    """Say that nothing more is sent, and go on reading."""


@dataclass(slots=True)
class CloseClient:
    """Close the connection once everything is sent."""


@dataclass(slots=True)
class ResetClient:
    """Close the connection with a TCP reset that does not overtake what was sent."""


@dataclass(slots=True)
class AbortClient:
    """Close the connection at once. ClientLost follows."""


@dataclass(slots=True)
class DecryptClient:
    """Make the tunnel that was asked for, be its other end, and serve what comes out as another machine would.

    `host`: whom the client believes to be there, and `authority` with the port; `upstream`: whose answers it gets.
    """

    host: str
    authority: str
    upstream: UpstreamAddress


@dataclass(slots=True)
class TunnelClient:
    """Make the tunnel that was asked for, or say why not. Nothing of it is for the machine. `early`: came already."""

    host: str
    port: int
    early: bytes


@dataclass(slots=True)
class PauseClient:
    """Read nothing more of the client; that it leaves must be noticed all the same."""


@dataclass(slots=True)
class ResumeClient:
    """Read on."""


@dataclass(slots=True)
class CheckUpstream:
    """Say at once, with UpstreamChecked, whether the idle connection may be used again."""


@dataclass(slots=True)
class ConnectUpstream:
    """Make a connection, where there is none. UpstreamConnected or UpstreamUnreachable follows."""


@dataclass(slots=True)
class SendToUpstream:
    """Send these bytes. What could be sent is told by UpstreamFull and UpstreamDrained."""

    data: bytes


@dataclass(slots=True)
class CloseUpstream:
    """Close the connection at once, or give up making it. Nothing of it is told any more."""


@dataclass(slots=True)
class PauseUpstream:
    """Read nothing more of the upstream."""


@dataclass(slots=True)
class ResumeUpstream:
    """Read on."""


@dataclass(slots=True)
class StartTimer:
    """Tell with TimerFired when these seconds are over. One that runs begins anew."""

    timer: Timer
    seconds: float


@dataclass(slots=True)
class StopTimer:
    """Nobody waits for it any more."""

    timer: Timer


@dataclass(slots=True)
class BeginRecording:
    """A request was sent, or waits for its connection. The commands below are about it until EndRecording."""

    head: RequestHead


@dataclass(slots=True)
class RecordRequestBody:
    """A piece of the request's body, without its transfer coding."""

    content: bytes


@dataclass(slots=True)
class RecordRequestEnd:
    """The request is whole."""


@dataclass(slots=True)
class RecordResponse:
    """The head of the response, whose last bytes arrived at `at_ns`."""

    head: UpstreamResponseHead
    at_ns: int


@dataclass(slots=True)
class RecordRead:
    """What a network read brought of the response's body, without its transfer coding."""

    content: bytes
    at_ns: int


@dataclass(slots=True)
class RecordTaken:
    """The client has taken every read so far; `waited`: it took its time."""

    waited: bool


@dataclass(slots=True)
class RecordStop:
    """The upstream has nothing more to say: this is the moment of the end."""


@dataclass(slots=True)
class EndRecording:
    """The exchange is over: `reason` None for cleanly, `error` is (type, message)."""

    reason: EndReason | None = None
    error: tuple[str, str] | None = None


Command = (
    SendToClient
    | HalfCloseClient
    | CloseClient
    | ResetClient
    | AbortClient
    | DecryptClient
    | TunnelClient
    | PauseClient
    | ResumeClient
    | CheckUpstream
    | ConnectUpstream
    | SendToUpstream
    | CloseUpstream
    | PauseUpstream
    | ResumeUpstream
    | StartTimer
    | StopTimer
    | BeginRecording
    | RecordRequestBody
    | RecordRequestEnd
    | RecordResponse
    | RecordRead
    | RecordTaken
    | RecordStop
    | EndRecording
)

RECORDING = (
    BeginRecording,
    RecordRequestBody,
    RecordRequestEnd,
    RecordResponse,
    RecordRead,
    RecordTaken,
    RecordStop,
    EndRecording,
)
"""The commands that are about a recording."""
