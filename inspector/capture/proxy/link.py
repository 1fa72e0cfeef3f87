import asyncio
import os
from contextlib import suppress
from typing import Protocol, cast

from inspector.sockets import readable


class Answering(Protocol):
    """Who is told what happens on the upstream's side."""

    def upstream_data(self, data: bytes) -> None: ...
    def upstream_lost(self, error: BaseException | None) -> None: ...
    def upstream_full(self, full: bool) -> None: ...


class Link(asyncio.Protocol):
    """A connection to the upstream. It belongs to one client connection, and to at most one exchange at a time."""

    def __init__(self) -> None:
        self.exchange: Answering | None = None
        self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.exchange:
            self.exchange.upstream_data(data)
        else:
            # An answer to nothing: whatever it is, the next request must not get it.
            self.abort()

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        if error and not self._lost and self._transport.get_extra_info("ssl_object") is None:
            self._read_rest()
        self._end(error)

    def pause_writing(self) -> None:
        if self.exchange:
            self.exchange.upstream_full(True)

    def resume_writing(self) -> None:
        if self.exchange:
            self.exchange.upstream_full(False)

    def write(self, data: bytes) -> None:
        if not self._lost:
            self._transport.write(data)

    def hold(self, hold: bool) -> None:
        """Whether to stop reading for now."""
        if self._lost:
            return
        if hold:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def abort(self) -> None:
        self._lost = True
        self._transport.abort()

    @property
    def is_fresh(self) -> bool:
        """Whether a further request may be sent: nothing, also no end, waits to be read."""
        if self._lost or self._transport.is_closing():
            return False
        return not readable(self._transport)

    def _read_rest(self) -> None:
        """Reads what a failed write left unread: an upstream may answer and close before it has the whole request."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        with suppress(OSError):
            while self.exchange and (data := os.read(descriptor, 1 << 18)):
                self.exchange.upstream_data(data)

    def _end(self, error: Exception | None) -> None:
        if not self._lost:
            self._lost = True
            if self.exchange:
                self.exchange.upstream_lost(error)
