"""The one recorder behind `tap`, `live`, `probe` and the proxy: whatever happens to it, the stream goes on."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
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
# What is written once so much is kept, without waiting for a batch's time.
_LARGE_BATCH: Final = 256 << 10
_MOST_KEPT: Final = 1 << 20
# Who cannot be asked to read more slowly loses the recording when so much more comes than can be recorded.
_FAR_BEHIND: Final = 16 << 20
# So long whoever passes bytes on is held up at once.
SLICE_NS: Final = 3_000_000
# An unfinished frame is spilled when it is so old, to be on the disk within 50 ms.
_SPILL_AFTER_NS: Final = 45_000_000

_Step = Callable[[], Iterator[None] | None]


class TooFast(Exception):
    """More came than could be recorded meanwhile."""

    def __init__(self) -> None:
        super().__init__("it comes faster than it can be recorded")


class Budget:
    """How many bytes several recorders may keep together, and how many they do."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        """So many bytes more; fewer where it is negative."""
        with self._lock:
            self._used += size

    @property
    def exceeded(self) -> bool:
        """Whether they keep more than they may."""
        return self._used > self._most


class SafeRecorder:
    """One exchange on its way to the disk: a `Recorder` with a clock and batches, which never harms the exchange.

    The exchange calls it from one thread at a time. `writer` None: nothing is recorded. Whatever goes wrong is handed
    to `lost`, once and from any thread, and recording ends. After a fork the parent's recordings are the parent's.

    Reads are kept and written together: call `settle` when those of a moment are told. It writes when `batch_ns` have
    passed since the last time (0: always, None: never); `watcher` sees to the rest, by default a thread. With an
    `executor`, a large request body is made ready there, and nothing waits for it. A request body of more than
    `largest_body` bytes, or one for which there is no room in the budget of `bodies_held`, is left out:
    `body_too_large` says so. `at_ns` everywhere: of `perf_counter_ns`, None for now.

    What is kept is bounded. While `behind`, whoever can read more slowly should: `caught_up` is called, from any
    thread, when that is over. Who does not loses the recording in the end.
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
        bodies_held: Budget | None = None,
        kept: Budget | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.watched = False
        self.caught_up: Callable[[], None] = lambda: None
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
        self._bodies_held = bodies_held
        # What is to be done, in order, and what of it was begun; whoever holds `_working` does it, and is `_worker`.
        self._steps: deque[_Step] = deque()
        self._begun: Iterator[None] | None = None
        self._working = threading.Lock()
        self._worker = 0
        # Kept reads. `_taken` counts reads from the first of all, as another thread may be writing what is kept.
        self._chunks: list[bytes] = []
        self._times: list[int] = []
        self._taken: list[tuple[int, int, bool]] = []
        self._count = self._written = 0
        # In bytes; each is counted by one thread at a time.
        self._came = self._done = 0
        self._all_kept = kept
        self._gave_up = False

    @property
    def behind(self) -> bool:
        """Whether so much is kept that no more should come."""
        return self._kept > (_LARGE_BATCH if self._all_kept and self._all_kept.exceeded else _MOST_KEPT)

    @property
    def _kept(self) -> int:
        return self._came - self._done if self._recorder else 0

    def start(self, at_ns: int | None = None) -> None:
        """The moment 0, when the request is sent; until this is called, it is when the recorder was made."""
        self._start_ns = perf_counter_ns() if at_ns is None else at_ns

    def request(self, method: str, url: str, headers: Headers) -> None:
        """The line is written once the body is there (`request_done`), or the response begins."""
        self._request = method, url, headers

    def request_body(self, piece: bytes) -> None:
        """A piece of the request's body, without its transfer coding."""
        if self._body is None or self._request is None or self._recorder is None:
            return
        self._body.append(piece)
        self._body_size += len(piece)
        if self._bodies_held:
            self._bodies_held.add(len(piece))
        too_large = self._largest_body is not None and self._body_size > self._largest_body
        if too_large or (self._bodies_held and self._bodies_held.exceeded):
            self._body = None
            self.body_too_large = True
            self._let_go_of_body()

    def request_done(self) -> None:
        """Nothing more of the request is waited for."""
        if self._request is None:
            return
        (method, url, headers), self._request = self._request, None
        held, self._body = self._body, None

        def line(to: Recorder) -> None:
            body = b"".join(held) if held else None
            if held:
                held.clear()
            to.request(method, url, headers, body, "it is too large" if self.body_too_large else None)

        self._steps += [partial(self._safely, line), self._let_go_of_body]
        if self._executor and self._recorder and held and self._body_size >= _LARGE_BODY:
            self._work_in(self._executor)
        else:
            self._work_now()

    def response(self, status: int, headers: Headers, at_ns: int | None = None) -> None:
        """The head of the response has come, and with it the end of what is recorded of the request."""
        self.request_done()
        t_ns = self._elapsed(at_ns)
        self._steps.append(partial(self._safely, lambda to: to.response(t_ns, status, headers)))
        self._work_now()

    def read(self, content: bytes, at_ns: int | None = None) -> None:
        """What a network read brought of the response's body, before content-decoding."""
        if self._recorder is None or self._gave_up:
            return
        if self._came - self._done > _FAR_BEHIND:
            self._gave_up = True
            self._steps.append(partial(self._safely, _give_up))
            return
        # In this order, so that whoever writes finds a chunk for each time.
        self._chunks.append(content)
        self._times.append(self._elapsed(at_ns))
        self._count += 1
        self._came += len(content)
        if self._all_kept:
            self._all_kept.add(len(content))

    def taken(self, waited: bool = False) -> None:
        """The client has taken every read so far; `waited`: it took its time."""
        if self._recorder:
            self._taken.append((self._count, self._elapsed(), waited))

    def settle(self) -> None:
        """Sees to it that what is kept is on the disk in time."""
        if self._recorder is None or not (self._times or self._taken):
            return
        if self._batch_ns is None:
            if self._kept >= _LARGE_BATCH:
                self._watcher.hurry(self)
            elif not self.watched:
                self._watcher.watch(self)
            return
        now = perf_counter_ns()
        if now >= self._due_ns or self._came - self._done >= _LARGE_BATCH:
            self.write(now + 2 * SLICE_NS)
            if not self.watched and self.due_ns() is not None:
                self._watcher.watch(self)
        elif not self.watched:
            self._watcher.watch(self)

    def write(self, until_ns: int | None = None) -> bool:
        """Writes what is kept, unless somebody else is at work, who then does that.

        False where it is this time of `perf_counter_ns` before all is written: it is to be called again.
        """
        if not self._steps:
            self._steps.append(partial(self._safely, self._write_kept))
        return self._work(until_ns=until_ns)

    def due_ns(self) -> int | None:
        """When what is kept, or held of an unfinished frame, is to be written; None where nothing is."""
        if (recorder := self._recorder) is None:
            return None
        if self._begun or self._steps:
            return self._start_ns
        if oldest := self._times[:1] or [t_ns for _, t_ns, _ in self._taken[:1]]:
            return self._start_ns + oldest[0] + LONGEST_WAIT_NS
        held_ns = recorder.held_since_ns
        return None if held_ns is None else self._start_ns + held_ns + _SPILL_AFTER_NS

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

        def last(to: Recorder) -> Iterator[None]:
            yield from self._write_reads(to)
            to.end(t_ns, reason, error)
            self._recorder = None

        self._steps.append(partial(self._safely, last))
        if closed:
            self._steps.append(closed)
            self._work_now()
        else:
            self._work(wait=True)

    def _write_kept(self, to: Recorder) -> Iterator[None]:
        yield from self._write_reads(to)
        to.spill(self._elapsed() - _SPILL_AFTER_NS)
        if self._batch_ns:
            self._due_ns = perf_counter_ns() + self._batch_ns

    def _write_reads(self, to: Recorder) -> Iterator[None]:
        # First what was taken, so that every read that it counts is among those that are there.
        taken = self._taken[:]
        count = len(self._times)
        chunks, times = self._chunks[:count], self._times[:count]
        del self._taken[: len(taken)], self._times[:count], self._chunks[:count]
        first, done = self._written, 0
        self._written += count
        for number, (until, t_ns, waited) in enumerate(taken):
            # Of reads that were taken at once one line for a batch says enough.
            if waited or number + 1 == len(taken) or taken[number + 1][2]:
                yield from to.reading(chunks[done : until - first], times[done : until - first])
                to.taken(t_ns)
                done = until - first
        yield from to.reading(chunks[done:], times[done:])
        self._let_go_of_reads(sum(map(len, chunks)))

    def _let_go_of_reads(self, size: int) -> None:
        was_behind = self.behind or self._recorder is None
        self._done += size
        if self._all_kept:
            self._all_kept.add(-size)
        if was_behind and not self.behind:
            self.caught_up()

    def _let_go_of_body(self) -> None:
        size, self._body_size = self._body_size, 0
        if self._bodies_held:
            self._bodies_held.add(-size)

    def _work_now(self) -> None:
        """Does what is to be done: all of it, or what a watcher that has other things to do can wait for."""
        if self._batch_ns is not None:
            self._work()
        elif not self._work(until_ns=perf_counter_ns() + SLICE_NS):
            self._watcher.hurry(self)

    def _work(self, wait: bool = False, until_ns: int | None = None) -> bool:
        """Does what is to be done, unless somebody else is at it; False where it is time before that is done.

        `wait`: returns when nothing is left to do.
        """
        if os.getpid() != self._process:
            self._recorder = None
            return True
        # The garbage collector may bring us here in the middle of a step: who is at it goes on when we return.
        while self._worker != get_ident() and self._working.acquire(blocking=wait):
            if not self._finish_steps(until_ns):
                return False
            if not self._steps:
                break
        return True

    def _work_in(self, executor: Executor) -> None:
        if self._working.acquire(blocking=False):
            # From now on the work is another thread's: whatever comes meanwhile queues up.
            try:
                executor.submit(self._finish_steps).add_done_callback(lambda _: self._work())
            except RuntimeError:
                self._finish_steps()

    def _finish_steps(self, until_ns: int | None = None) -> bool:
        """For whoever holds `_working`, and gives it back here. False where it is time before all is done."""
        self._worker = get_ident()
        try:
            while self._begun or self._steps:
                self._begun = self._begun or self._steps.popleft()()
                for _ in self._begun or ():
                    if until_ns is not None and perf_counter_ns() >= until_ns:
                        return False
                self._begun = None
            return True
        finally:
            self._worker = 0
            self._working.release()

    def _safely(self, step: Callable[[Recorder], Iterator[None] | None]) -> Iterator[None]:
        if (recorder := self._recorder) is None:
            return
        try:
            yield from step(recorder) or ()
        except BaseException as error:
            # What was half done, also by a Ctrl-C, may not be followed by anything: the body would have a hole.
            self._recorder = None
            with suppress(OSError):
                recorder.close()
            self._chunks, self._times, self._taken = [], [], []
            self._let_go_of_reads(self._came - self._done)
            if not isinstance(error, Exception):
                raise
            self._lost(error)

    def _elapsed(self, at_ns: int | None = None) -> int:
        return (perf_counter_ns() if at_ns is None else at_ns) - self._start_ns


def _give_up(_: Recorder) -> None:
    raise TooFast
