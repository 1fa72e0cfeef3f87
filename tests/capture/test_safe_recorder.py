import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.capture.flusher import Pending, flusher
from inspector.capture.recorder import Recorder
from inspector.capture.safe_recorder import Budget, SafeRecorder
from inspector.recording import Writer
from tests.support import bodies, chunkings, sse, wait_until

PING = sse({"type": "ping"})
LONG_NS = 1 << 60


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def kinds(path: Path) -> list[str]:
    return [line["kind"] for line in lines_of(path)]


def until(path: Path, mark: bytes) -> None:
    """Waits until this is in the file."""
    wait_until(lambda: mark in path.read_bytes())


class Recording:
    """A recorder that begins at 0, with a request and the head of a response."""

    def __init__(self, path: Path, ahead_ns: int = 0, **options: Any) -> None:
        self.path = path
        self.lost: list[Exception] = []
        self.to = SafeRecorder(Writer.create(path, {"kind": "proxy"}), self.lost.append, **options)
        # As far ahead no frame is ever old.
        self.zero_ns = ahead_ns
        self.to.start(self.zero_ns)

    def begin(self, body: bytes = b"") -> None:
        self.to.request("POST", "http://h/", [])
        self.to.request_body(body)
        self.to.request_done()
        self.to.response(200, [("content-type", "text/event-stream")], self.zero_ns + 1)

    def read(self, chunk: bytes, t_ns: int) -> None:
        self.to.read(chunk, self.zero_ns + t_ns)


