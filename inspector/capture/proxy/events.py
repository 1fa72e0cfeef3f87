"""What happens to a connection of the proxy: what its machine is told. Times are those of `perf_counter_ns`."""

from dataclasses import dataclass
from enum import Enum, auto


class Timer(Enum):
    """What is waited for, at most for a time."""

    HEAD = auto()
    RESPONSE = auto()
    LINGER = auto()


@dataclass(slots=True)
class ClientConnected:
    """The client is there. `crowded`: there are too many already, and it must be told so."""

    crowded: bool = False


@dataclass(slots=True)
class ClientBytes:
    """The client sent something."""

    data: bytes


@dataclass(slots=True)
class ClientEof:
    """The client sends nothing more."""


@dataclass(slots=True)
class ClientLost:
    """The connection of the client is gone. Nothing that is sent to it reaches anybody."""


@dataclass(slots=True)
class ClientFull:
    """The client does not take what was sent as fast as it is sent."""


@dataclass(slots=True)
class ClientTook:
    """Everything that was sent to the client is in the operating system's hands. Comes once after whatever was sent."""


@dataclass(slots=True)
class UpstreamChecked:
    """The answer to CheckUpstream. `fresh`: nothing has come on the idle connection, nor has it ended."""

    fresh: bool


@dataclass(slots=True)
class UpstreamConnected:
    """The connection to the upstream is there."""


@dataclass(slots=True)
class UpstreamUnreachable:
    """It could not be made."""

    error: Exception


@dataclass(slots=True)
class UpstreamBytes:
    """The upstream sent something, which arrived at `at_ns`."""

    data: bytes
    at_ns: int


@dataclass(slots=True)
class UpstreamLost:
    """The upstream sends nothing more. `error` None: it closed the connection cleanly."""

    error: BaseException | None = None


@dataclass(slots=True)
class UpstreamFull:
    """The upstream does not take what was sent as fast as it is sent."""


@dataclass(slots=True)
class UpstreamDrained:
    """It does again."""


@dataclass(slots=True)
class TimerFired:
    """The time is over, and StopTimer has not come."""

    timer: Timer


Event = (
    ClientConnected
    | ClientBytes
    | ClientEof
    | ClientLost
    | ClientFull
    | ClientTook
    | UpstreamChecked
    | UpstreamConnected
    | UpstreamUnreachable
    | UpstreamBytes
    | UpstreamLost
    | UpstreamFull
    | UpstreamDrained
    | TimerFired
)
