"""Markdown in the message pane: what it looks like, that nothing in it acts, and what an event changed in it."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from inspector.panes.drawing.lines import Line
from inspector.panes.drawing.markdown import MarkdownSplits, markdown_lines
from inspector.panes.message import message_content
from inspector.panes.model import StreamModel
from tests.panes.panes import in_role, said, session_on
from tests.support import block, finish, start, text
from tests.tui.test_hostile import EVIL

FIRST = 3
DOCUMENT = """\
# Title with `code`

Some **bold**, *leaning*, ~~gone~~ and [a link](https://example.org/x).

- one
- two
  1. inner
     goes on

> said
> before

```python
def f():

    return "**not bold**"
```

| Name | Size |
|:-----|-----:|
| x    |   10 |

---

<b>text</b> &amp; ![a picture](p.png)
"""
SHOWN = """\
# Title with `code`

Some bold, leaning, gone and a link (https://example.org/x).

• one
• two
  1. inner goes on

▌ said before

│ python
│ def f():
│
│     return "**not bold**"

Name │ Size
─────┼─────
x    │   10

────────────────────────────────────────────────────────────

<b>text</b> & [image: a picture] (p.png)"""


def session_of(*pieces: str, cursor: int | None = None, stop: bool = True, markdown: bool = True) -> StreamModel:
    events = [start(), *block(0, *map(text, pieces), type="text", text="", stop=stop), *(finish() if stop else ())]
    stream = session_on(events, cursor, end=None)
    stream.markdown = markdown
    return stream


def body(stream: StreamModel, width: int = 60) -> list[str]:
    """What the pane says below the block's heading."""
    lines = [line.rstrip() for line in said(message_content(stream, width, 400))]
    return "\n".join(lines[1:]).removesuffix("■ end_turn").rstrip("\n").split("\n")


def roles(lines: list[Line]) -> dict[str, str]:
    return {piece: role for line in lines for piece, role in line}


def test_what_a_document_looks_like() -> None:
    assert body(session_of(DOCUMENT)) == SHOWN.splitlines()
    found = roles(list(markdown_lines(DOCUMENT, 60, "text")))
    assert found["bold"] == "text strong"
    assert found["leaning"] == "text italic"
    assert found["gone"] == "text struck"
    assert found["code"] == "string"
    assert found["Title with "] == "heading strong"


def test_plain_text_is_the_default_and_the_pane_says_which_it_is() -> None:
    stream = StreamModel(session_of("**bold**").exchange)
    plain = said(message_content(stream, 78, 400))
    assert plain[:2] == ["text 0  plain text, v: Markdown", "**bold**"]
    stream.markdown = True
    assert said(message_content(stream, 78, 400))[:2] == ["text 0  Markdown, v: plain text", "bold"]


@pytest.mark.parametrize("cut", range(0, len(DOCUMENT), 3))
def test_every_beginning_is_shown(cut: int) -> None:
    stream = session_of(DOCUMENT[:cut], stop=False)
    lines = body(stream)
    assert lines[-1].endswith("▌")
    words = set(re.findall(r"[^\W\d_]{2,}\b", DOCUMENT[:cut])) - {"amp"}
    assert words <= set(re.findall(r"\w+", " ".join(lines)))


def in_new(*pieces: str, at: int) -> str:
    return in_role(message_content(session_of(*pieces, cursor=FIRST - 1 + at, stop=False), 60, 400), "new")


def test_what_an_event_brought_stands_out() -> None:
    pieces = ("Hello wor", "ld\n\nand ", "**bo", "ld** end", "\n\n- a", "\n- b")
    assert [in_new(*pieces, at=at) for at in range(1, 7)] == ["Hello wor", "ldand", " **bo", "bold end", "• a", "• b"]


def test_what_an_event_turned_into_something_else_stands_out() -> None:
    assert in_new("Title\n", "---\n", at=2) == "## Title"
    assert in_new("a\n\n|x|y|\n", "|-|-|\n", at=2) == "x │ y──┼──"


def test_an_event_of_another_block_marks_nothing() -> None:
    events = [start(), *block(0, text("**a**"), type="text", text=""), {"type": "ping"}, *finish()]
    stream = session_on(events, 5)
    stream.markdown = True
    assert in_role(message_content(stream, 60, 400), "new") == ""


PARTS = [
    "para one", "para **two**", "# head", "- item", "  - inner", "```", "```py", "~~~", "    code", "> quote", "|a|b|", "|-|-|", "",
    "", "1. x", "---", "\\", "[a](b)", "`", "***",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("\n".join), st.integers(1, 9))
def test_parts_of_a_text_are_found_the_same_however_it_comes(document: str, step: int) -> None:
    encoded = document.encode()
    at_once, growing = MarkdownSplits(), MarkdownSplits()
    at_once.extend(encoded)
    for size in range(0, len(encoded) + step, step):
        growing.extend(encoded[growing.looked : size])
        assert growing.between(0, size) == [place for place in at_once.between(0, size) if place < growing.looked]
    growing.extend(encoded[growing.looked :])
    starts = growing.between(0, len(encoded))
    assert starts == at_once.between(0, len(encoded))
    for place in starts:
        assert growing.before(place + 1) == place
        assert encoded[place - 1 : place] == b"\n"


PLAIN_PARTS = [
    "para one",
    "para **two**",
    "# head",
    "```\ncode\n\n  more\n```",
    "> quote",
    "|a|b|\n|-|-|\n|c|d|",
    "",
    "",
    "~~~\nx\n~~~",
]


@given(st.lists(st.sampled_from(PLAIN_PARTS), max_size=10).map("\n".join), st.integers(10, 60))
def test_parts_together_look_as_the_whole_does(document: str, width: int) -> None:
    cuts = MarkdownSplits()
    cuts.extend(document.encode())
    places = [0, *cuts.between(0, len(document)), len(document)]
    lines: list[Line] = []
    for first, last in pairwise(places):
        part = markdown_lines(document[first:last], width, "text")
        lines += [[], *part] if lines and part else part
    assert lines == list(markdown_lines(document, width, "text"))


SIGNS = st.text(st.sampled_from("*_`~#>-+[]()!|\\<&;1. \n\tab日é\x1b\u202e"), max_size=80)


@given(SIGNS, st.integers(8, 40))
def test_anything_is_drawn_within_the_width_and_does_nothing(document: str, width: int) -> None:
    for line in markdown_lines(document, width, "text"):
        shown = "".join(piece for piece, _ in line)
        # Lists and quotes in each other leave at least eight cells for a text.
        depth = len(shown) - len(shown.lstrip(" •◦▪▌0123456789."))
        assert cell_len(shown) <= max(width, depth + 8)
        assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Cf") for character in shown)


def test_entities_make_no_escapes() -> None:
    shown = "".join(
        said(list(markdown_lines("&#27;[31m &#x202e; &#155; &#0; `&#27;` [a](http://b&#27;c)", 78, "text")))
    )
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", shown)


def test_references_stay_in_sight() -> None:
    shown = said(list(markdown_lines("[a][1]\n\n[1]: https://example.org", 60, "text")))
    assert shown == ["[a][1]", "", "[1]: https://example.org"]


@pytest.mark.parametrize(
    "sign", ["[", "![", "*a ", "**a", "> ", "- ", "`", "<a", "_", "\\", "&#", "|a", "1. ", "(", "~~"]
)
def test_long_runs_of_signs_lose_nothing(sign: str) -> None:
    document = sign * (20_000 // len(sign)) + "END"
    assert "END" in "".join(said(list(markdown_lines(document, 60, "text"))))


def test_deep_nesting_loses_nothing() -> None:
    lists = "".join("  " * depth + "- x\n" for depth in range(60)) + "  " * 60 + "- END"
    quotes = ">" * 120 + " END"
    for document in (lists, quotes):
        assert "END" in "".join(said(list(markdown_lines(document, 60, "text"))))


@pytest.mark.parametrize("resting", [True, False])
@pytest.mark.parametrize("cursor", [None, 4, 60, 402])
def test_a_long_text_is_cut_where_a_part_starts(resting: bool, cursor: int | None) -> None:
    part = "A paragraph of **some** words.\n\n```py\nx = 1\n\ny = 2\n```\n\n"
    stream = session_of(*[part * 10] * 400, cursor=cursor)
    stream.resting = resting
    content = message_content(stream, 78, 400)
    lines = said(content)
    assert len(lines) < (5000 if resting else 1000)
    assert "```" not in "".join(lines)
    assert "**" not in "".join(lines)
    if cursor is None:
        assert any("bytes" in line for line in [*lines[-4:], content.below])
    elif cursor > 4:
        assert "bytes before this" in lines[1]
        assert in_role(content, "new")


def test_a_cut_within_a_block_of_code_is_still_code() -> None:
    stream = session_of("Look:\n\n```py\n" + "x = '**1**'\n" * 20_000, cursor=FIRST, stop=False)
    lines = body(stream, 78)
    assert lines[1] == "│ py"
    assert all(line.startswith("│ ") for line in lines[1:])


def test_a_wide_text_without_a_break() -> None:
    stream = session_of("日本👩‍👧" * 20_000, "end", cursor=FIRST + 1, stop=False)
    content = message_content(stream, 40, 400)
    lines = said(content)
    assert in_role(content, "new") == "end"
    assert "\ufffd" not in "".join(lines)


def test_hostile_text() -> None:
    lines = said(message_content(session_of(EVIL, EVIL[:7], "](" + EVIL + ")", cursor=FIRST + 2), 60, 400))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", "".join(lines))
    assert "[bold red]markup[/]" in " ".join(lines)
