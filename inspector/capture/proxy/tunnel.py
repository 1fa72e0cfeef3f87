"""A tunnel: what comes at one end goes out at the other, and nobody looks at it."""

import asyncio
from collections.abc import Callable
from typing import Self, cast


class TunnelEnd(asyncio.Protocol):
    """One end of a tunnel. Neither is read faster than the other takes it, and each may stop sending before the other.

    `closed` is called when its connection is gone.
    """

    def __init__(self, closed: Callable[[], None] = lambda: None) -> None:
        self._closed = closed
        self._other: Self | None = None
        self._early = b""
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, or by whoever made the connection."""
        self._transport = cast(asyncio.Transport, transport)
        # Until the other end is there.
        self._transport.pause_reading()

    def join(self, other: Self) -> None:
        """Makes a tunnel of this connected end and another one."""
        self._other, other._other = other, self
        for end in (self, other):
            if end._early:
                end.data_received(end._early)
            end._transport.resume_reading()

    def send(self, data: bytes) -> None:
        """Sends this out at this end."""
        self._transport.write(data)

    def abort(self) -> None:
        """Closes the connection at once."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._other:
            self._other._transport.write(data)
        else:
            self._early += data

    def eof_received(self) -> bool:
        """Called by asyncio."""
        self._ended = True
        other = self._other
        if other is None or other._ended:
            return False
        if not other._transport.is_closing():
            other._transport.write_eof()
        return True

    def pause_writing(self) -> None:
        """Called by asyncio."""
        if self._other:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        """Called by asyncio."""
        if self._other:
            self._other._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        if self._other and error:
            self._other._transport.abort()
        elif self._other:
            self._other._transport.close()
        self._closed()