class ByHand(Executor):
    """Runs what it was given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[..., Any]]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, call))
        return future

    def run(self) -> None:
        for future, call in self.waiting:
            future.set_result(call())


@settings(deadline=None)
@given(
    chunkings(bodies()),
    st.lists(st.sampled_from(["taken", "settle", "write", "slice", "flusher"]), max_size=30),
    st.sampled_from([0, LONG_NS]),
)
def test_the_lines_are_those_of_the_plain_recorder_whenever_they_are_written(
    chunks: list[bytes], between: list[str], batch_ns: int
) -> None:
    with TemporaryDirectory() as folder:
        recording = Recording(Path(folder, "a.jsonl"), perf_counter_ns() + LONG_NS, batch_ns=batch_ns)
        recording.begin()
        for number, chunk in enumerate(chunks):
            recording.read(chunk, number)
            match between[number % len(between)] if between else "":
                case "taken":
                    recording.to.taken()
                case "settle":
                    recording.to.settle()
                case "write":
                    recording.to.write()
                case "slice":
                    recording.to.write(until_ns=0)
                case "flusher":
                    thread = threading.Thread(target=recording.to.write)
                    thread.start()
                    thread.join()
        recording.to.end()
        plain = Recorder(Writer.create(Path(folder, "b.jsonl"), {"kind": "proxy"}))
        plain.request("POST", "http://h/", [], None)
        plain.response(1, 200, [("content-type", "text/event-stream")])
        plain.reads(chunks, range(len(chunks)))
        plain.end(0)
        ours = [line for line in lines_of(recording.path)[1:] if line["kind"] != "sent"]
        theirs = lines_of(Path(folder, "b.jsonl"))[1:]
    assert ours[:-1] == theirs[:-1]
    assert ours[-1]["reason"] == theirs[-1]["reason"]
    assert recording.lost == []


def test_of_reads_that_were_taken_at_once_one_line_for_a_batch_is_written(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", batch_ns=LONG_NS)
    recording.begin()
    for waited in (False, False, True, False, False):
        recording.to.read(PING)
        recording.to.taken(waited)
    recording.to.end()
    # What was taken before somebody waited, after who waited, and last.
    assert [line["read"] for line in lines_of(recording.path) if line["kind"] == "sent"] == [2, 3, 5]


def test_a_line_for_each_batch(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", batch_ns=LONG_NS)
    recording.begin()
    for _ in range(2):
        for _ in range(2):
            recording.to.read(PING)
            recording.to.taken()
        recording.to.write()
    recording.to.end()
    assert kinds(recording.path)[3:] == ["event", "event", "sent", "event", "event", "sent", "end"]
    assert [line["read"] for line in lines_of(recording.path) if line["kind"] == "sent"] == [2, 4]


def test_what_no_further_call_follows_is_written_all_the_same(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", batch_ns=LONG_NS)
    recording.begin()
    recording.to.read(PING)
    # The first time it writes; then it keeps.
    recording.to.settle()
    assert kinds(recording.path)[-1] == "event"
    recording.to.read(PING)
    recording.to.taken()
    recording.to.settle()
    until(recording.path, b'"kind":"sent"')
    recording.to.taken()
    recording.to.read(PING)
    recording.to.settle()
    until(recording.path, b'"read":3')
    recording.to.end()


def test_a_large_body_is_made_ready_elsewhere_and_nothing_waits_for_it(tmp_path: Path) -> None:
    elsewhere = ByHand()
    recording = Recording(tmp_path / "a.jsonl", executor=elsewhere)
    closed: list[list[str]] = []
    recording.begin(b"x" * (256 << 10))
    recording.to.read(PING)
    recording.to.taken()
    recording.to.settle()
    recording.to.write()
    recording.to.end(closed=lambda: closed.append(kinds(recording.path)))
    assert kinds(recording.path) == ["recording"]
    assert closed == []
    elsewhere.run()
    assert closed == [["recording", "request", "response", "event", "sent", "end"]]


def test_a_small_body_is_made_ready_at_once(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", executor=ByHand())
    recording.begin(b"x" * ((256 << 10) - 1))
    assert kinds(recording.path) == ["recording", "request", "response"]
    recording.to.end()


def test_a_body_above_the_limit_is_left_out(tmp_path: Path) -> None:
    for size, too_large in ((8, False), (9, True)):
        recording = Recording(tmp_path / f"{size}.jsonl", largest_body=8)
        recording.begin(b"x" * size)
        recording.to.end()
        assert recording.to.body_too_large is too_large
        assert ("body_raw" in lines_of(recording.path)[1]) is not too_large


def test_bodies_can_be_left_out(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", bodies=False)
    recording.begin(b"{}")
    recording.to.end()
    assert "body" not in lines_of(recording.path)[1]


def test_the_end_is_when_the_upstream_had_nothing_more_to_say(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl")
    recording.begin()
    recording.to.stop()
    duration_ns = recording.to.duration_ns
    recording.to.stop()
    assert recording.to.duration_ns == duration_ns > 0
    recording.to.end()
    again: list[bool] = []
    recording.to.end("cancelled", closed=lambda: again.append(True))
    assert again == []
    (end,) = [line for line in lines_of(recording.path) if line["kind"] == "end"]
    assert (end["t_ns"], end["reason"]) == (recording.to.duration_ns, "eof")


def test_a_disk_that_refuses_is_told_once_and_the_exchange_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    lost: list[Exception] = []
    closed: list[bool] = []
    recorder = SafeRecorder(Writer(os.open(path, os.O_RDONLY)), lost.append)
    recorder.request("GET", "http://h/", [])
    recorder.response(200, [])
    recorder.read(PING)
    recorder.taken()
    recorder.settle()
    assert recorder.due_ns() is None
    recorder.end(closed=lambda: closed.append(True))
    assert [type(error) for error in lost] == [OSError]
    assert closed == [True]


def test_without_a_writer_nothing_is_recorded_and_the_end_is_told() -> None:
    closed: list[bool] = []
    recorder = SafeRecorder(None, lambda _: None)
    recorder.request("GET", "http://h/", [])
    recorder.response(200, [])
    recorder.read(PING)
    recorder.settle()
    recorder.end(closed=lambda: closed.append(True))
    assert closed == [True]


def test_who_is_told_of_a_loss_may_call_again(tmp_path: Path) -> None:
    """As the garbage collector may, in the middle of a step."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    ended = threading.Event()
    recorder = SafeRecorder(Writer(os.open(path, os.O_RDONLY)), lambda _: recorder.end(closed=ended.set))
    recorder.request("GET", "http://h/", [])
    recorder.request_done()
    assert ended.is_set()


def test_nothing_is_lost_or_mixed_up_while_another_thread_writes(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", batch_ns=LONG_NS)
    recording.begin()
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            recording.to.write()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3000):
        recording.read(b"data: %d\n\n" % number, number)
        recording.to.taken(waited=number % 3 == 0)
    recording.to.end()
    done.set()
    for thread in threads:
        thread.join()
    lines = lines_of(recording.path)
    assert [line["raw"] for line in lines if line["kind"] == "event"] == [f"data: {n}\n\n" for n in range(3000)]
    assert [line["t_ns"] for line in lines if line["kind"] == "event"] == list(range(3000))
    sent = [(number, line["read"]) for number, line in enumerate(lines) if line["kind"] == "sent"]
    # Each stands behind the last read that it counts, and before the next one.
    assert all(lines[number - 1]["read"] == read for number, read in sent)
    assert {read - 1 for _, read in sent} >= set(range(0, 3000, 3))
    assert lines[-1]["kind"] == "end"


class AtLeisure:
    """Writes nothing until it is asked to."""

    def __init__(self) -> None:
        self.hurried = 0

    def watch(self, pending: Pending) -> None:
        pending.watched = True

    def hurry(self, pending: Pending) -> None:
        self.hurried += 1


