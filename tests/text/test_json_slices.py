import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.text import json_slices
from inspector.text.json_slices import slices, string_end, takes_strictly, value_end
from inspector.text.json_text import is_json, is_strict_json

_TEXT = st.text(max_size=30) | st.text(alphabet='\\"/é€😀u0 {}[]:,', max_size=60)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | _TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=40,
)
_WRITTEN = st.builds(
    lambda value, escaped, indent: json.dumps(value, ensure_ascii=escaped, indent=indent).encode(),
    _JSON, st.booleans(), st.sampled_from([None, 1]),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices so small that what is cut are the examples."""
    monkeypatch.setattr(json_slices, "SLICE", 40)
    monkeypatch.setattr(json_slices, "LARGEST_PIECE", 40)
    monkeypatch.setattr(json_slices, "_GLANCE", 4)


def accepted(text: bytes, strict: bool = False) -> bool:
    try:
        list(slices(text, strict))
    except ValueError:
        return False
    return True


@given(_WRITTEN)
def test_a_text_is_cut_between_tokens(text: bytes) -> None:
    pieces = list(slices(text))
    assert [start for start, _ in pieces] == [0, *(end for _, end in pieces[:-1])]
    assert pieces[-1][1] == len(text)
    for start, end in pieces:
        assert end - start <= 40 or (text[start:end].count(b'"') >= 2 and text[start : start + 1] == b'"')
    # Each piece has its strings whole.
    assert all(json_slices.mask(text[start:end]).count(b'"') % 2 == 0 for start, end in pieces)


@given(_WRITTEN, st.integers(0, 400), st.sampled_from([b"", b'"', b",", b"{", b"}", b"]", b":", b"1", b"[", b'"a":']))
def test_what_is_no_json_is_told(text: bytes, at: int, put: bytes) -> None:
    at = min(at, len(text))
    for changed in (text[:at], text[:at] + put + text[at:], text[:at] + text[at + 1 :], text + put):
        assert accepted(changed, strict=True) == is_strict_json(changed)
        if is_json(changed):
            assert accepted(changed)
    if not text[:at].strip() or text[0] in b"[{":
        assert accepted(text[:at]) == (at == len(text) or is_json(text[:at]))


@given(_WRITTEN)
def test_a_value_ends_where_it_ends(text: bytes) -> None:
    for before, behind in ((b"", b""), (b"[1,", b',{"a":[]}]'), (b'{"x":', b',"y":"}"}'), (b'{"x":', b"}")):
        assert value_end(before + text + behind, len(before)) == len(before) + len(text)
        if text.startswith(b'"'):
            assert string_end(before + text + behind, len(before)) == len(before) + len(text)


@pytest.mark.parametrize(
    "text",
    [b"", b"   ", b"[1,2", b"[1,]", b'{"a"}', b'{"a":1,}', b"[1 2]", b"{]", b"[}", b'"', b'["a', b"1 2", b"[" * 60, b"[]" * 40,
     b'{"a":1}' + b" " * 90 + b"x", b'"%b"x' % (b"a" * 90), b'["%b""b"]' % (b"a" * 90), b"9" * 90 + b"x", b"," * 90],
    ids=range(19),
)  # fmt: skip
def test_what_is_cut_or_wrong(text: bytes) -> None:
    assert not accepted(text)


@pytest.mark.parametrize(
    "text",
    [b'{"a":NaN,"b":1e999,"c":"\\ud800"}', b'["\xff"]', b" " * 90 + b"[1]" + b" " * 90, b'"%b"' % (b"\\u00e9" * 90),
     b"[" * 30 + b"]" * 30, b'{"%b":1}' % (b"k" * 90), b'["%b"]' % (b"\\\\" * 90), b'["%b"]' % (b'\\"' * 90)],
    ids=range(8),
)  # fmt: skip
def test_what_is_whole(text: bytes) -> None:
    assert accepted(text)


def test_strings_are_checked_where_all_must_be_right() -> None:
    long = b"a" * 90
    for text in (
        b'["\\ud800"]',
        b'["%b\\ud800"]' % long,
        b'["\xff"]',
        b'["%b\xff"]' % long,
        b'["\\x"]',
        b'["%b\\x"]' % long,
        b'["%b\n"]' % long,
    ):
        assert accepted(text)
        assert not takes_strictly(text)
    assert not takes_strictly(b"[NaN]")
    for text in (b'["%b"]' % (b"\\ud83d\\ude00" * 30), '["é€😀"]'.replace("é", "é" * 90).encode()):
        assert accepted(text, strict=True)
