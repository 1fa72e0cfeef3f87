"""One request and its response on their way through the proxy, as part of the machine of a connection."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from inspector.capture.proxy import failures
from inspector.capture.proxy.body_framing import BodyFraming, FramingError, request_framing, response_framing
from inspector.capture.proxy.commands import (
    RECORDING,
    BeginRecording,
    CloseUpstream,
    Command,
    ConnectUpstream,
    EndRecording,
    PauseUpstream,
    RecordRead,
    RecordRequestBody,
    RecordRequestEnd,
    RecordResponse,
    RecordStop,
    RecordTaken,
    ResumeUpstream,
    SendToClient,
    SendToUpstream,
    StartTimer,
    StopTimer,
)
from inspector.capture.proxy.events import Timer
from inspector.capture.proxy.failures import Failure
from inspector.capture.proxy.http_head import LARGEST_HEAD, HeadError, RequestHead, UpstreamResponseHead, head_end
from inspector.capture.proxy.settings import ProxySettings
from inspector.protocol.endpoints import is_login
from inspector.recording import EndReason

# Methods that may be sent twice although nobody knows what became of the first time: RFC 9110, section 9.2.2.
_IDEMPOTENT: Final = (b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE")
_MOST_WAITING: Final = 256 << 10


class After(Enum):
    """What becomes of the client's connection after a round trip. LINGER: it may still be sending."""

    NEXT = auto()
    CLOSE = auto()
    LINGER = auto()
    RESET = auto()
    GONE = auto()


class _Connection(Enum):
    """The round trip's connection to the upstream."""

    NONE = auto()
    CONNECTING = auto()
    CONNECTED = auto()


