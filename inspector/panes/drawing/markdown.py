"""Markdown as lines. Nothing in it acts: a link is a text with its address behind it, HTML is text."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from inspector.panes.drawing.lines import Line, Piece, cut, width_of, wrap, wrap_line
from inspector.text.sanitise import sanitise

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


_FENCE: Final = re.compile(rb"[ \t]*(`{3,}(?!.*`)|~{3,})")


class MarkdownSplits:
    """The places in a growing text at which a new part of a document starts, as far as whole lines have come.

    Such a part is what stands between blank lines, with what is indented behind it, or a fenced block of code.
    """

    def __init__(self) -> None:
        self._starts = [0]
        self._fences: dict[int, bytes] = {}
        self._looked = 0
        self._fence = b""
        self._alone = False
        self._blank = False

    @property
    def looked(self) -> int:
        """How many bytes of the text are known."""
        return self._looked

    def extend(self, text: bytes) -> None:
        """Takes in what follows the bytes that are known; of a last line without an end it takes nothing."""
        *lines, _ = text.split(b"\n")
        for line in lines:
            self._line(line)
            self._looked += len(line) + 1

    def before(self, size: int) -> int:
        """The start of the last part that starts before this place, 0 where none does."""
        return self._starts[max(0, bisect_left(self._starts, size) - 1)]

    def between(self, start: int, stop: int) -> list[int]:
        """The starts of parts behind `start` and before `stop`."""
        return self._starts[bisect_left(self._starts, start + 1) : bisect_left(self._starts, stop)]

    def fence(self, start: int) -> bytes:
        """The line that opens the block of code which starts here, b"" where none does."""
        return self._fences.get(start, b"")

    def _line(self, line: bytes) -> None:
        found = _FENCE.match(line)
        if self._fence:
            rest = line.strip()
            if found and rest == found[1] and rest.startswith(self._fence):
                self._fence = b""
                # Behind a block that stood on its own the next part starts.
                self._blank = self._alone
            return
        if found:
            self._fence = found[1]
            self._alone = found.start(1) == 0
            if self._alone:
                self._start()
                self._fences[self._looked] = line
        elif not line.strip():
            self._blank = True
            return
        elif self._blank and line[0] not in b" \t":
            self._start()
        self._blank = False

    def _start(self) -> None:
        if self._starts[-1] != self._looked:
            self._starts.append(self._looked)


_DEEPEST: Final = 200
# Nesting needs a column for each level. What is nested deeper the parser would leave out without a word.
_TOO_DEEP: Final = re.compile(r"^(?![-* ]+$)[ >*+\-0-9.)]{80}", re.M)
_FENCED: Final = re.compile(r"`{3,}(?!.*`)|~{3,}")
_LONGEST: Final = 1 << 15
# Each is looked for a partner of through all that follows.
_MOST_BRACKETS: Final = 1000
_BULLETS: Final = "•◦▪"
_MARKS: Final = {"strong_open": "strong", "em_open": "italic", "s_open": "struck"}
_NARROWEST: Final = 8


@lru_cache(maxsize=256)
def markdown_lines(text: str, width: int, role: str) -> Sequence[Line]:
    """A Markdown text, or a beginning of one, as lines that fit the width."""
    shown = sanitise(text, lines=True)
    if not _FENCED.match(shown) and _too_much(shown):
        return wrap(shown, width, role)
    return _Page(role).blocks(_parser().parse(shown), width)


def _too_much(text: str) -> bool:
    """Whether the parser would take too long for a text, or leave some of it out."""
    return len(text) > _LONGEST or text.count("[") > _MOST_BRACKETS or bool(_TOO_DEEP.search(text))


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": _DEEPEST}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("reference")


class _Page:
    """Lines for a list of tokens of markdown-it. Wherever blocks are nested, a page of less width is put in."""

    def __init__(self, role: str) -> None:
        self._role = role

    def blocks(self, tokens: "Sequence[Token]", width: int, depth: int = 0) -> list[Line]:
        lines: list[Line] = []
        tight = False
        at = 0
        while at < len(tokens):
            end = _end(tokens, at)
            token = tokens[at]
            part = self._block(token, tokens[at + 1 : end], max(_NARROWEST, width), depth)
            if lines and part and not tight:
                lines.append([])
            lines += part
            tight = token.type == "paragraph_open" and token.hidden
            at = end + 1
        return lines

    def _block(self, token: "Token", inner: "Sequence[Token]", width: int, depth: int) -> list[Line]:
        kind = token.type
        if kind == "heading_open":
            signs = "#" * int(token.tag[1:]) + " "
            return _hanging([(signs, "dim")], wrap_line(self._inline(inner, "heading strong"), width - len(signs)))
        if kind == "paragraph_open":
            return wrap_line(self._inline(inner, self._role), width)
        if kind in ("bullet_list_open", "ordered_list_open"):
            return self._list(token, inner, width, depth)
        if kind == "blockquote_open":
            return [[("▌ ", "dim"), *line] for line in self.blocks(inner, width - 2, depth)]
        if kind in ("fence", "code_block"):
            return _code(token, width)
        if kind == "table_open":
            return self._table(inner, width)
        if kind == "hr":
            return [[("─" * width, "dim")]]
        return wrap(sanitise(token.content, lines=True), width, self._role)

    def _list(self, token: "Token", inner: "Sequence[Token]", width: int, depth: int) -> list[Line]:
        lines: list[Line] = []
        number = int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else None
        at = 0
        while at < len(inner):
            end = _end(inner, at)
            sign = _BULLETS[depth % len(_BULLETS)] if number is None else f"{number}."
            item = self.blocks(inner[at + 1 : end], width - len(sign) - 1, depth + 1) or [[]]
            loose = any(child.type == "paragraph_open" and not child.hidden for child in inner[at + 1 : end])
            if lines and loose:
                lines.append([])
            lines += _hanging([(f"{sign} ", "accent")], item)
            number = None if number is None else number + 1
            at = end + 1
        return lines

    def _table(self, inner: "Sequence[Token]", width: int) -> list[Line]:
        rows: list[list[Line]] = []
        right: list[bool] = []
        for at, token in enumerate(inner):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                head = token.type == "th_open"
                rows[-1].append(self._inline(inner[at + 1 : at + 2], f"{self._role} strong" if head else self._role))
                if head:
                    right.append("right" in str(token.attrGet("style")))
        columns = _columns(rows, width - 3 * (len(right) - 1))
        lines: list[Line] = []
        for number, row in enumerate(rows):
            cells = [wrap_line(cell, size) for cell, size in zip(row, columns, strict=True)]
            for height in range(max(map(len, cells))):
                line: Line = []
                for cell, size, to_the_right in zip(cells, columns, right, strict=True):
                    pieces = cell[height] if height < len(cell) else []
                    space = (" " * (size - width_of(pieces)), "")
                    line += [(" │ ", "dim")] if line else []
                    line += [space, *pieces] if to_the_right else [*pieces, space]
                lines.append(line)
            if not number:
                lines.append([("─┼─".join("─" * size for size in columns), "dim")])
        return lines

    def _inline(self, tokens: "Sequence[Token]", role: str) -> Line:
        """The text within a block, on one line of any length."""
        line: Line = []
        marks: list[str] = []
        links: list[tuple[str, int]] = []
        for token in (child for parent in tokens for child in parent.children or ()):
            kind = token.type
            words = " ".join([role, *marks])
            if kind in _MARKS:
                marks.append(_MARKS[kind])
            elif kind in ("strong_close", "em_close", "s_close"):
                marks.pop()
            elif kind == "link_open":
                links.append((str(token.attrGet("href")), len(line)))
                marks.append("under")
            elif kind == "link_close":
                marks.pop()
                address, start = links.pop()
                if "".join(text for text, _ in line[start:]) != sanitise(address):
                    line.append((f" ({sanitise(address)})", "dim"))
            elif kind == "image":
                line.append((f"[image: {sanitise(token.content)}] ({sanitise(str(token.attrGet('src')))})", "dim"))
            elif kind == "code_inline":
                line += [("`", "dim"), (sanitise(token.content), "string"), ("`", "dim")]
            elif kind == "softbreak":
                line.append((" ", words))
            elif kind == "hardbreak":
                line.append(("\n", words))
            else:
                # An entity may have become any character.
                line.append((sanitise(token.content), words))
        return line


def _end(tokens: "Sequence[Token]", at: int) -> int:
    """Where the token that opens at this place is closed; the place itself for one that stands alone."""
    level = 0
    for end in range(at, len(tokens)):
        level += tokens[end].nesting
        if level <= 0:
            return end
    return len(tokens)


def _hanging(first: Line, lines: Sequence[Line]) -> list[Line]:
    """Lines behind a sign, and indented below it."""
    space: Piece = (" " * width_of(first), "")
    return [[*(first if not at else [space]), *line] for at, line in enumerate(lines)]


def _code(token: "Token", width: int) -> list[Line]:
    text = sanitise(token.content, lines=True).removesuffix("\n")
    lines: list[Line] = [[("│ ", "dim"), *line] for line in wrap(text, width - 2, "string")]
    name = sanitise(token.info.strip())
    return [[("│ ", "dim"), (cut(name, width - 2), "dim italic")], *lines] if name else lines


def _columns(rows: Sequence[Sequence[Line]], room: int) -> list[int]:
    """How wide the columns of a table are: as they need to be, the widest ones less where there is not enough room."""
    sizes = [max(1, *(width_of(row[at]) for row in rows)) for at in range(len(rows[0]))]
    room = max(room, len(sizes))
    while sum(sizes) > room:
        widest = max(sizes)
        second = max((size for size in sizes if size < widest), default=1)
        many = sizes.count(widest)
        less = max(second, widest - max(1, (sum(sizes) - room) // many))
        left = sum(sizes) - room
        for at, size in enumerate(sizes):
            if size == widest and left > 0:
                sizes[at] = less
                left -= widest - less
    return sizes
