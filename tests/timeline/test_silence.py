"""The longest time in which pings were all that came, against looking at every event."""

from hypothesis import given
from hypothesis import strategies as st

from inspector.recording.lines import frame_line
from inspector.sse import Decoder
from inspector.timeline.gaps import Silence
from tests.support import exchange_of_lines, sse

EVENTS = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30)


def lines_of(events: list[tuple[bool, int]]) -> list[bytes]:
    decoder, t_ns, lines = Decoder(), 0, []
    for is_ping, gap in events:
        t_ns += gap
        body = sse({"type": "ping"} if is_ping else {"type": "other"})
        lines += [frame_line(frame) for frame in decoder.feed(body, t_ns)]
    return lines


def naive(events: list[tuple[bool, int]], n: int) -> int:
    longest, t_ns, last, pings = 0, 0, None, 0
    for is_ping, gap in events[:n]:
        t_ns += gap
        if is_ping:
            pings += 1
            continue
        if last is not None and pings:
            longest = max(longest, t_ns - last)
        last, pings = t_ns, 0
    return longest


@given(EVENTS)
def test_it_is_what_looking_at_every_event_gives(events: list[tuple[bool, int]]) -> None:
    exchange = exchange_of_lines(lines_of(events))
    silence = Silence(exchange.index)
    silence.advance()
    for n in range(1, len(events) + 1):
        found = silence.longest(n)
        assert (found[0] if found else 0) == naive(events, n)
        if found:
            assert found[1] <= n
            assert not events[found[1] - 1][0], "an event that is no ping ends it"


@given(EVENTS, st.integers(1, 30))
def test_it_grows_with_the_index(events: list[tuple[bool, int]], at: int) -> None:
    whole = exchange_of_lines(lines_of(events))
    expected = Silence(whole.index)
    expected.advance()
    growing = Silence(whole.index)
    count = whole.index.count
    try:
        whole.index.count = min(at, count)
        growing.advance()
    finally:
        whole.index.count = count
    growing.advance()
    assert growing.longest(count) == expected.longest(count)
