"""What Python and node print, read again."""

from pprint import pformat

from hypothesis import given
from hypothesis import strategies as st

from inspector.formats.literals import Reader

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _read_in_lines(text: str) -> object:
    reader = Reader()
    held, literal = "", None
    *lines, last = text.splitlines(keepends=True)
    for line in lines:
        held += line
        literal = reader.go_on(held) if reader.unfinished else reader.read(held, 0)
        assert literal is None
    held += last
    literal = reader.go_on(held, last=True) if reader.unfinished else reader.read(held, 0)
    assert literal is not None
    assert literal.end == len(text)
    return literal.value


@given(st.dictionaries(st.text(), _VALUES), st.integers(8, 80))
def test_what_comes_in_lines_is_read_as_the_whole(value: dict[str, object], width: int) -> None:
    text = pformat(value, width=width, sort_dicts=False)
    literal = Reader().read(text, 0)
    assert literal is not None
    assert literal.value == value
    assert _read_in_lines(text) == value


def test_a_string_over_many_lines_ends_where_it_ends() -> None:
    said = 'it\'s "so"\n' * 200
    quoted = said.replace("\n", "\\n") + "\\`\n" * 200
    assert _read_in_lines("{ type: `" + quoted + "` }") == {"type": said + "`\n" * 200}


def test_no_line_is_read_twice() -> None:
    """With each line the whole would take minutes."""
    value = {"text": "some words " * 200_000}
    assert _read_in_lines(pformat(value)) == value
