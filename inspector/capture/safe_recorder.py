"""The one recorder behind `tap`, `live`, `probe` and the proxy: whatever happens to it, the stream goes on."""

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from threading import get_ident
from time import perf_counter_ns
from typing import Final

from inspector.capture.flusher import LONGEST_WAIT_NS, Watcher, flusher
from inspector.capture.recorder import Error, Headers, Recorder
from inspector.recording import EndReason, Writer

Lost = Callable[[Exception], None]

# Below the flusher's, so that under a steady stream the reading thread writes and the flusher finds nothing to do.
BATCH_NS: Final = LONGEST_WAIT_NS * 3 // 4
# Taking the secrets out of a larger request body takes longer than other streams should wait.
_LARGE_BODY: Final = 256 << 10


class SafeRecorder:
    """One exchange on its way to the disk: a `Recorder` with a clock and batches, which never harms the exchange.

    The exchange calls it from one thread at a time. `writer` None: nothing is recorded. Whatever goes wrong is handed
    to `lost`, once and from any thread, and recording ends. After a fork the parent's recordings are the parent's.

    Reads are kept and written together: call `settle` when those of a moment are told. It writes when `batch_ns` have
    passed since the last time (0: always, None: never); `watcher` sees to the rest, by default a thread. With an
    `executor`, a large request body is made ready there, and nothing waits for it. A request body of more than
    `largest_body` bytes is left out: `body_too_large` says so. `at_ns` everywhere: of `perf_counter_ns`, None for now.
    """

    def __init__(
        self,
        writer: Writer | None,
        lost: Lost,
        *,
        batch_ns: int | None = BATCH_NS,
        watcher: Watcher = flusher,
        bodies: bool = True,
        largest_body: int | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.watched = False
        self.duration_ns = 0
        self.body_too_large = False
        self._recorder = Recorder(writer) if writer else None
        self._lost = lost
        self._batch_ns = batch_ns
        self._watcher = watcher
        self._largest_body = largest_body
        self._executor = executor
        self._process = os.getpid()
        self._start_ns = perf_counter_ns()
        self._due_ns = 0
        self._stopped = self._closing = False
        self._request: tuple[str, str, Headers] | None = None
        self._body: list[bytes] | None = [] if bodies else None
        self._body_size = 0
        # What is to be done, in order; whoever holds `_working` does it, and is `_worker`.
        self._steps: deque[Callable[[], None]] = deque()
        self._working = threading.Lock()
        self._worker = 0
        # Kept reads. `_taken` counts reads from the first of all, as another thread may be writing what is kept.
        self._chunks: list[bytes] = []
        self._times: list[int] = []
        self._taken: list[tuple[int, int, bool]] = []
        self._count = self._written = 0

    def start(self, at_ns: int | None = None) -> None:
        """The moment 0, when the request is sent; until this is called, it is when the recorder was made."""
        self._start_ns = perf_counter_ns() if at_ns is None else at_ns

    def request(self, method: str, url: str, headers: Headers) -> None:
        """The line is written once the body is there (`request_done`), or the response begins."""
        self._request = method, url, headers

    def request_body(self, piece: bytes) -> None:
        """A piece of the request's body, without its transfer coding."""
        if self._body is None or self._request is None:
            return
        self._body.append(piece)
        self._body_size += len(piece)
        if self._largest_body is not None and self._body_size > self._largest_body:
            self._body = None
            self.body_too_large = True

    def request_done(self) -> None:
        """Nothing more of the request is waited for."""
        if self._request is None:
            return
        (method, url, headers), self._request = self._request, None
        body = b"".join(self._body) if self._body else None
        self._body = None
        self._steps.append(partial(self._safely, lambda to: to.request(method, url, headers, body)))
        if self._executor and self._recorder and body and len(body) >= _LARGE_BODY:
            self._work_in(self._executor)
        else:
            self._work()

    def response(self, status: int, headers: Headers, at_ns: int | None = None) -> None:
        """The head of the response has come, and with it the end of what is recorded of the request."""
        self.request_done()
        t_ns = self._elapsed(at_ns)
        self._do(lambda to: to.response(t_ns, status, headers))

    def read(self, content: bytes, at_ns: int | None = None) -> None:
        """What a network read brought of the response's body, before content-decoding."""
        if self._recorder is None:
            return
        # In this order, so that whoever writes finds a chunk for each time.
        self._chunks.append(content)
        self._times.append(self._elapsed(at_ns))
        self._count += 1

    def taken(self, waited: bool = False) -> None:
        """The client has taken every read so far; `waited`: it took its time."""
        if self._recorder:
            self._taken.append((self._count, self._elapsed(), waited))

    def settle(self) -> None:
        """Sees to it that what is kept is on the disk in time."""
        if self._recorder is None or not (self._times or self._taken):
            return
        if self._batch_ns is not None and perf_counter_ns() >= self._due_ns:
            self.write()
        elif not self.watched:
            self._watcher.watch(self)

    def write(self) -> None:
        """Writes what is kept, unless somebody else is at work, who then does that."""
        if not self._steps:
            self._steps.append(partial(self._safely, self._write_kept))
        self._work()

    def waiting_ns(self) -> int | None:
        """How long the oldest read has been waiting to be written, None where none is."""
        oldest = self._times[:1] or [t_ns for _, t_ns, _ in self._taken[:1]]
        return self._elapsed() - oldest[0] if oldest and self._recorder else None

    def stop(self) -> None:
        """The moment of the end, which is when it is called first: `end` may follow later."""
        if not self._stopped:
            self._stopped = True
            self.duration_ns = self._elapsed()

    def end(
        self,
        reason: EndReason | None = None,
        error: Error | None = None,
        closed: Callable[[], None] | None = None,
    ) -> None:
        """Nothing more comes, which a second call does not change; the arguments are those of `Recorder.end`.

        `closed` is called from any thread once everything is written; without it, that is waited for.
        """
        if self._closing:
            return
        self._closing = True
        self.stop()
        self.request_done()
        t_ns = self.duration_ns

        def last(to: Recorder) -> None:
            self._write_kept(to)
            to.end(t_ns, reason, error)
            self._recorder = None

        self._steps.append(partial(self._safely, last))
        if closed:
            self._steps.append(closed)
        self._work(wait=closed is None)

    def _write_kept(self, to: Recorder) -> None:
        # First what was taken, so that every read that it counts is among those that are there.
        taken = self._taken[:]
        count = len(self._times)
        chunks, times = self._chunks[:count], self._times[:count]
        del self._taken[: len(taken)], self._times[:count], self._chunks[:count]
        done = 0
        for number, (until, t_ns, waited) in enumerate(taken):
            # Of reads that were taken at once one line for a batch says enough.
            if waited or number + 1 == len(taken) or taken[number + 1][2]:
                to.reads(chunks[done : until - self._written], times[done : until - self._written])
                to.taken(t_ns)
                done = until - self._written
        to.reads(chunks[done:], times[done:])
        self._written += count
        if self._batch_ns:
            self._due_ns = perf_counter_ns() + self._batch_ns

    def _do(self, step: Callable[[Recorder], None]) -> None:
        self._steps.append(partial(self._safely, step))
        self._work()

    def _work(self, wait: bool = False) -> None:
        """Does what is to be done, unless somebody else is at it. `wait`: returns when nothing is left to do."""
        if os.getpid() != self._process:
            self._recorder = None
            return
        # The garbage collector may bring us here in the middle of a step: who is at it goes on when we return.
        while self._worker != get_ident() and self._working.acquire(blocking=wait):
            self._finish_steps()
            if not self._steps:
                return

    def _work_in(self, executor: Executor) -> None:
        if self._working.acquire(blocking=False):
            # From now on the work is another thread's: whatever comes meanwhile queues up.
            try:
                executor.submit(self._finish_steps).add_done_callback(lambda _: self._work())
            except RuntimeError:
                self._finish_steps()

    def _finish_steps(self) -> None:
        """For whoever holds `_working`, and gives it back here."""
        self._worker = get_ident()
        try:
            while self._steps:
                self._steps.popleft()()
        finally:
            self._worker = 0
            self._working.release()

    def _safely(self, step: Callable[[Recorder], None]) -> None:
        if (recorder := self._recorder) is None:
            return
        try:
            step(recorder)
        except BaseException as error:
            # What was half done, also by a Ctrl-C, may not be followed by anything: the body would have a hole.
            self._recorder = None
            with suppress(OSError):
                recorder.close()
            if not isinstance(error, Exception):
                raise
            self._lost(error)

    def _elapsed(self, at_ns: int | None = None) -> int:
        return (perf_counter_ns() if at_ns is None else at_ns) - self._start_ns
