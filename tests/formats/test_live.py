"""What comes through a pipe, while it comes."""

import os
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.formats import FORMATS, open_exchanges, open_live
from inspector.formats import jsonl as native
from inspector.formats.format import Read
from inspector.timeline import Exchange
from tests.formats.containers import chunk, curl_i, gzipped, har, recording_of
from tests.formats.wrappings import ALL
from tests.support import LIMIT_S, block, cut, finish, sse, start, text

EVENTS = [start(), *block(0, text("Hel"), text("lo"), type="text", text=""), *finish()]
STREAM = sse(*EVENTS)
PIECES = [sse(event) for event in EVENTS]


@pytest.fixture
def fifo(tmp_path: Path) -> str:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return str(path)


def _writing(fifo: str, pieces: list[bytes], taken: Callable[[int], object] = lambda count: None) -> threading.Thread:
    """Writes the pieces into a FIFO, each after the one before it has been taken."""

    def write() -> None:
        with open(fifo, "wb", buffering=0) as sink:
            for count, piece in enumerate(pieces, 1):
                sink.write(piece)
                taken(count)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_each_event_is_there_as_soon_as_it_has_come(fifo: str) -> None:
    seen = threading.Semaphore(0)
    writer = _writing(fifo, PIECES, lambda count: seen.acquire(timeout=LIMIT_S))
    (exchange,), pump = open_live(fifo)
    assert pump is not None
    pumping = threading.Thread(target=pump)
    pumping.start()
    with exchange:
        for count in range(1, len(PIECES) + 1):
            assert exchange.arriving
            while exchange.load().index.count < count:
                assert pumping.is_alive()
            assert exchange.index.count == count
            assert exchange.view().status == ("complete" if count == len(PIECES) else "in-progress")
            assert exchange.notes == []
            seen.release()
        writer.join()
        pumping.join()
        assert not exchange.arriving
        assert exchange.load().body() == STREAM
        reads = [exchange.frame(n).read for n in range(1, len(PIECES) + 1)]
        times = [exchange.frame(n).t_ns or 0 for n in range(1, len(PIECES) + 1)]
        assert reads == list(range(1, len(PIECES) + 1))
        assert times == sorted(set(times))
        assert exchange.index.header is not None
        assert exchange.index.header["source"]["kind"] == "import"
        assert exchange.index.header["source"]["clock"] == "arrival"
        assert "end" not in {line["kind"] for line in recording_of(exchange)}


def test_a_pipe_that_ends_early_is_truncated(fifo: str) -> None:
    writer = _writing(fifo, [*PIECES[:2], b"event: mess"])
    (exchange,) = open_exchanges(fifo)
    writer.join()
    with exchange:
        assert exchange.load().view().status == "truncated"
        assert exchange.index.tail == b"event: mess"
        assert not exchange.arriving


def test_our_own_lines_are_passed_on_as_they_come(fifo: str) -> None:
    lines = [b'{"kind":"recording","version":1}\n', b'{"kind":"event","t_ns":7,"read":1,"event":"e","data":1}\n']
    end = b'{"kind":"end","t_ns":9,"reason":"eof"}\n'
    writer = _writing(fifo, [*cut(b"".join(lines), [40, 50]), end])
    (exchange,), pump = open_live(fifo)
    assert pump is not None
    pump()
    writer.join()
    with exchange:
        assert b"".join(native.write(exchange.load())) == b"".join([*lines, end])
        assert exchange.frame(1).t_ns == 7
        assert exchange.view().status == "truncated"


@pytest.mark.parametrize("kind", ["compose", "docker", "a JSON log", "Python's bytes", "gzip"])
def test_what_is_wrapped_is_shown_as_it_comes_too(fifo: str, kind: str) -> None:
    if kind == "gzip":
        packer = zlib.compressobj(wbits=31)
        pieces = [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in PIECES]
    else:
        pieces = [ALL[kind]([event]) for event in EVENTS]
    seen = threading.Semaphore(0)
    writer = _writing(fifo, pieces, lambda count: seen.acquire(timeout=LIMIT_S) if count > 1 else None)
    (exchange,), pump = open_live(fifo)
    assert pump is not None
    pumping = threading.Thread(target=pump)
    pumping.start()
    with exchange:
        for count in range(2, len(EVENTS) + 1):
            while exchange.load().index.count < count:
                assert pumping.is_alive()
            assert exchange.index.count == count
            seen.release()
        writer.join()
        pumping.join()
        assert exchange.load().view().status == "complete"


