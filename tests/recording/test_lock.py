"""Whether a recording is being written is known by its lock, which no killed recorder leaves behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspector.formats import open_exchange
from inspector.recording import Writer
from inspector.recording.lock import hold, is_held

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such locks")

_RECORDER = """
import sys
from pathlib import Path
from inspector.recording import Writer
writer = Writer.create(Path(sys.argv[1]), {"kind": "proxy"})
writer.response(1, 200, [])
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def recorder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun a recording and does not end it."""
    command = [sys.executable, "-c", _RECORDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_recording_is_being_written_while_its_recorder_runs(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with recorder(path) as process:
        with open_exchange(str(path)) as exchange:
            assert exchange.arriving
            assert exchange.view().status == "in-progress"
            assert exchange.notes == ["the recording is still being written"]
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_exchange(str(path)) as exchange:
            assert not exchange.arriving
            assert exchange.notes == ["the recording has no end: it was cut, or is still being written"]


def test_what_has_an_end_is_not_being_written(tmp_path: Path) -> None:
    writer = Writer.create(tmp_path / "a.jsonl", {"kind": "proxy"})
    with open_exchange(str(tmp_path / "a.jsonl")) as exchange:
        assert exchange.arriving
        writer.end(1, "complete")
        assert exchange.arriving
        exchange.load()
        assert not exchange.arriving
    writer.close()


def test_looking_does_not_take_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.touch()
    with path.open("rb") as reader, path.open("rb") as other, path.open("ab") as writer:
        assert not is_held(reader.fileno())
        hold(writer.fileno())
        assert is_held(reader.fileno())
        assert is_held(other.fileno())
        assert not is_held(writer.fileno())


def test_a_descriptor_that_cannot_be_locked_is_no_error() -> None:
    closed = os.open(os.devnull, os.O_RDONLY)
    os.close(closed)
    hold(closed)
    assert not is_held(closed)
