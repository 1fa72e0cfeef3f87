"""Whatever comes from the wire, a terminal is given nothing to obey; and JSON stays the same value."""

import json
import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspector.text.json_text import dumps
from inspector.text.sanitise import sanitise, sanitise_json

# Format characters that are seen: Arabic and Kaithi number signs, hieroglyphs' joiners.
SEEN = {"\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd", "\u070f", "\u0890", "\u0891", "\u08e2"}
SEEN |= {"\U000110bd", "\U000110cd", *map(chr, range(0x13430, 0x13440))}

HOSTILE = st.sampled_from(
    "\x00\x07\x1b\x7f\x80\x9b\x9d\x9f\u00ad\u061c\u200b\u200e\u2028\u202e\u2066\u206f\ufeff\U000e0041"
)
texts = st.text(st.characters() | HOSTILE)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def controls(text: str) -> set[str]:
    """What a terminal may obey or nobody sees."""
    return {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs") and one not in SEEN}


@settings(deadline=None)
@given(values)
@example("\x9b2J\u202e\U000e0041\U0010ffff")
@example({"\x7f": ["\u2028", "\ud800", 1 << 70]})
def test_json_is_the_same_value_and_holds_no_control_character(value: Any) -> None:
    text = dumps(value)
    harmless = sanitise_json(text)
    assert json.loads(harmless) == json.loads(text)
    assert controls(harmless.decode()) == set()
    assert sanitise_json(harmless) == harmless


def test_every_control_and_format_character_is_escaped() -> None:
    every = "".join(one for code in range(0x110000) if unicodedata.category(one := chr(code)) in ("Cc", "Cf"))
    harmless = sanitise_json(orjson.dumps(every))
    assert controls(harmless.decode()) == set()
    assert json.loads(harmless) == every


def test_what_is_harmless_stays_as_it_is() -> None:
    text = orjson.dumps({"a": "Grüße, 世界 😀\n", "b": [1.5, None]}, option=orjson.OPT_INDENT_2)
    assert sanitise_json(text) is text
    assert sanitise_json(b'"\xc2\x9b\xe2\x80\xae"') == b'"\\u009b\\u202e"'
    assert sanitise_json('"\U000e0041"'.encode()) == b'"\\udb40\\udc41"'


@settings(deadline=None)
@given(texts)
def test_text_holds_no_control_character(text: str) -> None:
    # Joiners and soft hyphens are part of words and of emoji: text keeps them.
    kept = set("\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u180e") | {
        chr(code) for code in range(0x1BCA0, 0x1D17B)
    }
    assert controls(sanitise(text)) <= kept
    assert controls(sanitise(text, lines=True)) <= kept | {"\n"}


@pytest.mark.parametrize(("text", "shown"), [("\x1b[31m", "␛[31m"), ("\x7f\x9b", "␡<9B>"), ("a\u202eb", "a<U+202E>b")])
def test_what_is_obeyed_is_shown(text: str, shown: str) -> None:
    assert sanitise(text) == shown
