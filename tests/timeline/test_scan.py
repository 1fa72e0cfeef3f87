"""Searching and filtering against reading every frame and every text from its beginning to its end."""

import re
from itertools import accumulate, pairwise
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.recording import header_line
from inspector.recording.lines import frame_line
from inspector.sse import Decoder
from inspector.timeline import Exchange
from inspector.timeline.filter import Filter, Wanted
from inspector.timeline.pattern import Finder, pattern_of
from inspector.timeline.rows import row
from inspector.timeline.search import Search, chunk_end, frames_with
from tests.support import block, exchange_of_body, exchange_of_lines, finish, input_json, sse, start, text
from tests.timeline.streams import STREAMS, Event, all_blocks, exchange_of

WANTED = st.sampled_from(["a", "ab", "Ab", "AB", "wörd", "日", "x", "delta", "Delta", '"text"', "a.b", "[ab]+", "a|日", "x{9}", "kind", "read", "\\n", "ab."])  # fmt: skip
# What the recording adds to a frame: it is not searched.
ENVELOPE = re.compile(rb'\{"kind":"(?:event|frame)",.*?"(?:event|raw)":')


def searched(exchange: Exchange, pattern: re.Pattern[bytes], first: int) -> Search:
    search = Search(exchange, pattern, first)
    while search.step():
        pass
    return search


def in_lines(exchange: Exchange, pattern: re.Pattern[bytes]) -> set[int]:
    """The frames whose line holds the pattern behind what the recording added."""
    lines = {n: exchange.line(n) for n in range(1, exchange.index.count + 1)}
    return {n for n, line in lines.items() if pattern.search(line, cast(re.Match[bytes], ENVELOPE.match(line)).end())}


def in_texts(exchange: Exchange, pattern: re.Pattern[bytes]) -> set[int]:
    """The frames that brought the beginning of a match in the text of a block."""
    buffers = [buffer for found in all_blocks(exchange) for buffer in found.buffers.values()]
    return {buffer.event_at(found.start()) for buffer in buffers for found in pattern.finditer(bytes(buffer.text))}


@given(STREAMS, WANTED, st.data())
def test_a_search_finds_what_is_there_from_wherever_it_starts(
    events: list[Event], wanted: str, data: st.DataObject
) -> None:
    exchange = exchange_of(events)
    pattern = pattern_of(wanted)
    assert pattern is not None
    expected = in_lines(exchange, pattern) | in_texts(exchange, pattern)
    first = data.draw(st.integers(1, max(1, exchange.index.count)))
    search = searched(exchange, pattern, first)
    assert search.done
    assert in_lines(exchange, pattern) <= set(search.matches) <= expected
    if not set("[]{}|.+") & set(wanted):
        assert list(search.matches) == sorted(expected)
    for n in range(exchange.index.count + 2):
        matches = list(search.matches)
        after, before = [m for m in matches if m > n], [m for m in matches if m < n]
        assert search.place(n) == len([m for m in matches if m <= n])
        assert search.next(n) == (after or matches or [None])[0]
        assert search.next(n, backward=True) == (before or matches or [None])[-1]


@given(
    st.lists(st.text("ab", max_size=3), min_size=1, max_size=12),
    st.sampled_from(["ab", "aab", "AB", "bba"]),
    st.integers(1, 14),
)
def test_text_in_pieces_is_found_wherever_the_search_starts(pieces: list[str], wanted: str, first: int) -> None:
    exchange = exchange_of_body(
        [sse(event) for event in (start(), *block(0, *map(text, pieces), type="text", text=""))]
    )
    pattern = cast(re.Pattern[bytes], pattern_of(wanted))
    ends = list(accumulate(map(len, pieces)))
    starts = [found.start() for found in re.finditer(pattern.pattern.decode(), "".join(pieces), pattern.flags & re.I)]
    expected = {3 + next(at for at, end in enumerate(ends) if end > place) for place in starts}
    matches = set(searched(exchange, pattern, first).matches)
    assert expected <= matches
    assert matches <= expected | in_lines(exchange, pattern)


def test_matches_come_nearest_first_and_go_on_round_the_end() -> None:
    exchange = big_exchange()
    pattern = re.compile(b"needle")
    search = Search(exchange, pattern, 30)
    steps: list[set[int]] = [set()]
    while search.step():
        steps.append(set(search.matches))
    assert len(steps) > 4
    assert all(before <= after for before, after in pairwise(steps))
    first = [min(after - before) for before, after in pairwise(steps) if after - before]
    from_there_on, round_the_end = [n for n in first if n >= 30], [n for n in first if n < 30]
    assert first == sorted(from_there_on) + sorted(round_the_end)
    assert steps[-1] == in_lines(exchange, pattern) | in_texts(exchange, pattern)


def big_exchange() -> Exchange:
    """Some megabytes of text in a hundred events, a needle in every ninth, one cut between two."""
    pieces = [("hay " * 15_000) + ("needle " if at % 9 == 4 else "") for at in range(100)]
    pieces[50] += "nee"
    pieces[51] = "dle" + pieces[51]
    return exchange_of_body(
        [sse(event) for event in (start(), *block(0, *map(text, pieces), type="text", text=""), *finish())]
    )


def test_progress_goes_up_to_one() -> None:
    exchange = big_exchange()
    search = Search(exchange, re.compile(b"needle"), 40)
    seen = [search.progress]
    while search.step():
        seen.append(search.progress)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)
    assert len(set(seen)) == len(seen)


