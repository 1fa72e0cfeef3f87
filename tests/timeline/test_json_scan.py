"""The scan against Python's own parser, which reads the same JSON."""

import json
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.text.json_text import loads_exact
from inspector.timeline.partial_json import JsonScan, JsonState

EVERYTHING = 1 << 40
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda child: st.lists(child, max_size=4) | st.dictionaries(st.text(max_size=4), child, max_size=4),
    max_leaves=10,
)
PIECES = [
    "{", "}", "[", "]", ":", ",", '"', '"a"', '"a":', "\\", "\\u00", "n", "0", "1", "-", ".", "e", "E+", "true", "nul", "false",
    "NaN", "-Infinity", " ", "\n", "\t", "é", "\ud83d", "x",
]  # fmt: skip
NEARLY_JSON = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | VALUES.map(json.dumps).flatmap(
    lambda text: st.tuples(st.just(text), st.integers(0, len(text)), st.sampled_from(["", *PIECES])).map(
        lambda made: made[0][: made[1]] + made[2] + made[0][made[1] :]
    )
)
# What may follow a beginning, before its brackets are closed.
TAILS = [
    before + after
    for before in ("", "n", "0", "00", "000", "0000", "rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l")
    for after in ("", "0", '"', '":0', ":0", '"":0')
]


def state_of(text: str) -> JsonState:
    state = JsonScan().at(text.encode("utf-8", "surrogatepass"), EVERYTHING)
    assert state
    return state


def is_json(text: str) -> bool:
    def refuse(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


@given(NEARLY_JSON)
def test_what_is_whole_parses_and_what_broke_never_will(text: str) -> None:
    state = state_of(text)
    assert state.whole == is_json(text)
    closers = state.open[::-1].translate(bytes.maketrans(b"[{", b"]}")).decode()
    if state.broken is None:
        assert any(is_json(text + tail + closers) for tail in TAILS)
        return
    encoded = text.encode("utf-8", "surrogatepass")
    before = JsonScan().at(encoded[: state.broken], EVERYTHING)
    up_to = JsonScan().at(encoded[: state.broken + 1], EVERYTHING)
    assert before
    assert before.broken is None
    assert up_to
    assert up_to.broken == state.broken


@given(NEARLY_JSON)
def test_the_part_that_is_whole_parses_once_it_is_closed(text: str) -> None:
    state = state_of(text)
    encoded = text.encode("utf-8", "surrogatepass")
    if closed := state.closed(encoded):
        loads_exact(closed)
    assert bool(closed) == bool(state.complete)


@given(VALUES, st.booleans())
def test_no_beginning_of_json_is_broken(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=None if ascii_only else 1).encode("utf-8", "surrogatepass")
    scan = JsonScan()
    for size in range(len(text) + 1):
        state = scan.at(text[:size], EVERYTHING)
        assert state
        assert state.broken is None
    assert state.whole
    assert state.complete == len(text)


@pytest.mark.parametrize(
    ("text", "complete", "opened", "pending"),
    [
        ('{"city":"Par', 1, b"{", "string"),
        ('{"ci', 1, b"{", "name"),
        ('{"a":[1,2', 7, b"{[", "number"),
        ('{"a":[1,2,', 9, b"{[", ""),
        ("[tru", 1, b"[", "word"),
        ('{"a":{"b":1}', 12, b"{", ""),
    ],
)
def test_what_is_open(text: str, complete: int, opened: bytes, pending: str) -> None:
    state = state_of(text)
    assert (state.complete, state.open, state.pending, state.broken) == (complete, opened, pending, None)


@pytest.mark.parametrize(
    ("text", "broken", "problem"),
    [
        ('{"a" 1}', 5, "a colon"),
        ('{"a":"x\n"}', 7, "control character"),
        ('{"a":"\\q"}', 7, "escape"),
        ("[1 2]", 3, ", or ]"),
        ('{"a":1]', 6, ", or }"),
        ('{"a":1}}', 7, "the value was whole"),
        ("[01]", 2, "number"),
        ("[nulx", 4, "null"),
        ("[NaN]", 1, "a value"),
        ('{"a":1,}', 7, "a name in quotes"),
    ],
)
def test_where_and_why_it_broke(text: str, broken: int, problem: str) -> None:
    state = state_of(text)
    assert state.broken == broken
    assert problem in state.problem


LONG = json.dumps([{"name": f"n{at}", "at": [at, {"deep": "\\\n é"}]} for at in range(3000)]).encode()


@given(st.lists(st.integers(0, len(LONG)), min_size=1, max_size=5))
def test_any_order_of_sizes_gives_what_one_look_gives(sizes: list[int]) -> None:
    scan = JsonScan()
    for size in sizes:
        assert scan.at(LONG[:size], EVERYTHING) == JsonScan().at(LONG[:size], EVERYTHING)


def test_a_long_text_takes_several_looks_and_is_read_once() -> None:
    scan = JsonScan()
    checked = [0]
    while (state := scan.at(LONG, 20_000)) is None:
        checked.append(scan.checked(len(LONG)))
    assert len(checked) > 3
    assert checked == sorted(set(checked))
    assert checked[-1] < len(LONG)
    assert state.whole
    assert scan.at(LONG[:-1], 20_000)


def test_nesting_ends_somewhere() -> None:
    state = state_of("[" * 10_001)
    assert state.broken == 10_000
    assert "deeper" in state.problem
    assert len(state.open) == 10_000
