import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.text.json_text import dumps, is_json, loads_exact, loads_or, loads_strict_or


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"18446744073709551616", 2**64),
        (b"-123456789012345678901234567890", -123456789012345678901234567890),
        (b"1.5", 1.5),
        (b'"\\ud83d"', "\ud83d"),
        (b'"\xed\xa0\xbd"', "\ud83d"),
        (b"Infinity", math.inf),
        (b"null", None),
        (b' {"a": [] } ', {"a": []}),
    ],
)
def test_exact_values(text: bytes, value: object) -> None:
    assert loads_exact(text) == value
    assert loads_or(text, "no") == value
    assert is_json(text)
    assert loads_exact(dumps(value)) == (None if value == math.inf else value)


@pytest.mark.parametrize("text", [b"", b"{", b"[DONE]", b"\xff", b"{} {}", b'{"a":1,}', b"[" * 100_000])
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(ValueError):
        loads_exact(text)
    assert loads_or(text) is None
    assert loads_or(text, "no") == "no"
    assert not is_json(text)
    assert loads_strict_or(text, "no") == "no"


def test_text_may_hold_lone_surrogates() -> None:
    assert loads_or('"\ud83d"') == "\ud83d"
    assert is_json('{"a":"\ud83d"}')
    assert loads_or("\ud83d", "no") == "no"


def test_null_is_a_value() -> None:
    assert loads_or("null", "no") is None
    assert loads_strict_or(b"null", "no") is None
    assert is_json("null")


def test_what_orjson_refuses() -> None:
    for text in (b"NaN", b"1e400", b'"\\ud83d"'):
        assert loads_strict_or(text, "no") == "no"
        assert is_json(text)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner)).map(json.dumps))
def test_it_never_raises_and_says_what_the_standard_library_says(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        assert not is_json(text)
    else:
        assert loads_or(text, "no") == expected
