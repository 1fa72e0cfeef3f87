"""Lines, bars and JSON: what is drawn fits, and says what it is made of."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.panes.drawing.charts import bar, gap_bar, plot
from inspector.panes.drawing.json_lines import json_lines
from inspector.panes.drawing.lines import breaks, cut, cut_line, fill, marked, width_of
from inspector.text.sanitise import sanitise
from inspector.text.wording import duration

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60) | st.text("ab 日é\n", max_size=60)


@given(TEXTS, st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_only_spaces(text: str, width: int) -> None:
    spans = list(breaks(text, width))
    assert all(cell_len(text[start:end]) <= width for start, end in spans)
    places = [0, *(edge for span in spans for edge in span), len(text)]
    assert places == sorted(places)
    left_out = "".join(text[end:start] for end, start in zip(places[::2], places[1::2], strict=True))
    assert left_out.strip(" \n") == ""


@given(TEXTS.map(sanitise), st.integers(1, 30))
def test_what_is_cut_says_so(text: str, width: int) -> None:
    shown = cut(text, width)
    assert cell_len(shown) <= width
    assert shown == text or shown.endswith("…")
    assert cell_len(fill(text, width)) == width
    assert width_of(cut_line([(text, "a"), (text, "b")], width)) <= width


@given(st.lists(st.tuples(st.text("ab", max_size=4), st.sampled_from("xy")), max_size=5))
def test_marking_changes_no_text(line: list[tuple[str, str]]) -> None:
    found = marked(line, lambda text: [place.span() for place in re.finditer("ab", text)])
    assert "".join(text for text, _ in found) == "".join(text for text, _ in line)
    hits = "".join(text for text, role in found if "found" in role)
    assert hits == "ab" * "".join(text for text, _ in line).count("ab")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda child: st.lists(child, max_size=4) | st.dictionaries(st.text("abc", max_size=3), child, max_size=4),
    max_leaves=12,
)


@given(JSON, st.integers(20, 60))
def test_json_lines_hold_every_scalar(value: Any, width: int) -> None:
    said = "".join(text for line in json_lines(value, width) for text, _ in line).replace(" ", "")
    for scalar in _scalars(value):
        assert sanitise(json.dumps(scalar, ensure_ascii=False)).replace(" ", "") in said


def test_json_stops_at_its_limit() -> None:
    lines = json_lines(list(range(10_000)), 40, limit=10)
    assert len(lines) == 11
    assert "more" in lines[-1][0][0]


def _scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [scalar for child in value.values() for scalar in _scalars(child)]
    if isinstance(value, list):
        return [scalar for child in value for scalar in _scalars(child)]
    return [value]


@given(st.floats(0, 2), st.integers(1, 10))
def test_bars_fit(share: float, width: int) -> None:
    assert len(bar(share, width)) == width
    assert (bar(share, width).strip() == "") == (share == 0)


def test_gaps_as_bars() -> None:
    shown = [gap_bar(gap, 4) for gap in (None, 0, 1, 500_000_000, 2_000_000_000, 10**12)]
    assert shown == ["    ", "    ", "▏   ", "██  ", "████", "████"]


def test_durations() -> None:
    shown = [duration(ns) for ns in (None, 900, 1.6e6, 412e6, 1.31e9, 9.994e9, 250e9)]
    assert shown == ["–", "1 µs", "2 ms", "412 ms", "1.31 s", "9.99 s", "250 s"]


def test_a_plot() -> None:
    assert plot([0, 0.5, 1, 0.001], 2) == ["  █ ", " ██▁"]
