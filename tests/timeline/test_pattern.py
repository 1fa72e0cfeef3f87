"""Patterns that would take for ever are given up, and all others find what they always found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.timeline import pattern as module
from inspector.timeline.filter import Filter, Wanted
from inspector.timeline.pattern import Finder, Highlight, TooSlowError, pattern_of
from inspector.timeline.search import Search
from tests.support import block, exchange_of_body, finish, sse, start, text

HOPELESS = ["(a|aa)+$", "(a|aa|aaa)+$"]
LONG = "a" * 60


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(module, "_PATIENCE_WITH_LINE_S", 0.01)


@pytest.mark.parametrize("hopeless", HOPELESS)
def test_a_hopeless_pattern_is_given_up(hopeless: str, impatient: None) -> None:
    exchange = exchange_of_body([sse(start(), *block(0, text(LONG + "!"), type="text", text=""), *finish())])
    pattern = pattern_of(hopeless)
    assert pattern is not None
    with pytest.raises(TooSlowError):
        list(Finder(pattern).places(LONG.encode() + b"!"))
    search = Search(exchange, pattern)
    while search.step():
        pass
    assert search.given_up
    assert search.done
    filtered = Filter(exchange, Wanted.parse(f"text:{hopeless}"))
    while filtered.step():
        pass
    assert filtered.given_up
    highlight = Highlight.of(hopeless)
    assert highlight is not None
    assert highlight.spans(LONG + "!") == highlight.spans("aab") == []


def test_a_filter_with_words_alone_is_quick() -> None:
    exchange = exchange_of_body([sse(start())])
    assert Filter(exchange, Wanted.parse("ping text:city")).quick
    assert not Filter(exchange, Wanted.parse("ping text:c.ty")).quick


PATTERNS = [
    "a+b",
    "(ab|ba)",
    "[ab]{2,3}",
    r"\bb",
    "a.b",
    "^a",
    "b$",
    "(?s)a.b",
    "(a)(b)?",
    "A",
    "aB|b",
    "[[a]",
    "a{e}",
    "ö",
    r"\d",
]


@given(st.sampled_from(PATTERNS), st.text("abAB ö1e{}\n", max_size=30))
def test_the_others_find_what_the_standard_library_finds(wanted: str, within: str) -> None:
    pattern = pattern_of(wanted)
    assert pattern is not None
    data = within.encode()
    assert list(Finder(pattern).places(data)) == [found.span() for found in pattern.finditer(data)]
    highlight = Highlight.of(wanted)
    assert highlight is not None
    shown = re.compile(pattern.pattern.decode(), pattern.flags & re.IGNORECASE)
    assert highlight.spans(within) == [found.span() for found in shown.finditer(within)]
