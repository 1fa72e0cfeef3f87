import os
import threading
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from inspector.capture.flusher import LONGEST_WAIT_NS, flusher
from inspector.capture.recorder import Recorder
from inspector.net.http_library import is_a
from inspector.recording import EndReason, Writer

if TYPE_CHECKING:
    import httpx2

Lost = Callable[[Exception], None]

# Below the flusher's, so that under a steady stream the reading thread writes and the flusher finds nothing to do.
BATCH_NS: Final = LONGEST_WAIT_NS * 3 // 4
_CUT: Final = ("RemoteProtocolError", "ReadError", "WriteError", "CloseError")


class Capture:
    """One exchange of an HTTP client, while it is being recorded: it adds the clock, and it fails open.

    Whatever goes wrong in here is handed to `lost`, once, and recording ends; the client never notices.
    Reads are written when `batch_ns` have passed since the last write, 0 for each at once; a thread of its own sees to
    those that no further read follows. With `held`, leaving early (`left`) writes no end: `finish` does.
    """

    def __init__(self, writer: Writer, lost: Lost, *, batch_ns: int = 0, held: bool = False) -> None:
        self.outcome = ""
        self._writer = writer
        self._recorder: Recorder | None = Recorder(writer)
        self._lost = lost
        self._batch_ns = batch_ns
        self._held = held
        self._process = os.getpid()
        self._writing = threading.RLock()
        self._start_ns = self._due_ns = 0
        self._chunks: list[bytes] = []
        self._times: list[int] = []
        self.watched = False

    def request(self, request: "httpx2.Request") -> None:
        """Call it just before the request is sent: that is the moment 0."""
        self._safely(lambda to: to.request(request.method, str(request.url), _pairs(request.headers), _body(request)))
        self._start_ns = perf_counter_ns()

    def response(self, response: "httpx2.Response") -> None:
        t_ns = self._now()
        self.outcome = f"HTTP {response.status_code}"
        self._safely(lambda to: to.response(t_ns, response.status_code, _pairs(response.headers)))

    def chunk(self, chunk: bytes) -> None:
        """Bytes of the body, before content-decoding."""
        if self._recorder is None:
            return
        now = perf_counter_ns()
        # In this order, so that `write` finds a chunk for each time.
        self._chunks.append(chunk)
        self._times.append(now - self._start_ns)
        if now >= self._due_ns:
            self.write()
        elif not self.watched:
            flusher.watch(self)

    def write(self) -> None:
        """Writes what has come since the last time."""
        # Whoever else is writing takes these along, or the next read does.
        if not self._writing.acquire(blocking=False):
            return
        try:
            self._safely(self._write)
        finally:
            self._writing.release()

    def waiting_ns(self) -> int | None:
        """How long the oldest read has been waiting to be written, None where none is."""
        times = self._times[:1] if self._recorder else None
        return self._now() - times[0] if times else None

    def ended(self) -> None:
        """The body ended cleanly."""
        self._end(None)

    def failed(self, error: BaseException) -> None:
        """The client got this exception instead of (more of) the response; no end is changed by a later one."""
        reason, detail = ending(error)
        self.outcome = detail[0] if detail else reason
        self._end(reason, detail)

    def left(self) -> None:
        """The client closed the response, perhaps before its end."""
        if not self._held:
            self._end("cancelled")

    def finish(self, error: BaseException | None) -> None:
        """The last word, where the client left before the end: what made it leave."""
        reason, detail = ending(error) if error else ("cancelled", None)
        self._end(reason, detail)

    def _end(self, reason: EndReason | None, error: tuple[str, str] | None = None) -> None:
        if not self._records():
            return
        t_ns = self._now()
        with self._writing:
            self._safely(self._write)
            self._safely(lambda to: to.end(t_ns, reason, error))
            self._recorder = None

    def _write(self, to: Recorder) -> None:
        count = len(self._times)
        chunks, times = self._chunks[:count], self._times[:count]
        del self._times[:count], self._chunks[:count]
        to.reads(chunks, times)
        self._due_ns = perf_counter_ns() + self._batch_ns

    def _safely(self, step: Callable[[Recorder], None]) -> None:
        recorder = self._recorder
        if recorder is None or not self._records():
            return
        try:
            step(recorder)
        except BaseException as error:
            # What was half done, also by a Ctrl-C, may not be followed by anything: the body would have a hole.
            self._recorder = None
            with suppress(OSError):
                self._writer.close()
            if not isinstance(error, Exception):
                raise
            self._lost(error)

    def _records(self) -> bool:
        """Whether there is more to record. After a fork the parent's streams are the parent's."""
        if os.getpid() != self._process:
            self._recorder = None
        return self._recorder is not None

    def _now(self) -> int:
        return perf_counter_ns() - self._start_ns


def ending(error: BaseException) -> tuple[EndReason, tuple[str, str] | None]:
    """What an exception that ended an exchange means: the reason, and (type, message) where it was not our side."""
    if not isinstance(error, Exception):
        return "cancelled", None
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    detail = f"{module}{kind.__qualname__}", message_of(error)
    if is_a(error, "TimeoutException") or isinstance(error, TimeoutError):
        return "timeout", detail
    return ("reset" if is_a(error, *_CUT) or isinstance(error, ConnectionError) else "error"), detail


def message_of(error: BaseException) -> str:
    """The message of an exception; where it has none, that of the operating system's error behind it."""
    cause: BaseException | None = error
    while cause is not None and not str(error):
        if isinstance(cause, OSError) and str(cause):
            return str(cause)
        cause = cause.__cause__ or cause.__context__
    return str(error)


def _body(request: "httpx2.Request") -> bytes | None:
    """The request's body, None where it is generated while it is sent."""
    return request.read() if is_a(request.stream, "ByteStream") else None


def _pairs(headers: "httpx2.Headers") -> list[tuple[str, str]]:
    encoding = headers.encoding
    return [(name.decode(encoding, "replace"), value.decode(encoding, "replace")) for name, value in headers.raw]