def test_an_unfinished_frame_is_on_the_disk_soon_although_nothing_follows(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", perf_counter_ns())
    recording.begin()
    recording.to.read(b"data: a piece of a frame")
    recording.to.settle()
    until(recording.path, b'{"kind":"spill","t_ns":')
    recording.to.read(b", more of it")
    recording.to.settle()
    until(recording.path, b", more of it")
    recording.to.read(b"\n\n")
    recording.to.settle()
    recording.to.end()
    assert kinds(recording.path)[3:] == ["spill", "spill", "event", "end"]
    assert lines_of(recording.path)[-2]["spilled"] == 2
    pieces = [line.get("raw", "") for line in lines_of(recording.path)[3:]]
    assert "".join(pieces) == "data: a piece of a frame, more of it\n\n"


def test_a_frame_that_is_soon_whole_is_not_spilled(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", perf_counter_ns() + LONG_NS, batch_ns=0)
    recording.begin()
    for piece in (b"data", b": ", b"1", b"\n\n"):
        recording.to.read(piece)
        recording.to.settle()
    recording.to.end()
    assert kinds(recording.path)[3:] == ["event", "end"]


def test_what_is_kept_is_bounded_and_who_waits_is_told(tmp_path: Path) -> None:
    watcher, told = AtLeisure(), []
    recording = Recording(tmp_path / "a.jsonl", batch_ns=None, watcher=watcher)
    recording.to.caught_up = lambda: told.append(recording.to.behind)
    recording.begin()
    chunk = b"x" * (1 << 17)
    count = 0
    while not recording.to.behind:
        recording.to.read(chunk)
        recording.to.settle()
        count += 1
    assert 1 << 20 <= count * len(chunk) <= 2 << 20
    assert watcher.hurried > 1
    slices = 1
    while not recording.to.write(until_ns=0):
        slices += 1
    assert slices > 2
    assert told == [False]
    recording.to.end(closed=lambda: told.append(True))
    assert told == [False, True]
    assert sum(len(line.get("raw", "")) for line in lines_of(recording.path)) == count * len(chunk)


def test_who_does_not_wait_loses_the_recording_and_nothing_else(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", batch_ns=None, watcher=AtLeisure())
    recording.begin()
    for _ in range(40):
        recording.to.read(b"x" * (1 << 20))
        recording.to.settle()
    recording.to.write()
    assert [str(error) for error in recording.lost] == ["it comes faster than it can be recorded"]
    assert not recording.to.behind
    assert recording.to.due_ns() is None
    closed: list[bool] = []
    recording.to.end(closed=lambda: closed.append(True))
    assert closed == [True]
    assert "end" not in kinds(recording.path)


def test_together_recorders_keep_no_more_than_their_budget(tmp_path: Path) -> None:
    kept = Budget(1 << 20)
    recordings = [Recording(tmp_path / f"{n}.jsonl", batch_ns=None, watcher=AtLeisure(), kept=kept) for n in range(3)]
    for recording in recordings:
        recording.begin()
        recording.to.read(b"x" * (300 << 10))
    assert not any(recording.to.behind for recording in recordings)
    recordings[0].to.read(b"x" * (200 << 10))
    assert all(recording.to.behind for recording in recordings)
    recordings[0].to.write()
    assert not any(recording.to.behind for recording in recordings)
    for recording in recordings:
        recording.to.end(closed=lambda: None)


def test_request_bodies_that_are_too_many_at_once_are_left_out(tmp_path: Path) -> None:
    held = Budget(100)
    first, second, third = (
        Recording(tmp_path / f"{n}.jsonl", largest_body=80, bodies_held=held, bodies=True) for n in range(3)
    )
    for recording in (first, second):
        recording.to.request("POST", "http://h/", [])
        recording.to.request_body(b"x" * 60)
    first.to.request_done()
    second.to.request_done()
    third.begin(b"x" * 60)
    assert [recording.to.body_too_large for recording in (first, second, third)] == [False, True, False]
    for recording in (first, second, third):
        recording.to.end()
    assert lines_of(first.path)[1]["body_raw"] == lines_of(third.path)[1]["body_raw"] == "x" * 60
    assert lines_of(second.path)[1]["body_left_out"] == "it is too large"
    assert not held.exceeded


def test_a_step_that_is_cut_off_is_finished_by_the_flusher(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.jsonl", perf_counter_ns(), batch_ns=LONG_NS)
    recording.begin()
    body = b"\n" * 3000
    recording.to.read(body)
    assert not recording.to.write(until_ns=0)
    recording.to.settle()
    flusher.watch(recording.to)
    wait_until(lambda: kinds(recording.path).count("frame") == len(body))
    recording.to.end()
