"""The recordings that a proxy makes: one for each round trip, and a line of log when it is over."""

import asyncio
import errno
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from inspector.capture.disk import Disk, DiskFile
from inspector.capture.flusher import Pending
from inspector.capture.proxy.http_head import RequestHead, UpstreamResponseHead
from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress
from inspector.capture.recorder import RETRY_COUNT, attempt_of
from inspector.capture.safe_recorder import SLICE_NS, Budget, SafeRecorder
from inspector.net.notices import Tell
from inspector.recording import EndReason, Writer
from inspector.recording.content_coding import ContentDecoder
from inspector.recording.folders import new_recording

if TYPE_CHECKING:
    from inspector.session.totals import SessionTotals

LARGEST_BODY: Final = 32 << 20
# Those of all clients together, until each is in its recording.
_MOST_BODIES: Final = 32 << 20
_MOST_KEPT: Final = 16 << 20
# What is read is decoded and written in batches, off the path between upstream and client.
_BATCH_S: Final = 0.02
_SHORTEST_WAIT_S: Final = 0.002
_THREADS: Final = 4
# So long a stream waits at most for a disk that is slow, and whoever stops the proxy for one that does not answer.
_PATIENCE_S: Final = 0.5


class ProxiedRecording:
    """The recording of one round trip: `to` is its recorder. `status` is that of the response, once there is one.

    `lost`: it is not on the disk, or not whole.
    """

    to: SafeRecorder

    def __init__(self, path: Path | None, head: RequestHead, upstream: UpstreamAddress, writer: Writer | None) -> None:
        self.path = path
        self.writer = writer
        self.file: DiskFile | None = None
        self.head = head
        self.upstream = upstream
        self.status: int | None = None
        self.lost = False

    def to_disk(self, disk: Disk) -> Callable[[int], DiskFile]:
        """Makes the file that this disk writes."""

        def made(fd: int) -> DiskFile:
            self.file = DiskFile(disk, fd)
            return self.file

        return made

    def response(self, head: UpstreamResponseHead, at_ns: int) -> None:
        """The head of the response, which arrived at this time of `perf_counter_ns`."""
        self.status = head.status
        self.to.response(head.status, head.pairs, at_ns)


