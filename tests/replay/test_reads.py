import pytest
from hypothesis import given

from inspector.formats import open_exchanges
from inspector.recording import header_line
from inspector.replay.recorded import reads
from tests.support import CORPUS, RECORDINGS, bodies, chunkings, exchange_of_body, exchange_of_lines


@given(chunkings(bodies()))
def test_reads_come_back_exactly_as_they_came(chunks: list[bytes]) -> None:
    came = [chunk for chunk in chunks if chunk]
    exchange = exchange_of_body(came)
    assert list(reads(exchange)) == [(1000 * at, chunk) for at, chunk in enumerate(came)]
    assert b"".join(piece for _, piece in reads(exchange)) == exchange.body()


def test_without_read_numbers_each_frame_is_a_read() -> None:
    lines = [
        header_line({"kind": "import"}),
        b'{"kind":"event","event":"ping","data":{}}\n',
        b'{"kind":"event","event":"ping","data":{}}\n',
        b'{"kind":"tail","raw":"data"}\n',
    ]
    assert list(reads(exchange_of_lines(lines))) == [
        (None, b"event: ping\ndata: {}\n\n"),
        (None, b"event: ping\ndata: {}\n\n"),
        (None, b"data"),
    ]


@pytest.mark.parametrize("splits", ["[[99,1]]", "[[0,1]]", "[[5,1],[3,2]]", '[["x",1]]', "[[5,null]]", "[5]"])
def test_splits_that_make_no_sense_lose_no_byte(splits: str) -> None:
    line = b'{"kind":"event","t_ns":9,"read":2,"splits":%b,"event":"ping","data":{}}\n' % splits.encode()
    exchange = exchange_of_lines([header_line({"kind": "live"}), line])
    assert b"".join(piece for _, piece in reads(exchange)) == exchange.body() == b"event: ping\ndata: {}\n\n"


@pytest.mark.parametrize("path", [*RECORDINGS, *CORPUS[::7]], ids=lambda path: path.name)
def test_recorded_streams_come_back_whole(path: object) -> None:
    for exchange in open_exchanges(str(path)):
        with exchange:
            exchange.load()
            assert b"".join(piece for _, piece in reads(exchange)) == exchange.body()
