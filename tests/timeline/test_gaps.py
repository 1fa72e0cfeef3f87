from itertools import accumulate, pairwise
from math import ceil
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline.gaps import Gaps
from inspector.timeline.index import Index


def gaps_of(times: list[int], steps: int = 1) -> Gaps:
    """Gaps over reads at these times, each of which completes one event; taken in in several steps."""
    index = Index()
    gaps = Gaps(index)
    size = max(1, len(times) // steps)
    for at, t_ns in enumerate(times, 1):
        index.arrivals.t_ns.append(t_ns)
        index.arrivals.brought.append(at)
        if at % size == 0:
            gaps.advance()
    gaps.advance()
    return gaps


@given(st.lists(st.integers(0, 10**10), min_size=2, max_size=60), st.integers(1, 5))
def test_the_longest_gap_as_of_any_read(pauses: list[int], steps: int) -> None:
    times = [sum(pauses[:at]) for at in range(len(pauses) + 1)]
    gaps = gaps_of(times, steps)
    for reads in range(2, len(times) + 1):
        longest = max(pauses[: reads - 1])
        assert gaps.longest(reads) == (longest, pauses.index(longest) + 2)


def many(count: int) -> list[int]:
    """Pauses in no order, some of them equal, over all sizes that occur."""
    return [((at * 7919) % count // 3 + 1) * (1000 if at % 3 else 1_000_000) for at in range(count)]


@pytest.mark.parametrize("count", [1, 2, 2047, 2048, 2049, 70_000])
def test_ranks_are_exact_however_many_there_are(count: int) -> None:
    pauses = many(count)
    gaps = gaps_of([0, *accumulate(pauses)], 3)
    for reads in {2, count // 2 + 1, count, count + 1} - {0, 1}:
        so_far = sorted(pauses[: reads - 1])
        assert gaps.median(reads) == median(so_far)
        for share in (0.05, 0.5, 0.95, 1):
            assert gaps.quantile(reads, share) == so_far[ceil(share * len(so_far)) - 1]
        edges = [2_000, 1_000_000, 500_000_000]
        counts = [sum(low < gap <= high for gap in so_far) for low, high in pairwise([-1, *edges, 10**12])]
        assert gaps.counts(reads, edges) == counts


def test_what_has_not_been_taken_in_counts_too() -> None:
    index = Index()
    gaps = Gaps(index)
    index.arrivals.t_ns.extend([0, 10, 40])
    index.arrivals.brought.extend([1, 2, 3])
    assert (gaps.median(3), gaps.longest(3)) == (20, (30, 3))


def test_counts_between_edges() -> None:
    gaps = gaps_of([0, 10, 15, 115])
    assert gaps.counts(4, [5, 10, 50]) == [1, 1, 0, 1]
    assert gaps.counts(2, [5, 10, 50]) == [0, 1, 0, 0]


def test_one_read_has_no_gap() -> None:
    gaps = gaps_of([5])
    assert (gaps.longest(1), gaps.quantile(1, 0.5), gaps.median(1)) == (None, None, None)


def test_next_gap_above_a_threshold() -> None:
    gaps = gaps_of([0, 10, 5_000_000, 5_000_010, 11_000_000])
    assert [gaps.next_over(n, 1_000_000) for n in range(6)] == [3, 3, 3, 5, 5, None]
    assert [gaps.next_over(n, 1_000_000, backward=True) for n in range(1, 6)] == [None, None, None, 3, 3]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 5))
def test_the_longest_few_as_of_any_read(pauses: list[int], steps: int) -> None:
    times = [sum(pauses[:at]) for at in range(len(pauses) + 1)]
    gaps = gaps_of(times, steps)
    for reads in range(2, len(times) + 1):
        wanted = sorted(((pause, at + 2) for at, pause in enumerate(pauses[: reads - 1])), key=lambda pair: -pair[0])
        assert gaps.longest_few(reads) == wanted[:5]


def test_the_longest_few_of_many() -> None:
    pauses = [(at * 7919) % 9001 for at in range(9000)]
    times = [sum(pauses[:at]) for at in range(9001)]
    gaps = gaps_of(times, 7)
    for reads in (513, 4097, 5000, 9001):
        assert [gap for gap, _ in gaps.longest_few(reads)] == sorted(pauses[: reads - 1], reverse=True)[:5]


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=40),
    st.integers(0, 3000),
    st.integers(-2, 40),
    st.integers(-2, 40),
)
def test_whether_any_gap_of_a_stretch_is_over_a_threshold(
    pauses: list[int], threshold: int, start: int, stop: int
) -> None:
    pauses = [pause * 1000 for pause in pauses]
    gaps = gaps_of([sum(pauses[:at]) for at in range(len(pauses) + 1)])
    stretch = pauses[max(0, start) : max(0, stop)]
    assert gaps.any_over(start, stop, threshold * 1000) == any(pause > threshold * 1000 for pause in stretch)


def test_what_is_notable() -> None:
    ms = 1_000_000
    assert gaps_of([0, 0, 0]).notable_ns(3) == 200 * ms
    assert gaps_of([5]).notable_ns(1) == 200 * ms
    assert gaps_of([0, 50 * ms, 100 * ms, 5000 * ms]).notable_ns(4) == 500 * ms
    assert gaps_of([0, 195 * ms]).next_over(1, 196 * ms) is None
