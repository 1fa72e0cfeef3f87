"""Our own recordings that come through a pipe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats import jsonl
from inspector.recording import UnreadableError


@given(st.lists(st.text("ab\n").map(str.encode)))
def test_whatever_pieces_it_comes_in_it_is_the_same(pieces: list[bytes]) -> None:
    for lines in (jsonl.live([(piece, 0) for piece in pieces], "arrival").lines, next(jsonl.read(pieces)).lines):
        passed = list(lines)
        assert b"".join(passed) == b"".join(pieces)
        assert all(piece.endswith(b"\n") for piece in passed[:-1])


def test_a_line_that_is_too_long_is_as_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST_LINE", 100)
    header, frame = b'{"kind":"recording"}\n', b'{"kind":"frame"}\n'
    long = b'"x":"' + b"x" * 2_000 + b'"}\n'
    for step in (7, 64, 99):
        whole = header + b'{"kind":"request",' + long + frame + frame
        passed = b"".join(next(jsonl.read(whole[at : at + step] for at in range(0, len(whole), step))).lines)
        assert passed.startswith(header + b'{"kind":"note"')
        assert b"the request is left out" in passed
        assert passed.endswith(b"}\n" + frame + frame)
        whole = header + frame + b'{"kind":"frame",' + long
        lines = next(jsonl.read(whole[at : at + step] for at in range(0, len(whole), step))).lines
        kept: list[bytes] = []
        with pytest.raises(UnreadableError, match="a line of more than"):
            kept.extend(lines)
        assert b"".join(kept) == header + frame
