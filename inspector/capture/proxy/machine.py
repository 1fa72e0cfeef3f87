"""The proxy of one client connection as a machine: it takes events and gives commands, without sockets or a clock.

Like mitmproxy's layers it is sans-I/O (https://sans-io.readthedocs.io): the same events give the same commands, so all
that a proxy must get right can be tried without a network. `ClientConnection` carries the commands out.
"""

import re
from collections.abc import Callable
from typing import Final

from inspector.capture.proxy import failures
from inspector.capture.proxy.body_framing import FramingError
from inspector.capture.proxy.commands import (
    AbortClient,
    CheckUpstream,
    CloseClient,
    CloseUpstream,
    Command,
    DecryptClient,
    HalfCloseClient,
    PauseClient,
    ResetClient,
    ResumeClient,
    SendToClient,
    StartTimer,
    StopTimer,
    TunnelClient,
)
from inspector.capture.proxy.events import (
    ClientBytes,
    ClientConnected,
    ClientEof,
    ClientFull,
    ClientLost,
    ClientTook,
    Event,
    Timer,
    TimerFired,
    UpstreamBytes,
    UpstreamChecked,
    UpstreamConnected,
    UpstreamDrained,
    UpstreamFull,
    UpstreamLost,
    UpstreamUnreachable,
)
from inspector.capture.proxy.http_head import LARGEST_HEAD, HeadError, RequestHead, head_end
from inspector.capture.proxy.round_trip import After, RoundTrip
from inspector.capture.proxy.settings import Interception, ProxySettings

_MOST_AHEAD: Final = 256 << 10
_LINGER_S: Final = 2.0
# What one of too many connections may take for its head.
_CROWDED_HEAD_S: Final = 2.0
_METHOD_BEGINS: Final = re.compile(rb"[A-Za-z]")


