"""A connection of whoever uses the proxy: what happens goes to its machine, whose commands are carried out."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, cast

from inspector.capture.proxy import failures
from inspector.capture.proxy.commands import (
    AbortClient,
    BeginRecording,
    CheckUpstream,
    CloseClient,
    CloseUpstream,
    Command,
    ConnectUpstream,
    DecryptClient,
    EndRecording,
    HalfCloseClient,
    PauseClient,
    PauseUpstream,
    RecordRead,
    RecordRequestBody,
    RecordRequestEnd,
    RecordResponse,
    RecordStop,
    RecordTaken,
    ResetClient,
    ResumeClient,
    ResumeUpstream,
    SendToClient,
    SendToUpstream,
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
from inspector.capture.proxy.machine import ProxyMachine
from inspector.capture.proxy.recordings import ProxiedRecording, ProxyRecordings
from inspector.capture.proxy.settings import ProxySettings
from inspector.capture.proxy.tunnel import TunnelEnd
from inspector.capture.proxy.upstream_connection import UpstreamConnection
from inspector.net.outgoing import connect
from inspector.net.sockets import has_left, reset, unsent

_SEND_BUFFER: Final = 64 << 10
_WATCH_S: Final = 0.4
_CHECK_S: Final = 0.002
_LONGEST_DRAIN_S: Final = 30.0
_TOOK: Final = ClientTook()
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Shared:
    """What the connections of a proxy have in common. `most`: how many may ask; `note`: says a line once.

    `trust`: whose certificates an upstream may have. `decrypted`, `tunnelled`: the hosts to which tunnels were asked
    for, the latter with their ports.
    """

    recordings: ProxyRecordings
    most: int
    trust: ssl.SSLContext | None
    note: Callable[[str], None]
    decrypted: set[str]
    tunnelled: set[str]
    connections: "set[ClientConnection]" = field(default_factory=set)


class ClientConnection(asyncio.Protocol):
    """Carries out what its machine says. While it is open it is one of the shared connections."""

    def __init__(self, settings: ProxySettings, shared: Shared) -> None:
        self._settings = settings
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._machine = ProxyMachine(settings, self._carry_out)
        self._events: deque[Event] = deque()
        self._handling = False
        # TLS with the client is being set up: what happens is for later.
        self._securing = False
        self._full = False
        self._sent = False
        self._upstream: UpstreamConnection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._tunnel: asyncio.Task[None] | None = None
        self._recording: ProxiedRecording | None = None
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._watching: asyncio.TimerHandle | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        # Whatever the operating system does not take at once is not taken yet; and it shall not take megabytes.
        self._transport.set_write_buffer_limits(0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        connections = self._shared.connections
        connections.add(self)
        self._handle(ClientConnected(len(connections) > self._shared.most))

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._handle(ClientBytes(data))

    def eof_received(self) -> bool:
        """Called by asyncio. The machine says what becomes of the connection."""
        self._handle(ClientEof())
        # TLS knows no half-closed connections.
        return self._transport.can_write_eof()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._shared.connections.discard(self)
        if self._watching:
            self._watching.cancel()
        self._handle(ClientLost())

    def pause_writing(self) -> None:
        """Called by asyncio, often while something is being sent."""
        self._full = True
        self._handle(ClientFull())

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._full = False
        self._handle()

    def abort(self) -> None:
        """Closes the connection at once."""
        self._transport.abort()

    # What the connection to the upstream calls

    def upstream_bytes(self, data: bytes, at_ns: int) -> None:
        """See `UpstreamListener`."""
        self._handle(UpstreamBytes(data, at_ns))

    def upstream_lost(self, error: BaseException | None) -> None:
        """See `UpstreamListener`."""
        self._upstream = None
        self._handle(UpstreamLost(error))

    def upstream_full(self, full: bool) -> None:
        """See `UpstreamListener`."""
        self._handle(UpstreamFull() if full else UpstreamDrained())

    # In between

    def _handle(self, event: Event | None = None) -> None:
        """Has the machine take the event, and those that come of carrying its commands out."""
        if event:
            self._events.append(event)
        if self._handling or self._securing:
            return
        self._handling = True
        handle, events = self._machine.handle, self._events
        try:
            while True:
                while events:
                    handle(events.popleft())
                if self._full or not self._sent:
                    break
                self._sent = False
                handle(_TOOK)
        finally:
            self._handling = False
        if recording := self._recording:
            recording.to.settle()
            recordings = self._shared.recordings
            if recordings.behind(recording) and (upstream := self._upstream):
                upstream.hold(True, recorder=True)
                recordings.once_caught_up(recording, lambda: upstream.hold(False, recorder=True))

    def _carry_out(self, command: Command) -> None:
        # The ones that each read needs come first.
        match command:
            case SendToClient():
                self._sent = True
                self._transport.write(command.data)
            case RecordRead():
                if self._recording:
                    self._recording.to.read(command.content, command.at_ns)
            case RecordTaken():
                if self._recording:
                    self._recording.to.taken(command.waited)
            case SendToUpstream():
                if self._upstream:
                    self._upstream.write(command.data)
            case PauseUpstream() | ResumeUpstream():
                if self._upstream:
                    self._upstream.hold(isinstance(command, PauseUpstream))
            case PauseClient() | ResumeClient():
                self._hold(isinstance(command, PauseClient))
            case CheckUpstream():
                self._handle(UpstreamChecked(self._upstream is not None and self._upstream.is_fresh))
            case ConnectUpstream():
                self._connecting = self._loop.create_task(self._connect())
            case CloseUpstream():
                self._close_upstream()
            case StartTimer():
                self._stop_timer(command.timer)
                self._timers[command.timer] = self._loop.call_later(command.seconds, self._fired, command.timer)
            case StopTimer():
                self._stop_timer(command.timer)
            case HalfCloseClient():
                if not self._transport.is_closing() and self._transport.can_write_eof():
                    with suppress(OSError):
                        self._transport.write_eof()
            case CloseClient():
                self._transport.close()
            case ResetClient():
                self._reset_once_sent(self._loop.time() + _LONGEST_DRAIN_S)
            case AbortClient():
                self._transport.abort()
            case DecryptClient():
                self._tunnel = self._loop.create_task(self._decrypt(command))
            case TunnelClient():
                self._tunnel = self._loop.create_task(self._pass_on(command))
            case BeginRecording():
                self._recording = self._shared.recordings.begin(command.head, self._settings.upstream)
            case _:
                if self._recording:
                    self._record(command, self._recording)

    def _record(
        self,
        command: RecordRequestBody | RecordRequestEnd | RecordResponse | RecordStop | EndRecording,
        recording: ProxiedRecording,
    ) -> None:
        match command:
            case RecordRequestBody():
                recording.to.request_body(command.content)
            case RecordRequestEnd():
                recording.to.request_done()
            case RecordResponse():
                recording.response(command.head, command.at_ns)
            case RecordStop():
                recording.to.stop()
            case EndRecording():
                self._recording = None
                self._shared.recordings.end(recording, command.reason, command.error)

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_s):
                address = self._settings.upstream
                trust = self._shared.trust if address.scheme == "https" else None
                route = self._settings.route(address.scheme, address.host)
                upstream = await UpstreamConnection.make(address, trust, route)
        except (OSError, TimeoutError, ValueError) as error:
            self._connecting = None
            self._handle(UpstreamUnreachable(error))
            return
        self._connecting = None
        self._upstream = upstream
        self._handle(UpstreamConnected())
        # Unless it was closed at once.
        if self._upstream is upstream:
            upstream.attach(self)

    async def _decrypt(self, command: DecryptClient) -> None:
        """Is the other end of the tunnel, and goes on there as if the client had come directly."""
        interception = self._settings.interception
        assert interception
        self._settings = replace(
            self._settings, upstream=command.upstream, authority=command.authority, interception=None
        )
        self._machine = ProxyMachine(self._settings, self._carry_out)
        self._securing = True
        self._shared.decrypted.add(command.host)
        context = interception.authority.context(command.host)
        transport = self._transport
        transport.pause_reading()
        transport.write(_ESTABLISHED)
        try:
            secured = await self._loop.start_tls(
                transport, self, context, server_side=True, ssl_handshake_timeout=self._settings.head_s
            )
        except OSError as error:
            self._shared.note(failures.handshake(command.host, error))
            self._shared.connections.discard(self)
            transport.abort()
            return
        self._transport = cast(asyncio.Transport, secured)
        # At 0 asyncio's TLS is full when nothing waits.
        self._transport.set_write_buffer_limits(1)
        self._securing = self._full = False
        self._events.appendleft(ClientConnected())
        self._handle()

    async def _pass_on(self, command: TunnelClient) -> None:
        """Gives the client a tunnel, and has no more to do with it."""
        host, port = command.host, command.port
        name = f"{host}:{port}"
        transport = self._transport
        transport.pause_reading()
        try:
            async with asyncio.timeout(self._settings.connect_s):
                far = await connect(TunnelEnd, host, port, None, self._settings.route("https", host))
        except (OSError, TimeoutError, ValueError) as error:
            failure = failures.connecting(error, self._settings.connect_s)
            transport.write(failures.error_response(failure.status, f"{name}: {failure.told}"))
            transport.close()
            return
        self._shared.tunnelled.add(name)
        if transport.is_closing():
            far.abort()
            return
        near = TunnelEnd(lambda: self._shared.connections.discard(self))
        transport.set_protocol(near)
        # More than that may wait at once here: it is nobody's to see how much was taken.
        transport.set_write_buffer_limits()
        near.connection_made(transport)
        near.send(_ESTABLISHED)
        if command.early:
            far.send(command.early)
        near.join(far)

    def _close_upstream(self) -> None:
        if self._connecting:
            self._connecting.cancel()
            self._connecting = None
        if self._upstream:
            self._upstream.abort()
            self._upstream = None

    def _fired(self, timer: Timer) -> None:
        del self._timers[timer]
        self._handle(TimerFired(timer))

    def _stop_timer(self, timer: Timer) -> None:
        if running := self._timers.pop(timer, None):
            running.cancel()

    def _hold(self, hold: bool) -> None:
        if self._transport.is_closing():
            return
        if hold and not self._watching:
            self._transport.pause_reading()
            self._watching = self._loop.call_later(_WATCH_S, self._watch)
        elif not hold and self._watching:
            self._watching.cancel()
            self._watching = None
            self._transport.resume_reading()

    def _watch(self) -> None:
        """Whoever does not read does not hear of an end either."""
        if has_left(self._transport):
            self.abort()
        else:
            self._watching = self._loop.call_later(_WATCH_S, self._watch)

    def _reset_once_sent(self, until: float) -> None:
        # A reset throws away what the client's operating system does not have yet.
        if self._transport.is_closing():
            return
        if (self._full or unsent(self._transport)) and self._loop.time() < until:
            self._loop.call_later(_CHECK_S, self._reset_once_sent, until)
        else:
            reset(self._transport)
