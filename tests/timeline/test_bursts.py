"""Events for each read, against a count that looks at every frame."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given

from inspector.timeline.gaps import MANY, Bursts
from inspector.timeline.index import Index
from tests.support import bodies, chunkings, exchange_of_body


@given(chunkings(bodies()))
def test_as_of_every_event(chunks: list[bytes]) -> None:
    exchange = exchange_of_body(chunks)
    index = exchange.index
    bursts = Bursts(index)
    bursts.advance()
    frames = list(exchange.frames())
    for n in range(1, index.count + 1):
        reads = index.arrivals.count_at(n)
        found = bursts.at(n, reads)
        assert found
        brought = Counter(frame.read for frame in frames[:n])
        sizes = sorted([*brought.values(), *[0] * (reads - len(brought))])
        assert sum(found.counts) == reads
        assert {size: hits for size, hits in enumerate(found.counts) if hits} == Counter(sizes)
        assert found.median == sizes[ceil(reads / 2) - 1]
        assert found.most == sizes[-1]
        first = frames[found.most_at - 1]
        assert [frame.read for frame in frames[:n]].count(first.read) == found.most


def bursts_of(sizes: list[int]) -> tuple[Bursts, Index]:
    """Reads that complete so many events each, taken in as they come."""
    index = Index()
    bursts = Bursts(index)
    n = 1
    for at, size in enumerate(sizes):
        index.arrivals.t_ns.append(at)
        index.arrivals.brought.append(n)
        n += size
        if at % 700 == 0:
            bursts.advance()
    bursts.advance()
    return bursts, index


@pytest.mark.parametrize("reads", [1, 511, 512, 513, 4096, 4097, 9000])
def test_many_reads(reads: int) -> None:
    sizes = [(at * 7919) % 11 + (at == 600) * 300 for at in range(9000)]
    bursts, index = bursts_of(sizes)
    n = index.arrivals.brought[reads - 1] + sizes[reads - 1] - 1
    found = bursts.at(n, reads)
    assert found
    shown = sizes[:reads]
    assert found.counts == [sum(min(size, MANY) == wanted for size in shown) for wanted in range(MANY + 1)]
    assert found.most == max(shown)
    assert found.most_at == index.arrivals.brought[shown.index(max(shown))]


def test_before_the_first_read() -> None:
    assert bursts_of([])[0].at(0, 0) is None