class _InLoop:
    """Has recordings written by the event loop: a thread would make the streams wait for the interpreter's lock.

    Between two turns of the loop one slice of time is spent on that, however many recordings there are.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: deque[Pending] = deque()
        self._queued: set[Pending] = set()
        self._looked_after: set[Pending] = set()

    def watch(self, pending: Pending) -> None:
        """See `Watcher`."""
        pending.watched = True
        self._loop.call_later(_BATCH_S, self._time_is_up, pending)

    def hurry(self, pending: Pending) -> None:
        """See `Watcher`."""
        if pending not in self._queued:
            if not self._queue:
                self._loop.call_soon(self._work)
            self._queued.add(pending)
            self._queue.append(pending)

    def _time_is_up(self, pending: Pending) -> None:
        pending.watched = False
        if pending not in self._queued:
            self._queued.add(pending)
            self._queue.append(pending)
            if len(self._queue) == 1:
                self._work()

    def _work(self) -> None:
        until_ns = perf_counter_ns() + SLICE_NS
        while self._queue:
            pending = self._queue.popleft()
            if pending.write(until_ns):
                self._queued.discard(pending)
                self._look_after(pending)
            else:
                # Those who were not at work yet come first.
                self._queue.append(pending)
                break
            if perf_counter_ns() >= until_ns:
                break
        if self._queue:
            self._loop.call_soon(self._work)

    def _look_after(self, pending: Pending) -> None:
        """What is held of an unfinished frame is due at a later time, whether more comes or not."""
        if pending not in self._looked_after and (due_ns := pending.due_ns()) is not None:
            self._looked_after.add(pending)
            wait_s = max(_SHORTEST_WAIT_S, (due_ns - perf_counter_ns()) / 1e9)
            self._loop.call_later(wait_s, self._look_again, pending)

    def _look_again(self, pending: Pending) -> None:
        self._looked_after.discard(pending)
        due_ns = pending.due_ns()
        if due_ns is not None and due_ns <= perf_counter_ns():
            self.hurry(pending)
        else:
            self._look_after(pending)


class ProxyRecordings:
    """Begins the recordings of a proxy in its folder, and says of each how it went. Belongs to the running event loop.

    `names` gets the name of each file. `note` is called with what the user must know, `log` with one line for each
    round trip: in the event loop, and free of secrets. `totals` are told of each.
    """

    def __init__(
        self, settings: ProxySettings, names: list[str], note: Tell, log: Tell, totals: "SessionTotals | None" = None
    ) -> None:
        self._settings = settings
        self._names = names
        self._note = note
        self._log = log
        self._totals = totals
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._watcher = _InLoop(self._loop)
        self._disk = Disk()
        self._executor = ThreadPoolExecutor(_THREADS, "inspector-redaction")
        # Their imports would hold up a stream that is beside the first coded body.
        self._executor.submit(ContentDecoder, "br, zstd")
        self._bodies_held, self._kept = Budget(_MOST_BODIES), Budget(_MOST_KEPT)
        self._open = self._begun = self._lost = 0
        self._one_closed = asyncio.Event()
        self._said: set[str] = set()

    def begin(self, head: RequestHead, upstream: UpstreamAddress) -> ProxiedRecording:
        """The recording of a request whose head was sent there just now; of nothing, where the folder takes none."""
        sent_ns = perf_counter_ns()
        settings = self._settings
        attempt = attempt_of(b"".join(head.values(RETRY_COUNT.encode())).decode("latin-1"))
        path, writer, failed = None, None, None
        try:
            path = new_recording(settings.folder)
            source = {"kind": "proxy", "clock": "arrival", "attempt": attempt}
            writer = Writer.create(path, source, settings.redactor, settings.bodies)
        except Exception as error:  # noqa: BLE001 the stream must go on
            failed = error
            with suppress(OSError):
                # A full disk still takes names; what has no first line nobody can read.
                if path:
                    path.unlink()
        recording = ProxiedRecording(path if writer else None, head, upstream, writer)
        if writer:
            writer.through(recording.to_disk(self._disk))
        if failed:
            self._not_recorded(recording, failed)
        recording.to = recorder = SafeRecorder(
            writer,
            lambda error: self._in_loop(self._not_recorded, recording, error),
            bodies=settings.bodies,
            largest_body=LARGEST_BODY,
            bodies_held=self._bodies_held,
            kept=self._kept,
            batch_ns=None,
            watcher=self._watcher,
            executor=self._executor,
        )
        recorder.start(sent_ns)
        headers = [(name, upstream.authority if name.lower() == "host" else value) for name, value in head.pairs]
        recorder.request(head.method.decode(), _url(head, upstream), headers)
        self._open += 1
        self._begun += 1
        if self._totals:
            self._totals.began()
        if recording.path:
            self._names.append(recording.path.name)
        self._note_base_url(head, upstream)
        return recording

    def behind(self, recording: ProxiedRecording) -> bool:
        """Whether what is recorded should come more slowly."""
        if self._disk.stuck:
            folder = self._settings.folder
            self._say_once("stuck", f"{folder}: does not take what is written: what comes waits, the streams go on")
        return recording.to.behind or (recording.file is not None and recording.file.behind)

    def once_caught_up(self, recording: ProxiedRecording, then: Callable[[], None]) -> None:
        """Calls this in the event loop once the recording is no longer `behind`."""
        if recording.to.behind:
            recording.to.caught_up = lambda: self._in_loop(then)
        elif recording.file:
            recording.file.once_caught_up(lambda: self._in_loop(then))
            # It may stop to answer any time.
            self._loop.call_later(_PATIENCE_S, then)

    def end(self, recording: ProxiedRecording, reason: EndReason | None, error: tuple[str, str] | None) -> None:
        """The round trip is over; `reason` None: cleanly. Logged once everything is written."""

        def written() -> None:
            vanished = recording.path is not None and not recording.path.exists()
            self._in_loop(self._closed, recording, reason, error, vanished)

        recording.to.end(reason, error, lambda: self._disk.put(written))

    async def finished(self) -> None:
        """Returns when everything of what has ended is written. Nothing may begin any more."""
        while self._open:
            self._one_closed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._one_closed.wait(), _PATIENCE_S)
            if self._disk.stuck:
                self._lost += self._open
                break
        self._disk.close()
        self._executor.shutdown()
        if self._lost:
            self._note(
                f"{self._lost:,} of {self._begun:,} exchanges are not in {self._settings.folder}, or not whole: "
                "what passed was not held up by that"
            )

    def _closed(
        self, recording: ProxiedRecording, reason: EndReason | None, error: tuple[str, str] | None, vanished: bool
    ) -> None:
        self._open -= 1
        self._one_closed.set()
        redactor, head = self._settings.redactor, recording.head
        url = redactor.url(_url(head, recording.upstream))
        parts = [f"{head.method.decode()} {url} -> {recording.status or 'no response'}"]
        if reason:
            why = redactor.text((error[1] if error else "").encode()).decode()
            parts.append(f"{reason} ({why})" if why else reason)
        parts.append(f"{recording.to.duration_ns / 1e9:.2f} s")
        if recording.file and recording.file.error:
            self._not_recorded(recording, recording.file.error)
        if recording.path and vanished:
            self._names.remove(recording.path.name)
            self._not_recorded(recording, FileNotFoundError(errno.ENOENT, "recordings have vanished from it"))
        if recording.to.body_too_large:
            self._note(
                f"the request body is above {LARGEST_BODY >> 20} MB, or with those of others: it was passed on, but is "
                f"not in {recording.path}"
            )
        elif recording.writer and (unread := recording.writer.body_left_out):
            self._say_once("left out", f"a request body was passed on, but is not in {recording.path}: {unread}")
        if self._totals:
            self._totals.ended(recording.path, recording.lost)
        # Last: whoever reads the log may take the file away.
        self._log(", ".join(parts))

    def _not_recorded(self, recording: ProxiedRecording, error: Exception) -> None:
        if recording.lost:
            return
        recording.lost = True
        self._lost += 1
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._say_once("lost", f"{self._settings.folder}: {why.lower()}: not everything is recorded, the streams go on")

    def _note_base_url(self, head: RequestHead, upstream: UpstreamAddress) -> None:
        """Says so where a client takes base URLs of the other kind."""
        sent, asked = upstream.target(head.target), head.target
        if asked == b"*" or sent == upstream.path.encode() + asked:
            return
        if not asked.startswith(b"/v1/"):
            why = "its base URL may end in /v1"
        else:
            why = "its base URL needs no /v1" if asked.startswith(b"/v1/v1/") else "the upstream needs no /v1"
        paths = [target.partition(b"?")[0].decode("latin-1") for target in (asked, sent)]
        self._say_once(why, f"what a client asks at {paths[0]} goes to {upstream.origin}{paths[1]}: {why}")

    def _say_once(self, what: str, line: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._note(line)

    def _in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if get_ident() == self._thread:
            call(*arguments)
            return
        # A disk that answers at last may find nobody there any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)


def _url(head: RequestHead, upstream: UpstreamAddress) -> str:
    return upstream.origin + upstream.target(head.target).decode("utf-8", "surrogateescape")
