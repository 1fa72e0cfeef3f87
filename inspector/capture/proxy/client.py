import asyncio
import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from inspector.capture.proxy.exchange import Exchange
from inspector.capture.proxy.failures import error_body
from inspector.capture.proxy.framing import FramingError
from inspector.capture.proxy.heads import LARGEST_HEAD, HeadError, RequestHead, head_end, joined
from inspector.capture.proxy.link import Link
from inspector.sockets import has_left, reset, unsent

if TYPE_CHECKING:
    from inspector.capture.proxy.proxy import Proxy

_MOST_AHEAD: Final = 256 << 10
_SEND_BUFFER: Final = 64 << 10
_LINGER_S: Final = 2.0
_WATCH_S: Final = 0.4
_CHECK_S: Final = 0.002
_LONGEST_DRAIN_S: Final = 30.0
_METHOD_BEGINS: Final = re.compile(rb"[A-Za-z]")


class Client(asyncio.Protocol):
    """A connection of whoever uses the proxy. Its requests are handled in order, one at a time."""

    def __init__(self, proxy: "Proxy") -> None:
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._ahead = bytearray()
        self._searched = 0
        self._exchange: Exchange | None = None
        self._link: Link | None = None
        self._ended = False
        self._lingering: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self.is_full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Whatever the operating system does not take at once is not taken yet; and it shall not take megabytes.
        self._transport.set_write_buffer_limits(0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._proxy.clients.add(self)

    def data_received(self, data: bytes) -> None:
        if self._ended:
            if self._lingering:
                self._linger()
            return
        exchange = self._exchange
        if exchange and exchange.takes_request:
            try:
                data = data[exchange.request_data(data) :]
            except FramingError as error:
                exchange.client_broken(str(error))
                return
        if data:
            self._ahead += data
            if self._exchange is None:
                self._next()
            elif len(self._ahead) > _MOST_AHEAD:
                self.hold(True)

    def eof_received(self) -> None:
        if self._exchange:
            # Nobody half-closes an HTTP connection; and who did would look just like one who left.
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._proxy.clients.discard(self)
        for timer in (self._lingering, self._watching):
            if timer:
                timer.cancel()
        if self._link:
            self._link.abort()
        if self._exchange:
            exchange, self._exchange = self._exchange, None
            exchange.client_left()

    def pause_writing(self) -> None:
        self.is_full = True
        if self._exchange:
            self._exchange.client_full(True)

    def resume_writing(self) -> None:
        self.is_full = False
        if self._exchange:
            self._exchange.client_full(False)

    # What an exchange asks for

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def hold(self, hold: bool) -> None:
        """Whether to stop reading for now."""
        if self._transport.is_closing():
            return
        if hold and not self._watching:
            self._transport.pause_reading()
            self._watching = self._loop.call_later(_WATCH_S, self._watch)
        elif not hold and self._watching:
            self._watching.cancel()
            self._watching = None
            self._transport.resume_reading()

    def done(self, link: Link | None, keep: bool) -> None:
        """The exchange is over. `link`: for the next one; `keep`: whether there may be one."""
        self._exchange = None
        self._link = link
        if not keep:
            self._ended = True
            self._transport.close()
        elif self._ahead:
            self._loop.call_soon(self._next)
        self.hold(False)

    def refuse(self, status: int, message: str, keep: bool = False, bodiless: bool = False) -> None:
        """Answers with an error of the proxy's own."""
        body = error_body(status, message)
        lines = [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
        if not keep:
            lines.append(b"Connection: close")
        self.write(joined(b"HTTP/1.1 %d %b" % (status, _REASONS[status]), lines) + (b"" if bodiless else body))
        if keep:
            self.done(None, keep)
        else:
            self.linger()

    def linger(self) -> None:
        """Closes the connection once the client has the answer, although it may still be sending."""
        self._exchange = None
        self._ended = True
        if not self._transport.is_closing():
            with suppress(OSError):
                self._transport.write_eof()
            self.hold(False)
            self._linger()

    def cut(self, with_reset: bool) -> None:
        """Ends the connection in the middle of the response, as the upstream did."""
        self._exchange = None
        self._ended = True
        if with_reset:
            self._reset_once_sent(self._loop.time() + _LONGEST_DRAIN_S)
        else:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

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
        if (self.is_full or unsent(self._transport)) and self._loop.time() < until:
            self._loop.call_later(_CHECK_S, self._reset_once_sent, until)
        else:
            reset(self._transport)

    def _linger(self) -> None:
        if self._lingering:
            self._lingering.cancel()
        self._lingering = self._loop.call_later(_LINGER_S, self._transport.abort)

    def _next(self) -> None:
        """Begins the next exchange, if its head is there."""
        if self._exchange or self._ended:
            return
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
            head = RequestHead.parse(bytes(self._ahead[:end]))
            if refusal := self._proxy.refusal(head):
                self.refuse(*refusal, bodiless=head.method == b"HEAD")
                return
            exchange = Exchange(self._proxy, self, head)
        except HeadError as error:
            self.refuse(400, f"this is no HTTP request: {error}")
            return
        rest = bytes(self._ahead[end:])
        self._ahead.clear()
        link, self._link = self._link, None
        self._exchange = exchange
        exchange.begin(link)
        if rest:
            self.data_received(rest)

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
            self.refuse(431, f"the head of the request does not end within {LARGEST_HEAD >> 10} KB")


_REASONS: Final = {
    400: b"Bad Request",
    403: b"Forbidden",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    504: b"Gateway Timeout",
}
