"""The JSON that `explain` shows is broken where it can be read."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector import protocol
from inspector.reports.explanation import wrapped_json

ENTRIES = [entry for group in protocol.GROUPS.values() for entry in group.entries.values()]
values = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('ab "\\é\n\u2028 ')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab\\" ', max_size=5), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_no_token_is_torn(entry: protocol.Entry) -> None:
    lines = list(wrapped_json(entry.example, 86))
    assert "".join("".join(lines).split()) == "".join(entry.example.split())
    for line in lines[:-1]:
        # A quotation mark that is open at a line's end is that of a string that fits on no line.
        quotes = len(re.findall(r'(?<!\\)(?:\\\\)*"', line))
        assert quotes % 2 == 0 or max(map(len, re.findall(r'"(?:[^"\\]|\\.)*"', entry.example))) > 86


@settings(deadline=None)
@given(values, st.integers(10, 60), st.booleans())
def test_any_json_keeps_its_characters_and_its_escapes(value: object, width: int, ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii)
    lines = list(wrapped_json(text, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    # A backslash and what it escapes, or the digits behind \u, stand on one line.
    assert not any(re.search(r"(?<!\\)(?:\\\\)*\\(?:u[0-9a-f]{0,3})?$", line) for line in lines)
