import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from inspector.capture.recorder import Error, Headers, Recorder
from inspector.recording import EndReason, Redactor, Writer
from inspector.recording.folders import new_recording

# What is read is decoded and written in batches, off the path between upstream and client.
_BATCH_S: Final = 0.02
LARGEST_BODY: Final = 32 << 20
# Taking the secrets out of a larger request body takes longer than other streams should wait.
_OWN_THREAD: Final = 256 << 10

Lost = Callable[[Exception], None]
Step = Callable[[Recorder], None]


class Record:
    """One proxied exchange on its way to the disk; it adds the clock and fails open.

    Whatever goes wrong is handed to `lost`, once, and recording of this exchange ends; its stream goes on. The moment 0
    is when it is made. A request body of more than LARGEST_BODY bytes is left out: `body_too_large` says so.
    """

    def __init__(self, folder: Path, redactor: Redactor, bodies: bool, attempt: int, lost: Lost) -> None:
        self.start_ns = perf_counter_ns()
        self.end_ns = 0
        self.path: Path | None = None
        self.body_too_large = False
        self.writing: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._lost = lost
        self._recorder: Recorder | None = None
        self._steps: list[Step] = []
        self._request: tuple[str, str, Headers] | None = None
        self._body: list[bytes] | None = [] if bodies else None
        self._body_size = 0
        self._chunks: list[bytes] = []
        self._times: list[int] = []
        self._taken: list[tuple[int, int]] = []
        self._waited = False
        self._timer: asyncio.TimerHandle | None = None
        try:
            self.path = new_recording(folder)
            writer = Writer.create(
                self.path, {"kind": "proxy", "clock": "arrival", "attempt": attempt}, redactor, bodies
            )
            self._recorder = Recorder(writer)
        except Exception as error:  # noqa: BLE001 the stream must go on
            lost(error)

    def now(self) -> int:
        return perf_counter_ns() - self.start_ns

    def request(self, method: str, url: str, headers: Headers) -> None:
        """The line is written once the body is there, or the response begins."""
        self._request = method, url, headers

    def body(self, content: bytes) -> None:
        """A piece of the request's body."""
        if self._body is None or not content:
            return
        self._body.append(content)
        self._body_size += len(content)
        if self._body_size > LARGEST_BODY:
            self._body = None
            self.body_too_large = True

    def request_done(self) -> None:
        """Nothing more of the request is waited for."""
        if self._request is None:
            return
        (method, url, headers), self._request = self._request, None
        body = b"".join(self._body) if self._body else None
        self._body = None
        if self._recorder is None or not body or len(body) < _OWN_THREAD:
            self._do(lambda to: to.request(method, url, headers, body))
        else:
            step: Step = lambda to: to.request(method, url, headers, body)  # noqa: E731
            self.writing = self._loop.run_in_executor(None, self._safely, step)
            self.writing.add_done_callback(self._written)

    def response(self, t_ns: int, status: int, headers: Headers) -> None:
        self.request_done()
        self._do(lambda to: to.response(t_ns, status, headers))

    def read(self, content: bytes, t_ns: int) -> None:
        """What a network read brought of the response's body, before content-decoding."""
        self._chunks.append(content)
        self._times.append(t_ns)
        if self._timer is None:
            self._timer = self._loop.call_later(_BATCH_S, self._flush)

    def taken(self, waited: bool = False) -> None:
        """The client has taken every read so far; `waited`: it took its time."""
        # Of reads that were taken at once one line for a batch says enough.
        if self._taken and not (waited or self._waited):
            self._taken.pop()
        self._taken.append((len(self._chunks), self.now()))
        self._waited = waited
        if self._timer is None:
            self._timer = self._loop.call_later(_BATCH_S, self._flush)

    def stop(self) -> None:
        """The upstream has nothing more to say: the moment of the end."""
        self.end_ns = self.now()

    def end(self, reason: EndReason | None = None, error: Error | None = None) -> None:
        t_ns = self.end_ns
        self.request_done()
        self._flush()
        self._do(lambda to: to.end(t_ns, reason, error))

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        chunks, times, taken = self._chunks, self._times, self._taken
        self._chunks, self._times, self._taken = [], [], []
        self._do(lambda to: _write(to, chunks, times, taken))

    def _do(self, step: Step) -> None:
        if self.writing:
            self._steps.append(step)
        else:
            self._safely(step)

    def _written(self, writing: object) -> None:
        self.writing = None
        steps, self._steps = self._steps, []
        for step in steps:
            self._safely(step)

    def _safely(self, step: Step) -> None:
        if (recorder := self._recorder) is None:
            return
        try:
            step(recorder)
        except Exception as error:  # noqa: BLE001 the stream must go on
            self._recorder = None
            with suppress(OSError):
                recorder.close()
            self._loop.call_soon_threadsafe(self._lost, error)


def _write(to: Recorder, chunks: list[bytes], times: list[int], taken: list[tuple[int, int]]) -> None:
    written = 0
    for count, t_ns in taken:
        to.reads(chunks[written:count], times[written:count])
        to.taken(t_ns)
        written = count
    to.reads(chunks[written:], times[written:])
