"""The connection to the upstream."""

import asyncio
import os
import ssl
from contextlib import suppress
from time import perf_counter_ns
from typing import Protocol, Self, cast

from inspector.capture.proxy.settings import UpstreamAddress
from inspector.net.outgoing import OutgoingProxy, connect
from inspector.net.sockets import readable


class UpstreamListener(Protocol):
    """Who is told what happens on the upstream's side."""

    def upstream_bytes(self, data: bytes, at_ns: int) -> None:
        """Something came, at this time of `perf_counter_ns`."""
        ...

    def upstream_lost(self, error: BaseException | None) -> None:
        """Nothing more comes; `error` None: it was closed cleanly. Told once."""
        ...

    def upstream_full(self, full: bool) -> None:
        """It does not take what is written as fast as it is written, or does again."""
        ...


class UpstreamConnection(asyncio.Protocol):
    """A connection to the upstream. It belongs to one client connection, which hears of it once it has attached."""

    def __init__(self) -> None:
        self._listener: UpstreamListener | None = None
        self._early: list[tuple[bytes, int]] = []
        self._lost = False
        self._held = self._held_by_recorder = False
        self._error: BaseException | None = None

    @classmethod
    async def make(cls, address: UpstreamAddress, tls: ssl.SSLContext | None, proxy: OutgoingProxy | None) -> Self:
        """A new connection. Raises OSError (of ssl and socket also) and ValueError."""
        return await connect(cls, address.host, address.port, tls, proxy)

    def attach(self, listener: UpstreamListener) -> None:
        """From now on this one is told, also of what has happened meanwhile."""
        self._listener = listener
        early, self._early = self._early, []
        for data, at_ns in early:
            self._tell_bytes(data, at_ns)
        if self._lost and self._listener:
            self._listener.upstream_lost(self._error)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._tell_bytes(data, perf_counter_ns())

    def eof_received(self) -> None:
        """Called by asyncio."""
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        if error and not self._lost and self._transport.get_extra_info("ssl_object") is None:
            self._read_rest()
        self._end(error)

    def pause_writing(self) -> None:
        """Called by asyncio."""
        if self._listener:
            self._listener.upstream_full(True)

    def resume_writing(self) -> None:
        """Called by asyncio."""
        if self._listener:
            self._listener.upstream_full(False)

    def write(self, data: bytes) -> None:
        """Sends these bytes, as far as there is still a connection."""
        if not self._lost:
            self._transport.write(data)

    def hold(self, hold: bool, recorder: bool = False) -> None:
        """Whether to stop reading for now: because of the client, or of the `recorder`, whose say counts too."""
        if recorder:
            self._held_by_recorder = hold
        else:
            self._held = hold
        if self._lost:
            return
        # Neither minds being told again.
        if self._held or self._held_by_recorder:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def abort(self) -> None:
        """Closes the connection at once; nobody is told anything any more."""
        self._listener = None
        self._lost = True
        self._transport.abort()

    @property
    def is_fresh(self) -> bool:
        """Whether a further request may be sent: nothing, also no end, waits to be read."""
        if self._lost or self._transport.is_closing():
            return False
        return not readable(self._transport)

    def _tell_bytes(self, data: bytes, at_ns: int) -> None:
        if self._listener:
            self._listener.upstream_bytes(data, at_ns)
        elif not self._lost:
            self._early.append((data, at_ns))

    def _read_rest(self) -> None:
        """Reads what a failed write left unread: an upstream may answer and close before it has the whole request."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        with suppress(OSError):
            while self._listener and (data := os.read(descriptor, 1 << 18)):
                self._listener.upstream_bytes(data, perf_counter_ns())

    def _end(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            self._error = error
            if self._listener:
                self._listener.upstream_lost(error)
