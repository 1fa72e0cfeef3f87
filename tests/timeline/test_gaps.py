from statistics import quantiles

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
        assert sum(gaps.histogram(reads)) == reads - 1


@pytest.mark.parametrize("count", [100, 9_000])
def test_quantiles_are_close(count: int) -> None:
    pauses = [((at * 7919) % count + 1) * 100_000 for at in range(count)]
    times = [0]
    for pause in pauses:
        times.append(times[-1] + pause)
    gaps = gaps_of(times, 3)
    exact = quantiles(pauses, n=20)
    for share, wanted in ((0.5, exact[9]), (0.95, exact[18])):
        found = gaps.quantile(len(times), share)
        assert found == pytest.approx(wanted, rel=0.1)


def test_counts_between_edges() -> None:
    gaps = gaps_of([0, 10, 15, 115])
    assert gaps.counts(4, [5, 10, 50]) == [1, 1, 0, 1]
    assert gaps.counts(2, [5, 10, 50]) == [0, 1, 0, 0]


def test_one_read_has_no_gap() -> None:
    gaps = gaps_of([5])
    assert (gaps.longest(1), gaps.quantile(1, 0.5), sum(gaps.histogram(1))) == (None, None, 0)


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
