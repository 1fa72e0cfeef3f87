"""One HTTP/1.1 connection of the replay server."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import h11

from inspector.net.loopback import why_refused
from inspector.net.sockets import reset, until_sent
from inspector.replay.answers import Answer, Answers, refusal
from inspector.replay.emission import Ending, ResponseHead

_LARGEST_BODY: Final = 32 << 20
_LARGEST_HEAD: Final = 64 << 10
_MOST_AHEAD: Final = 1 << 20
# The event loop waits in whole milliseconds, rounded up: this takes half of that off.
_EARLIER_S: Final = 0.0005
_PHRASES: Final = {int(status): status.phrase for status in HTTPStatus}

Log = Callable[[str], None]
Sleep = Callable[[float], Awaitable[None]]


class ReplayConnection:
    """Answers the requests on one connection, one after the other, for as long as it is kept alive.

    h11 does the framing and no I/O, so a body can also be left unfinished, and each emission is exactly one HTTP chunk.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Answers, log: Log, sleep: Sleep
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._answers = answers
        self._log = log
        self._sleep = sleep
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._bodiless = False
        self._began = 0.0
        # What drain() waits for then: that the operating system has everything.
        writer.transport.set_write_buffer_limits(0)

    async def run(self) -> None:
        """Returns when the connection is over, whoever ended it."""
        try:
            while (answer := await self._next_answer()) and await self._unless_left(answer):
                self._http.start_next_cycle()
        except OSError:
            pass
        finally:
            self._writer.close()

    async def _next_answer(self) -> Answer | None:
        """The answer to the next request; None where the client has left."""
        body = bytearray()
        size = 0
        head: h11.Request | None = None
        try:
            while not isinstance(event := await self._next_event(), h11.EndOfMessage):
                if isinstance(event, h11.Request):
                    head = event
                    self._began = asyncio.get_running_loop().time()
                elif isinstance(event, h11.Data):
                    size += len(event.data)
                    # The rest is read and dropped: a client that is still sending would not see the refusal.
                    if size <= _LARGEST_BODY:
                        body += event.data
                else:
                    return None
        except h11.RemoteProtocolError as error:
            return self._refuse(error.error_status_hint, f"this is no HTTP request: {error}")
        if head is None:
            return None
        method, target = head.method.decode(), head.target.decode("latin-1")
        self._bodiless = method == "HEAD"
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers]
        if why := why_refused(lambda wanted: [value for name, value in fields if name == wanted]):
            answer = refusal(403, why)
        elif size > _LARGEST_BODY:
            answer = refusal(413, f"the request body is larger than {_LARGEST_BODY >> 20} MB")
        else:
            answer = self._answers.answer(method, target, bytes(body))
        self._log(f"{method} {target} -> {answer.label}")
        return answer

    def _refuse(self, status: int, message: str) -> Answer | None:
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return None
        self._log(message)
        return refusal(status, message)

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._reader.read(1 << 16))
        return event

    async def _unless_left(self, answer: Answer) -> bool:
        """Carries the answer out, and drops it at once when the client leaves. Whether the connection goes on."""
        sending = asyncio.ensure_future(self._send(answer))
        leaving = asyncio.ensure_future(self._left())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                return sending.result()
            leaving.result()
            return False
        finally:
            for task in (sending, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task

    async def _left(self) -> None:
        """Returns when the client has closed its side; what it sends ahead is kept for later."""
        ahead = 0
        while ahead < _MOST_AHEAD and (data := await self._reader.read(1 << 16)):
            self._http.receive_data(data)
            ahead += len(data)

    async def _send(self, answer: Answer) -> bool:
        loop = asyncio.get_running_loop()
        for due, what in answer.emissions:
            await self._sleep(max(0.0, self._began + due / 1e9 - loop.time() - _EARLIER_S))
            if isinstance(what, Ending):
                return await self._end(what)
            if isinstance(what, ResponseHead):
                self._bodiless |= what.status in (204, 304)
                headers = [(name.encode(), _latin(value)) for name, value in what.headers]
                await self._write(
                    h11.Response(status_code=what.status, headers=headers, reason=_PHRASES.get(what.status, ""))
                )
            elif not self._bodiless:
                await self._write(h11.Data(data=what))
        raise AssertionError("an answer has an end")

    async def _end(self, end: Ending) -> bool:
        if end is Ending.CLEAN:
            await self._write(h11.EndOfMessage())
            return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if end is Ending.SILENT:
            await asyncio.Event().wait()
        elif end is Ending.RESET:
            await until_sent(self._writer)
            reset(self._writer.transport)
        return False

    async def _write(self, event: h11.Event) -> None:
        if data := self._http.send(event):
            self._writer.write(data)
            await self._writer.drain()


def _response(head: ResponseHead) -> h11.Response:
    headers = [(name.encode(), _latin(value)) for name, value in head.headers]
    return h11.Response(status_code=head.status, headers=headers, reason=_PHRASES.get(head.status, ""))


def _latin(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()