class RoundTrip:
    """What is to be done for one request and its response. Raises HeadError where the head will not do.

    Each method is an event and puts its commands into `do`: bytes are passed on first, and recorded then. `after` is
    set when the round trip is over, and with it `keeps_upstream`: whether the next one may use its connection.
    A login is passed on and not recorded: the answer's body would be kept as it is, and holds tokens.
    """

    def __init__(self, head: RequestHead, settings: ProxySettings, do: Callable[[Command], None]) -> None:
        self.after: After | None = None
        self.keeps_upstream = False
        self._head = head
        self._settings = settings
        self._do = _unrecorded(do) if is_login(head.target.decode("latin-1")) else do
        self._request = request_framing(head)
        self._sent_head = head.for_upstream(
            settings.upstream.authority, settings.upstream.target(head.target), settings.hop
        )
        self._answer: UpstreamResponseHead | None = None
        self._response: BodyFraming | None = None
        self._response_head = bytearray()
        self._dechunk = False
        self._upstream = _Connection.NONE
        self._upstream_full = False
        self._keep_upstream = False
        self._repeatable = False
        # For the upstream, until it is connected.
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._client_full = False
        self._keep_client = False
        # Whether anything that was sent to the client, and content among it, is not known to be taken.
        self._untaken = self._untaken_content = False
        self._timing = False
        self._over = False
        self._recorded = False

    @property
    def takes_request(self) -> bool:
        """Whether more of the request's body is to come."""
        return not self._request.done

    @property
    def holds_client(self) -> bool:
        """Whether enough of the request waits to be sent."""
        connecting = self._upstream is _Connection.CONNECTING
        return self._upstream_full or (connecting and self._waiting_size > _MOST_WAITING)

    # The client's side

    def begin(self, connected: bool, client_full: bool) -> None:
        """`connected`: on a connection that was used before."""
        self._client_full = self._untaken = client_full
        if connected:
            self._repeatable = self._request.done and self._head.method in _IDEMPOTENT
            self._upstream = _Connection.CONNECTED
        else:
            self._connect()
        self._send(self._sent_head)
        self._do(BeginRecording(self._head))
        if self._request.done:
            self._request_done()

    def client_bytes(self, data: bytes) -> int:
        """Passes on what belongs to the request; how many bytes that were. Raises FramingError."""
        count, content = self._request.feed(data)
        self._send(data[:count])
        if content and not self._over:
            self._do(RecordRequestBody(content))
        if self._request.done:
            self._request_done()
        return count

    def client_broken(self, why: str) -> None:
        """What the client sends is no request any more."""
        self.client_lost(("BadRequest", why))
        if self._answer:
            self.after = After.CLOSE
        else:
            self._answer_with_error(400, why, keep=False)
            self.after = After.LINGER

    def client_lost(self, error: tuple[str, str] | None = None) -> None:
        """The client has gone: so does the connection to the upstream, at once."""
        self._drop_upstream()
        if self._over:
            self._end_recording(None)
        else:
            self._stop()
            self._end_recording("cancelled", error)
        self.after = After.GONE

    def client_full(self) -> None:
        """The client does not take what is sent: nor is more taken from the upstream."""
        if not self._client_full:
            self._client_full = True
            if self._upstream is _Connection.CONNECTED:
                self._do(PauseUpstream())

    def client_took(self) -> None:
        """Nothing waits to be taken by the client."""
        waited, self._client_full, self._untaken = self._client_full, False, False
        if waited and self._upstream is _Connection.CONNECTED:
            self._do(ResumeUpstream())
        if self._untaken_content:
            self._untaken_content = False
            self._do(RecordTaken(waited))
        if self._over and not self._recorded:
            self._delivered()

    # The upstream's side

    def upstream_connected(self) -> None:
        """What waited is sent."""
        self._upstream = _Connection.CONNECTED
        waiting, self._waiting, self._waiting_size = self._waiting, [], 0
        self._do(SendToUpstream(b"".join(waiting)))
        if self._client_full:
            self._do(PauseUpstream())

    def upstream_unreachable(self, error: Exception) -> None:
        """There is no connection."""
        self._upstream = _Connection.NONE
        self._fail(failures.connecting(error, self._settings.connect_s))

    def upstream_bytes(self, data: bytes, at_ns: int) -> None:
        """Something of the response, which arrived at this time."""
        if self._over:
            # More than the whole response: no request may be sent there any more.
            self._keep_upstream = False
        elif self._response is None:
            self._head_bytes(data, at_ns)
        else:
            self._body_bytes(data, at_ns)

    def upstream_full(self, full: bool) -> None:
        """The upstream does not take what is sent, or does again."""
        self._upstream_full = full

    def upstream_lost(self, error: BaseException | None) -> None:
        """The connection is over; `error` None: cleanly."""
        self._upstream = _Connection.NONE
        self._upstream_full = self._keep_upstream = False
        if self._over:
            # The answer is whole, and nobody takes the rest of the request.
            if not self._request.done:
                self._end_recording(None)
                self.after = After.LINGER
        elif self._response and self._response.endless and error is None:
            self._response_done()
        elif self._repeatable:
            # An idle connection may be closed at the very moment when it is used again.
            self._repeatable = False
            self._connect()
            self._send(self._sent_head)
        else:
            self._fail(failures.lost(error, self._answer is not None), with_reset=error is not None)

    def response_overdue(self) -> None:
        """The time for the head of the response is over."""
        self._timing = False
        self._fail(failures.silent(self._settings.response_s))

    # In between

    def _connect(self) -> None:
        self._upstream = _Connection.CONNECTING
        self._do(ConnectUpstream())

    def _send(self, data: bytes) -> None:
        if self._upstream is _Connection.CONNECTED:
            self._do(SendToUpstream(data))
        elif self._upstream is _Connection.CONNECTING:
            self._waiting.append(data)
            self._waiting_size += len(data)

    def _to_client(self, data: bytes) -> None:
        if data:
            self._untaken = True
            self._do(SendToClient(data))

    def _request_done(self) -> None:
        if self._over:
            if self._recorded:
                self._finish()
            return
        if self._answer is None:
            self._timing = True
            self._do(StartTimer(Timer.RESPONSE, self._settings.response_s))
        self._do(RecordRequestEnd())

    def _head_bytes(self, data: bytes, at_ns: int) -> None:
        self._repeatable = False
        searched = len(self._response_head)
        self._response_head += data
        while (end := head_end(self._response_head, searched)) is not None:
            text, rest = bytes(self._response_head[:end]), bytes(self._response_head[end:])
            try:
                head = UpstreamResponseHead.parse(text)
                framing = response_framing(head, self._head.method)
                if head.status == 101:
                    raise HeadError("it switches protocols, which nobody asked for")
            except HeadError as error:
                self._fail(failures.garbled(str(error)))
                return
            if head.status >= 200:
                self._begin_response(head, framing, rest, at_ns)
                return
            if self._head.minor:
                self._to_client(head.for_client())
            self._response_head = bytearray(rest)
            searched = 0
        if len(self._response_head) > LARGEST_HEAD:
            self._fail(failures.garbled(f"its head does not end within {LARGEST_HEAD >> 10} KB"))

    def _begin_response(self, head: UpstreamResponseHead, framing: BodyFraming, rest: bytes, at_ns: int) -> None:
        self._answer, self._response = head, framing
        self._stop_timer()
        chunked = bool(head.tokens(b"transfer-encoding"))
        self._dechunk = chunked and self._head.minor == 0
        self._keep_upstream = head.keeps_alive and not framing.endless
        self._keep_client = self._head.keeps_alive and not framing.endless and not self._dechunk
        own = b"" if self._keep_client else b"Connection: close"
        if self._keep_client and self._head.minor == 0:
            own = b"Connection: keep-alive"
        self._body_bytes(rest, at_ns, head.for_client(own, chunks=not self._dechunk))

    def _body_bytes(self, data: bytes, at_ns: int, head: bytes = b"") -> None:
        framing, answer = self._response, self._answer
        assert framing
        assert answer
        broken: FramingError | None = None
        try:
            count, content = framing.feed(data)
        except FramingError as error:
            # The client gets the same bytes, and so the same trouble.
            count, content, broken = len(data), error.content, error
        out = content if self._dechunk else data if count == len(data) else data[:count]
        self._to_client(head + out if head else out)
        if head:
            self._do(RecordResponse(answer, at_ns))
        if content:
            self._untaken_content = True
            self._do(RecordRead(content, at_ns))
        if count < len(data):
            self._keep_upstream = False
        if broken:
            self._fail(failures.garbled(str(broken)))
        elif framing.done:
            self._response_done()

    def _response_done(self) -> None:
        self._stop()
        if not self._untaken:
            self._delivered()

    def _delivered(self) -> None:
        """The client has taken all of the response."""
        self._end_recording(None)
        if self._request.done:
            self._finish()

    def _finish(self) -> None:
        """Request and response are whole."""
        connected = self._upstream is _Connection.CONNECTED
        self.keeps_upstream = connected and self._keep_upstream and self._keep_client
        if not self.keeps_upstream:
            self._drop_upstream()
        self.after = After.NEXT if self._keep_client else After.CLOSE

    def _fail(self, failure: Failure, with_reset: bool = False) -> None:
        """The upstream's fault. The client sees what it would have seen, or an error where nothing has come yet."""
        if self._over:
            return
        self._drop_upstream()
        self._stop()
        if self._answer:
            self.after = After.RESET if with_reset else After.CLOSE
        else:
            keep = self._request.done and self._head.keeps_alive
            self._answer_with_error(failure.status, f"{self._settings.upstream.origin}: {failure.told}", keep)
            self.after = After.NEXT if keep else After.LINGER
        self._end_recording(failure.reason, failure.error)

    def _answer_with_error(self, status: int, message: str, keep: bool) -> None:
        bodiless = self._head.method == b"HEAD"
        origin = failures.readable_by(self._head, self._settings)
        self._to_client(failures.error_response(status, message, keep=keep, bodiless=bodiless, origin=origin))

    def _stop(self) -> None:
        self._over = True
        self._do(RecordStop())
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timing:
            self._timing = False
            self._do(StopTimer(Timer.RESPONSE))

    def _end_recording(self, reason: EndReason | None, error: tuple[str, str] | None = None) -> None:
        if not self._recorded:
            self._recorded = True
            self._do(EndRecording(reason, error))

    def _drop_upstream(self) -> None:
        if self._upstream is not _Connection.NONE:
            self._upstream = _Connection.NONE
            self._do(CloseUpstream())
        self._upstream_full = self._keep_upstream = False


def _unrecorded(do: Callable[[Command], None]) -> Callable[[Command], None]:
    def passed(command: Command) -> None:
        if not isinstance(command, RECORDING):
            do(command)

    return passed
