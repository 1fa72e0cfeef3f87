"""Lines of several pieces, which the panes wrap."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.panes.drawing.lines import breaks, width_of, wrap_line


def test_a_wide_character_behind_a_word_that_was_carried_over() -> None:
    text = " 000日"
    assert [text[start:end] for start, end in breaks(text, 4)] == [" ", "000", "日"]


@settings(max_examples=300)
@given(st.text(" 0a日\n", max_size=30), st.integers(2, 9))
def test_wide_text_fits(text: str, width: int) -> None:
    assert all(cell_len(text[start:end]) <= width for start, end in breaks(text, width))


@given(st.lists(st.tuples(st.text("a 日\n", max_size=6), st.sampled_from("xyz")), max_size=6), st.integers(2, 9))
def test_wrapping_pieces_is_wrapping_their_text(line: list[tuple[str, str]], width: int) -> None:
    text = "".join(piece for piece, _ in line)
    lines = wrap_line(line, width)
    assert ["".join(piece for piece, _ in found) for found in lines] == [
        text[start:end] for start, end in breaks(text, width)
    ]
    assert all(width_of(found) <= width for found in lines)
    roles = [role for piece, role in line for _ in piece.replace("\n", "").replace(" ", "")]
    assert roles == [role for found in lines for piece, role in found for _ in piece.replace(" ", "")]