def test_what_cannot_be_read_while_it_comes_is_read_to_its_end(fifo: str) -> None:
    writer = _writing(fifo, cut(har(STREAM), [5, 70]))
    (exchange,), pump = open_live(fifo)
    writer.join()
    with exchange:
        assert pump is None
        assert len(exchange.load().index.offset) == len(EVENTS)


def test_a_file_is_no_pipe(tmp_path: Path) -> None:
    path = tmp_path / "saved.sse"
    path.write_bytes(STREAM)
    (exchange,), pump = open_live(str(path))
    with exchange:
        assert pump is None
        assert exchange.load().frame(1).t_ns is None
        assert exchange.index.header is not None
        assert "clock" not in exchange.index.header["source"]


def test_whoever_closes_the_exchange_does_not_stop_the_pipe(fifo: str) -> None:
    writer = _writing(fifo, PIECES)
    (exchange,), pump = open_live(fifo)
    assert pump is not None
    again = exchange.again()
    exchange.close()
    pump()
    writer.join()
    with again:
        assert again.load().body() == STREAM


def _live(name: str, pieces: list[bytes]) -> tuple[list[int], Exchange]:
    """How many pieces had come when each line was given (with live reads at 1,000 ns each), and the exchange."""
    from tests.support import exchange_of_lines

    given = 0

    def reads() -> Iterator[Read]:
        nonlocal given
        for given, piece in enumerate(pieces, 1):
            yield piece, 1000 * given

    live = FORMATS[name].live
    assert live is not None
    lines = []
    when = []
    for line in live(reads(), "arrival").lines:
        lines.append(line)
        when.append(given)
    return when, exchange_of_lines(lines)


def test_a_saved_head_has_the_time_when_it_was_whole() -> None:
    head, _, _ = curl_i(b"").rpartition(b"set-cookie")
    rest = curl_i(b"")[len(head) :]
    when, exchange = _live("sse", [head, rest + PIECES[0], *PIECES[1:]])
    assert when == [0, 2, 2, *range(3, len(PIECES) + 2)]
    assert exchange.view().metrics.ttfb_ms == 0.002
    assert [exchange.frame(n).t_ns for n in range(1, 4)] == [2000, 3000, 4000]
    assert exchange.body() == STREAM


def test_coded_and_binary_bodies_have_times_too() -> None:
    import zlib

    coder = zlib.compressobj(wbits=31)
    coded = [coder.compress(piece) + coder.flush(zlib.Z_SYNC_FLUSH) for piece in PIECES]
    _, exchange = _live("sse", [curl_i(b"", headers=gzipped()), *coded])
    assert exchange.body() == STREAM
    assert [exchange.frame(n).t_ns for n in range(1, 4)] == [2000, 3000, 4000]
    when, exchange = _live("bedrock", [chunk(event) for event in EVENTS])
    assert when[1:] == list(range(1, len(EVENTS) + 1))
    assert [(exchange.frame(n).t_ns, exchange.frame(n).read) for n in (1, 2)] == [(1000, 1), (2000, 2)]


def test_reads_inside_a_frame_are_kept() -> None:
    _, exchange = _live("sse", cut(STREAM, [5, 20]))
    assert exchange.frame(1).splits == ((5, 1000), (20, 2000))
    assert exchange.frame(1).t_ns == 3000
    _, exchange = _live("sse", [b"data: 1\n\nda", b"ta"])
    assert recording_of(exchange)[-1] == {"kind": "tail", "t_ns": 2000, "read": 2, "splits": [[2, 1000]], "raw": "data"}