class ProxyMachine:
    """A connection of whoever uses the proxy, and the one to the upstream that belongs to it.

    Its requests are handled in order, one at a time. Feed every event to `handle`, in order. It calls `do` with each
    command as soon as it is decided; events that come of carrying it out are for when `handle` has returned.
    """

    def __init__(self, settings: ProxySettings, do: Callable[[Command], None]) -> None:
        self._settings = settings
        self._do = do
        # What the client sent for requests after the current one, and how much of it is known to hold no head's end.
        self._ahead = bytearray()
        self._searched = 0
        self._round_trip: RoundTrip | None = None
        # An idle connection to the upstream is there; it is being checked for the round trip, which has not begun.
        self._idle_upstream = False
        self._checking = False
        self._client_full = False
        self._paused = False
        self._ended = False
        self._lingering = False
        self._crowded = False
        self._awaiting_head = False

    def handle(self, event: Event) -> None:
        """Has done what is to be done because of this event."""
        trip = self._round_trip
        match event:
            case UpstreamBytes():
                if trip and not self._checking:
                    trip.upstream_bytes(event.data, event.at_ns)
                    if trip.after is None:
                        return
                elif self._idle_upstream:
                    # An answer to nothing: whatever it is, the next request must not get it.
                    self._idle_upstream = False
                    self._do(CloseUpstream())
            case ClientTook():
                self._client_full = False
                if trip:
                    trip.client_took()
                    if trip.after is None:
                        return
            case ClientFull():
                self._client_full = True
                if trip:
                    trip.client_full()
            case ClientBytes():
                self._client_bytes(event.data)
            case ClientConnected():
                self._crowded = event.crowded
                self._await_head()
            case UpstreamChecked():
                self._begin(event.fresh)
            case UpstreamConnected() if trip:
                trip.upstream_connected()
            case UpstreamUnreachable() if trip:
                trip.upstream_unreachable(event.error)
            case UpstreamLost():
                self._idle_upstream = False
                if trip and not self._checking:
                    trip.upstream_lost(event.error)
            case UpstreamFull() | UpstreamDrained():
                if trip:
                    trip.upstream_full(isinstance(event, UpstreamFull))
            case TimerFired():
                if event.timer is Timer.LINGER:
                    self._lingering = False
                    self._do(AbortClient())
                elif event.timer is Timer.HEAD:
                    self._head_overdue()
                elif trip:
                    trip.response_overdue()
            case ClientEof():
                # Nobody half-closes an HTTP connection; and who did would look just like one who left.
                self._do(AbortClient() if trip else CloseClient())
            case ClientLost():
                self._client_lost()
        self._conclude()
        self._regulate()

    def _client_bytes(self, data: bytes) -> None:
        if self._lingering:
            self._do(StartTimer(Timer.LINGER, _LINGER_S))
        if self._ended:
            return
        trip = self._round_trip
        if trip and trip.takes_request and not self._checking:
            try:
                count = trip.client_bytes(data)
            except FramingError as error:
                trip.client_broken(str(error))
                return
            data = data[count:]
        self._ahead += data
        if self._round_trip is None:
            self._next()

    def _client_lost(self) -> None:
        if self._lingering:
            self._lingering = False
            self._do(StopTimer(Timer.LINGER))
        self._stop_awaiting()
        if self._idle_upstream:
            self._idle_upstream = False
            self._do(CloseUpstream())
        if self._checking:
            self._checking = False
            self._round_trip = None
        if self._round_trip:
            self._round_trip.client_lost()
        self._ended = True

    def _next(self) -> None:
        """Takes on the next request, if its head is there."""
        # Empty lines before a request are none of it: RFC 9112, section 2.2.
        if self._ahead.startswith((b"\r", b"\n")):
            self._ahead = self._ahead.lstrip(b"\r\n")
            self._searched = 0
        end = head_end(self._ahead, self._searched)
        self._searched = 0 if end else len(self._ahead)
        try:
            if end is None:
                self._check_start()
                return
            self._stop_awaiting()
            head = RequestHead.parse(bytes(self._ahead[:end]))
            if self._crowded:
                self._refuse(503, "too many connections are open: try again", head)
                return
            if head.method == b"CONNECT" and (interception := self._settings.interception):
                self._tunnel(head, bytes(self._ahead[end:]), interception)
                return
            if refusal := failures.refusal(head, self._settings):
                self._refuse(*refusal, head)
                return
            self._round_trip = RoundTrip(head, self._settings, self._do)
        except HeadError as error:
            self._refuse(400, f"this is no HTTP request: {error}")
            return
        del self._ahead[:end]
        self._checking = self._idle_upstream
        if self._checking:
            self._do(CheckUpstream())
        else:
            self._begin(fresh=False)

    def _tunnel(self, head: RequestHead, early: bytes, interception: Interception) -> None:
        """What comes next on this connection is not for us. Raises HeadError."""
        host, port = head.tunnel()
        upstream = interception.upstream(host, port)
        if refusal := failures.tunnel_refusal(head, interception):
            self._refuse(*refusal)
        elif upstream and early:
            self._refuse(400, "TLS begins when the tunnel is there")
        else:
            self._ended = True
            self._ahead.clear()
            authority = head.target.decode("ascii").lower().removesuffix(":443")
            self._do(DecryptClient(host, authority, upstream) if upstream else TunnelClient(host, port, early))

    def _check_start(self) -> None:
        """Garbage need not have an end. Raises HeadError."""
        if not self._ahead:
            return
        start, line_end, _ = self._ahead[:LARGEST_HEAD].partition(b"\n")
        if line_end:
            RequestHead.parse_start(bytes(start.rstrip(b"\r")), [])
        elif not _METHOD_BEGINS.match(start):
            tls = "this port speaks plain HTTP, not TLS" if start[0] == 0x16 else "it does not begin with a method"
            raise HeadError(tls)
        if len(self._ahead) > LARGEST_HEAD:
            self._refuse(431, f"the head of the request does not end within {LARGEST_HEAD >> 10} KB")
        else:
            self._await_head()

    def _await_head(self) -> None:
        """Begun, or on a new connection, a head must be whole in time. In between clients keep connections idle."""
        if not self._awaiting_head:
            self._awaiting_head = True
            self._do(StartTimer(Timer.HEAD, _CROWDED_HEAD_S if self._crowded else self._settings.head_s))

    def _stop_awaiting(self) -> None:
        if self._awaiting_head:
            self._awaiting_head = False
            self._do(StopTimer(Timer.HEAD))

    def _head_overdue(self) -> None:
        self._awaiting_head = False
        if self._ahead:
            self._refuse(408, f"the head of the request was not there after {self._settings.head_s:g} s")
        else:
            self._ended = True
            self._do(CloseClient())

    def _begin(self, fresh: bool) -> None:
        """Begins the round trip: on the idle connection, if that is fresh."""
        trip = self._round_trip
        if trip is None:
            return
        self._checking = False
        idle, self._idle_upstream = self._idle_upstream, False
        if idle and not fresh:
            self._do(CloseUpstream())
        trip.begin(idle and fresh, self._client_full)
        if self._ahead:
            data, self._ahead = bytes(self._ahead), bytearray()
            self._client_bytes(data)

    def _conclude(self) -> None:
        """Goes on after a round trip that is over."""
        while (trip := self._round_trip) and trip.after:
            self._round_trip = None
            self._idle_upstream = trip.keeps_upstream
            match trip.after:
                case After.NEXT:
                    self._next()
                case After.CLOSE:
                    self._ended = True
                    self._do(CloseClient())
                case After.RESET:
                    self._ended = True
                    self._do(ResetClient())
                case After.LINGER:
                    self._linger()
                case After.GONE:
                    self._ended = True

    def _refuse(self, status: int, message: str, head: RequestHead | None = None) -> None:
        bodiless = head is not None and head.method == b"HEAD"
        origin = failures.readable_by(head, self._settings) if head else None
        self._do(SendToClient(failures.error_response(status, message, bodiless=bodiless, origin=origin)))
        self._linger()

    def _linger(self) -> None:
        """Closes the connection once the client has the answer, although it may still be sending."""
        self._stop_awaiting()
        self._ended = self._lingering = True
        self._ahead.clear()
        self._do(HalfCloseClient())
        self._do(StartTimer(Timer.LINGER, _LINGER_S))

    def _regulate(self) -> None:
        """Has the client read no faster than what it sends is passed on."""
        if self._ended and not self._lingering:
            return
        ahead = len(self._ahead) > _MOST_AHEAD
        hold = not self._lingering and (ahead or (self._round_trip is not None and self._round_trip.holds_client))
        if hold != self._paused:
            self._paused = hold
            self._do(PauseClient() if hold else ResumeClient())