def test_what_comes_later_is_searched_and_filtered_too() -> None:
    decoder = Decoder()
    bodies = [
        sse(start(), *block(0, text("nee"), type="text", text="", stop=False)),
        sse({"type": "content_block_delta", "index": 0, "delta": text("dle")}, {"type": "ping"}),
    ]
    lines = [b"".join(map(frame_line, decoder.feed(body, 1000 * at))) for at, body in enumerate(bodies)]
    exchange = exchange_of_lines([header_line({"kind": "live"}), lines[0]])
    search, pings = Search(exchange, re.compile(b"needle")), Filter(exchange, Wanted(types=("ping",)))
    while search.step() or pings.step():
        pass
    assert (list(search.matches), list(pings.numbers)) == ([], [])
    file = cast(BinaryIO, exchange.reader.file)
    file.seek(0, 2)
    file.write(lines[1])
    file.flush()
    exchange.load()
    assert not search.done
    while search.step() or pings.step():
        pass
    assert (list(search.matches), list(pings.numbers)) == ([3], [5])


@given(STREAMS, WANTED, st.data())
def test_frames_of_any_stretch(events: list[Event], wanted: str, data: st.DataObject) -> None:
    exchange = exchange_of(events)
    pattern = cast(re.Pattern[bytes], pattern_of(wanted))
    if not exchange.index.count:
        return
    at = data.draw(st.integers(0, exchange.index.count - 1))
    until = data.draw(st.integers(at + 1, exchange.index.count))
    found = frames_with(Finder(pattern), exchange, at, until)
    assert found == sorted(n for n in in_lines(exchange, pattern) if at < n <= until)


def test_lines_of_other_kinds_between_frames_hold_no_match() -> None:
    frames = [
        frame_line(frame) for frame in Decoder().feed(sse({"type": "ping"}, {"type": "ping"}, {"type": "shiny"}), 0)
    ]
    other = [
        b'{"kind":"response","t_ns":1,"status":200,"headers":[["x","shiny"]]}\n',
        b'{"kind":"sent","t_ns":5,"read":1,"by":"shiny"}\n',
    ]
    lines = [header_line({"kind": "live"}), frames[0], other[0], frames[1], other[1], frames[2], *other]
    exchange = exchange_of_lines(lines)
    assert frames_with(Finder(re.compile(b"shiny")), exchange, 0, 3) == [3]
    assert frames_with(Finder(re.compile(b"(?s)ping.*shiny")), exchange, 0, 3) == []
    assert list(searched(exchange, re.compile(b"shiny"), 2).matches) == [3]


def test_chunks_have_at_least_a_frame_and_end_behind_half_a_megabyte() -> None:
    pieces = [text("x" * 700_000), text("y"), text("x" * 300_000), text("x" * 300_000)]
    exchange = exchange_of_body([sse(event) for event in (start(), *block(0, *pieces, type="text"))])
    ends = [0]
    while ends[-1] < exchange.index.count:
        ends.append(chunk_end(exchange, ends[-1], exchange.index.count))
    # The frame that goes beyond the half megabyte is the last one of its chunk.
    assert ends == [0, 3, 6, 7]
    assert chunk_end(exchange, 0, 1) == 1


@pytest.mark.parametrize(
    ("wanted", "texts"), [("wörd", ["wörd", "WöRD"]), ("WÖRD", ["WÖRD"]), ("a.c", ["abc", "aBC"]), ("(", ["("])]
)
def test_case_is_as_less_has_it(wanted: str, texts: list[str]) -> None:
    every = ["wörd", "WöRD", "WÖRD", "abc", "aBC", "(", "ac"]
    exchange = exchange_of_body([sse(start(), *block(0, *map(input_json, every), type="tool_use", input={}))])
    found = frames_with(Finder(cast(re.Pattern[bytes], pattern_of(wanted))), exchange, 2, exchange.index.count - 1)
    assert [every[n - 3] for n in found] == texts


FILTERS = st.lists(
    st.sampled_from(["ping", "text_delta", "!ping", "block:0", "block:1", "!block:2", "text:a", "!text:ab", "message", "comment", "shiny", "wörd", "!delta"]),
    min_size=1,
    max_size=4,
).map(" ".join)  # fmt: skip


@given(STREAMS, FILTERS)
def test_a_filter_lets_through_what_it_says(events: list[Event], typed: str) -> None:
    exchange = exchange_of(events)
    index = exchange.index
    wanted = Wanted.parse(typed, index.event_types.known[1:])
    filtered = Filter(exchange, wanted)
    while filtered.step():
        pass

    def passes(n: int) -> bool:
        kind = index.event_types[index.code[n - 1]]
        name = f"{row(exchange, n).label} {kind.event} {kind.part}".lower()
        texts = [n in in_lines(exchange, cast(re.Pattern[bytes], pattern_of(word))) for word in wanted.texts]
        not_texts = [n in in_lines(exchange, cast(re.Pattern[bytes], pattern_of(word))) for word in wanted.not_texts]
        return (
            (not wanted.types or any(word in name for word in wanted.types))
            and not any(word in name for word in wanted.not_types)
            and (not wanted.blocks or index.block[n - 1] in wanted.blocks)
            and index.block[n - 1] not in wanted.not_blocks
            and all(texts)
            and not any(not_texts)
        )

    assert list(filtered.numbers) == [n for n in range(1, index.count + 1) if passes(n)]
    assert filtered.done == index.count
