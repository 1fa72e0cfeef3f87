import asyncio
from typing import TYPE_CHECKING, Final

from inspector.capture.proxy import failures
from inspector.capture.proxy.failures import Failure
from inspector.capture.proxy.framing import Framing, FramingError, request_framing, response_framing
from inspector.capture.proxy.heads import LARGEST_HEAD, HeadError, RequestHead, ResponseHead, head_end
from inspector.capture.proxy.link import Link
from inspector.recording import EndReason

if TYPE_CHECKING:
    from inspector.capture.proxy.client import Client
    from inspector.capture.proxy.proxy import Proxy

# Methods that may be sent twice although nobody knows what became of the first time: RFC 9110, section 9.2.2.
_IDEMPOTENT: Final = (b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE")
_MOST_WAITING: Final = 256 << 10


class Exchange:
    """One request and its response, between a client and the upstream. Raises HeadError where the head will not do.

    Bytes are passed on first and recorded then.
    """

    def __init__(self, proxy: "Proxy", client: "Client", head: RequestHead) -> None:
        self._proxy = proxy
        self._client = client
        self._head = head
        self._request = request_framing(head)
        self._response: Framing | None = None
        self._answer: ResponseHead | None = None
        self._dechunk = False
        self._head_bytes = bytearray()
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._link: Link | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._keep_link = False
        self._keep_client = False
        self._over = False
        self._recorded = False
        self._repeatable = False
        self._sent_head = head.for_upstream(proxy.upstream.authority, proxy.upstream.path)

    # The client's side

    def begin(self, link: Link | None) -> None:
        """`link`: a connection that may be used again."""
        if link and link.is_fresh:
            self._use(link)
            self._repeatable = self._request.done and self._head.method in _IDEMPOTENT
        elif link:
            link.abort()
        self._send(self._sent_head)
        self._record = self._proxy.record(self._head)
        if not self._link:
            self._connecting = asyncio.create_task(self._connect())
        if self._request.done:
            self._request_done()

    @property
    def takes_request(self) -> bool:
        """Whether more of the request's body is to come."""
        return not self._request.done

    def request_data(self, data: bytes) -> int:
        """Passes on what belongs to the request; how many bytes that were. Raises FramingError."""
        count, content = self._request.feed(data)
        self._send(data[:count])
        self._record.body(content)
        if self._request.done:
            self._request_done()
        return count

    def client_full(self, full: bool) -> None:
        """The client does not take what is written, or does again."""
        if self._link:
            self._link.hold(full)
        if full or self._response is None or self._recorded:
            return
        self._record.taken(waited=True)
        if self._over:
            self._delivered()

    def client_left(self, error: tuple[str, str] | None = None) -> None:
        """The client has gone: so does the connection to the upstream, at once."""
        self._drop_link()
        if self._over:
            self._end_record(None)
        else:
            self._end("cancelled", error)

    def client_broken(self, why: str) -> None:
        """What the client sends is no request any more."""
        self.client_left(("BadRequest", why))
        if self._answer:
            self._client.cut(with_reset=False)
        else:
            self._client.refuse(400, why)

    # The upstream's side

    def upstream_data(self, data: bytes) -> None:
        t_ns = self._record.now()
        if self._over:
            # More than the whole response: no request may be sent there any more.
            self._keep_link = False
        elif self._response is None:
            self._head_data(data, t_ns)
        else:
            self._body_data(data, t_ns)

    def upstream_full(self, full: bool) -> None:
        self._client.hold(full)

    def upstream_lost(self, error: BaseException | None) -> None:
        self._link = None
        self._keep_link = False
        if self._over:
            # The answer is whole, and nobody takes the rest of the request.
            if not self._request.done:
                self._end_record(None)
                self._client.linger()
        elif self._response and self._response.endless and error is None:
            self._response_done()
        elif self._repeatable:
            # An idle connection may be closed at the very moment when it is used again.
            self._repeatable = False
            self._waiting = [self._sent_head]
            self._connecting = asyncio.create_task(self._connect())
        else:
            self._fail(failures.lost(error, self._answer is not None), with_reset=error is not None)

    # In between

    async def _connect(self) -> None:
        proxy = self._proxy
        try:
            async with asyncio.timeout(proxy.connect_s):
                link = await proxy.connect()
        except (OSError, TimeoutError, ValueError) as error:
            self._connecting = None
            self._fail(failures.connecting(error, proxy.connect_s))
            return
        self._connecting = None
        self._use(link)
        self._client.hold(False)
        link.write(b"".join(self._waiting))
        self._waiting.clear()

    def _use(self, link: Link) -> None:
        self._link = link
        link.exchange = self
        if self._client.is_full:
            link.hold(True)

    def _send(self, data: bytes) -> None:
        if self._link:
            self._link.write(data)
        elif not self._over:
            self._waiting.append(data)
            self._waiting_size += len(data)
            if self._waiting_size > _MOST_WAITING:
                self._client.hold(True)

    def _request_done(self) -> None:
        if self._over:
            if self._recorded:
                self._client.done(self._kept_link(), self._keep_client)
            return
        if self._answer is None:
            self._timer = asyncio.get_running_loop().call_later(self._proxy.response_s, self._too_silent)
        self._record.request_done()

    def _too_silent(self) -> None:
        self._fail(failures.silent(self._proxy.response_s))

    def _head_data(self, data: bytes, t_ns: int) -> None:
        self._repeatable = False
        searched = len(self._head_bytes)
        self._head_bytes += data
        while (end := head_end(self._head_bytes, searched)) is not None:
            text, rest = bytes(self._head_bytes[:end]), bytes(self._head_bytes[end:])
            try:
                head = ResponseHead.parse(text)
                framing = response_framing(head, self._head.method)
                if head.status == 101:
                    raise HeadError("it switches protocols, which nobody asked for")
            except HeadError as error:
                self._fail(failures.garbled(str(error)))
                return
            if head.status >= 200:
                self._begin_answer(head, framing, rest, t_ns)
                return
            if self._head.minor:
                self._client.write(head.for_client())
            self._head_bytes = bytearray(rest)
            searched = 0
        if len(self._head_bytes) > LARGEST_HEAD:
            self._fail(failures.garbled(f"its head does not end within {LARGEST_HEAD >> 10} KB"))

    def _begin_answer(self, head: ResponseHead, framing: Framing, rest: bytes, t_ns: int) -> None:
        self._answer, self._response = head, framing
        if self._timer:
            self._timer.cancel()
        chunked = bool(head.tokens(b"transfer-encoding"))
        self._dechunk = chunked and self._head.minor == 0
        self._keep_link = head.keeps_alive and not framing.endless
        self._keep_client = self._head.keeps_alive and not framing.endless and not self._dechunk
        own = b"" if self._keep_client else b"Connection: close"
        if self._keep_client and self._head.minor == 0:
            own = b"Connection: keep-alive"
        self._body_data(rest, t_ns, head.for_client(own, chunks=not self._dechunk))

    def _body_data(self, data: bytes, t_ns: int, head: bytes = b"") -> None:
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
        self._client.write(head + out if head else out)
        if head:
            self._record.response(t_ns, answer.status, answer.pairs)
        if content:
            self._record.read(content, t_ns)
            if not self._client.is_full:
                self._record.taken()
        if count < len(data):
            self._keep_link = False
        if broken:
            self._fail(failures.garbled(str(broken)))
        elif framing.done:
            self._response_done()

    def _response_done(self) -> None:
        self._stop()
        if not self._client.is_full:
            self._delivered()

    def _delivered(self) -> None:
        """The client has taken all of the response."""
        self._end_record(None)
        if self._request.done:
            self._client.done(self._kept_link(), self._keep_client)

    def _fail(self, failure: Failure, with_reset: bool = False) -> None:
        """The upstream's fault. The client sees what it would have seen, or an error where nothing has come yet."""
        if self._over:
            return
        self._drop_link()
        self._end(failure.reason, failure.error)
        if self._answer:
            self._client.cut(with_reset)
        else:
            message = f"{self._proxy.upstream.origin}: {failure.told}"
            keep = self._request.done and self._head.keeps_alive
            self._client.refuse(failure.status, message, keep, bodiless=self._head.method == b"HEAD")

    def _end(self, reason: EndReason, error: tuple[str, str] | None = None) -> None:
        self._stop()
        self._end_record(reason, error)

    def _stop(self) -> None:
        self._over = True
        self._record.stop()
        if self._timer:
            self._timer.cancel()

    def _end_record(self, reason: EndReason | None, error: tuple[str, str] | None = None) -> None:
        if not self._recorded:
            self._recorded = True
            self._record.end(reason, error)
            self._proxy.ended(self._head, self._answer, self._record, reason, error)

    def _kept_link(self) -> Link | None:
        """The connection to the upstream, if the next request may use it."""
        link, self._link = self._link, None
        if link is None:
            return None
        link.exchange = None
        if self._keep_link:
            return link
        link.abort()
        return None

    def _drop_link(self) -> None:
        if self._connecting:
            self._connecting.cancel()
            self._connecting = None
        self._keep_link = False
        self._kept_link()
