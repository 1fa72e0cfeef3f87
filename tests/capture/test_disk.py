"""A disk that does not answer: a pipe that is full blocks whoever writes to it, as such a disk does."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.capture import disk as disk_module
from inspector.capture.disk import Disk, DiskFile
from inspector.recording import Writer
from tests.capture.proxy.bare import GET, Server, Wire, proxied
from tests.support import wait_until

PIECE = bytes(1 << 20)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe with nothing in it; what is in it when the test is over is read."""
    reading, writing = os.pipe()
    yield reading, writing
    os.set_blocking(reading, True)
    drained(reading)
    os.close(reading)


def drained(reading: int) -> bytes:
    """All until whoever writes has closed it."""
    pieces = []
    while piece := os.read(reading, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def test_what_is_written_waits_in_its_order(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    disk = Disk()
    file = DiskFile(disk, writing)
    sent = [bytes([number]) * (1 << 20) for number in range(6)]
    for piece in sent:
        file.write(piece)
    assert (file.behind, disk.full) == (True, False)
    caught_up = threading.Event()
    file.once_caught_up(caught_up.set)
    wait_until(lambda: disk.stuck)
    # There is no point in waiting for it.
    assert not file.behind
    assert not caught_up.is_set()
    file.close()
    assert drained(reading) == b"".join(sent)
    assert caught_up.wait(10)
    wait_until(lambda: not disk.stuck)
    again = threading.Event()
    file.once_caught_up(again.set)
    assert again.is_set()
    assert file.error is None
    disk.close()


def test_what_is_too_much_is_refused(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "_MOST_BYTES", 2 << 20)
    reading, writing = pipe
    disk = Disk()
    first, second = DiskFile(disk, writing), DiskFile(disk, os.dup(writing))
    for _ in range(3):
        first.write(PIECE)
    for file in (first, second, first):
        with pytest.raises(OSError, match="it does not take what is written"):
            file.write(b"more")
    second.close()
    first.close()
    # Of what was refused nothing is followed by anything: the body would have a hole.
    assert len(drained(reading)) < 3 << 20
    disk.close()


def test_an_error_of_the_disk_is_told_at_the_next_write(tmp_path: Path) -> None:
    disk = Disk()
    writer = Writer.create(tmp_path / "a", {"kind": "live"})
    file = DiskFile(disk, os.open("/dev/full", os.O_WRONLY)) if sys.platform == "linux" else DiskFile(disk, -1)
    writer.through(lambda fd: file)
    writer.write(b"lost")
    wait_until(lambda: file.error is not None)
    with pytest.raises(OSError, match=r"No space left|Bad file descriptor"):
        writer.write(b"more")
    writer.close()
    disk.close()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the descriptor of a file in /proc")
def test_streams_go_on_where_the_disk_does_not_answer(tmp_path: Path, pipe: tuple[int, int]) -> None:
    body = b"".join(b"data: %07d%b\n\n" % (number, bytes(32) * 32) for number in range(600))

    def serve(wire: Wire, number: int) -> None:
        wire.request()
        if number == 1:
            (path,) = tmp_path.iterdir()
            (fd,) = (int(name) for name in os.listdir("/proc/self/fd") if leads_to(name, path))
            os.dup2(pipe[1], fd)
            os.close(pipe[1])
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 1 << 16):
            wire.send(body[at : at + (1 << 16)])

    with Server(serve) as upstream:
        with proxied(upstream.url, tmp_path) as proxy:
            for _ in range(2):
                with proxy.client() as client:
                    client.send(GET)
                    client.head()
                    assert client.exactly(len(body)) == body
            assert proxy.log == []
        assert proxy.notes[-1] == (
            f"2 of 2 exchanges are not in {tmp_path}, or not whole: what passed was not held up by that"
        )


def leads_to(name: str, path: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{name}") == str(path)
    except OSError:
        return False
