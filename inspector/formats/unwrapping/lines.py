"""A stream in lines of text with something in front of them, or between other text.

A log with times, `service |`, a level; a quotation, an indentation, a fence in Markdown; what a terminal showed.
"""

import re
from collections.abc import Iterator
from typing import Final

from inspector.formats.body import peek
from inspector.formats.format import LARGEST_HEAD, Read
from inspector.formats.moments import Moments, moment_in
from inspector.formats.pieces import ANY_TYPE, PRINTED_NAME, SURE_TYPE, framed, text_pieces
from inspector.formats.records import Objects
from inspector.formats.unwrapping.wrapper import Wrapper
from inspector.text.json_text import is_json, loads_or
from inspector.text.wording import counted

# Where in a line something of a stream begins. A field's name counts only where a word cannot go on.
_BEGINS: Final = re.compile(
    rb"""(?<![\w"'{.-])(?:(?P<field>event:[ ]?[\w.]+\s*\Z|(?:data|id|retry):.*|:(?=\s)[^|]*\Z)"""
    rb"""|(?P<json>\{\s*"(?:type"\s*:\s*"(?:%b|stream_event)"|"""
    rb"""(?:index|message|delta|content_block|usage)"\s*:.*"type"\s*:\s*"%b")))""" % (ANY_TYPE, SURE_TYPE),
    re.S,
)
# A line that makes a text a stream's: a single word `data:` could be anybody's.
_SURE: Final = re.compile(
    rb"""(?:\{\s*"type"\s*:\s*"error"\s*,\s*"error"\s*:\s*\{|"""
    rb"""event:[ ]?%b\s*\Z|data:[ ]?\{.*"type"\s*:\s*"%b"|\{\s*"type"\s*:\s*"%b"|\{.*"type"\s*:\s*"%b")"""
    % (SURE_TYPE, SURE_TYPE, SURE_TYPE, SURE_TYPE)
)
_DOCUMENT: Final = re.compile(rb"[\[{]\s*[\"\[{]")
_PROGRESS: Final = re.compile(rb"(?:\s*[\d.kMGT]+\s){8}(?:\s*[\d:-]+\s){3}\s*\d+[kMGT]?")
_DIGITS: Final = re.compile(rb"\d+")
# What a JSON text may be in: the value of logfmt, a row of a table.
_QUOTED_JSON: Final = re.compile(rb"""(?<![\w"'])("(?:\{ ?\\"[a-z_]+\\"|data: )(?:[^"\\]++|\\.)*+")""")
_LONGEST_PREFIX: Final = 400
_SHAPES: Final = 50


def recognise(head: bytes) -> str:
    """Whether a line has an event in it, and what is in front of it."""
    if PRINTED_NAME.search(head):
        return ""
    for line in head.split(b"\n"):
        found = _begin(_bare(line))
        if found is not None and _SURE.match(found[1]):
            prefix = found[0]
            if prefix and _is_of_json(line, is_cut=len(line) == len(head)):
                # One event of many in a document that stands on a line.
                return ""
            if moment_in(prefix) is not None:
                return "lines with times in front"
            if not prefix.strip():
                return "indented lines" if prefix else "lines of other text around it"
            return f"lines with “{clip_prefix(prefix)}” in front"
    return ""


def _is_of_json(line: bytes, is_cut: bool) -> bool:
    """Whether the line is a JSON document; of one that is cut, whether it begins like one."""
    text = line.strip()
    if not text.startswith((b"{", b"[")):
        return False
    return is_json(text) or (is_cut and _DOCUMENT.match(text) is not None)


def clip_prefix(prefix: bytes) -> str:
    """What stands in front of a line, as the user is shown it."""
    text = prefix.decode("utf-8", "replace").strip()
    return text if len(text) <= 24 else text[:23] + "…"


def timed(head: bytes) -> bool:
    """Whether a time stands in front of the first event, or behind it."""
    for line in head.split(b"\n"):
        found = _begin(_bare(line))
        if found is not None and _SURE.match(found[1]):
            return moment_in(found[0]) is not None or moment_in(found[2]) is not None
    return False


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The lines without what is in front of them; blank ones where the prefix stands alone."""
    head, reads = peek(reads, LARGEST_HEAD, lambda head: bool(recognise(head)))
    return framed(_pieces(reads, timed(head[:LARGEST_HEAD]), notes), notes)


def _pieces(reads: Iterator[Read], has_times: bool, notes: list[str]) -> Iterator[Read]:
    moments = Moments()
    shapes: set[bytes] = set()
    others = 0
    inside = False
    for whole_line, came in text_pieces(reads):
        line = _bare(whole_line)
        found = _begin(line)
        if found is None:
            shape = _shape(line)
            if inside and shape in shapes:
                yield b"", moments.since_first(None) if has_times else came
            elif line.strip():
                others += 1
                inside = False
            continue
        prefix, text, behind = found
        if len(shapes) < _SHAPES:
            shapes.add(_shape(prefix))
        inside = True
        moment = moment_in(prefix)
        if has_times:
            came = moments.since_first(moment_in(behind) if moment is None else moment)
        yield text, came
    if others:
        notes.append(f"{counted(others, 'line that is', 'lines that are')} no part of the stream left out")


def _begin(line: bytes) -> tuple[bytes, bytes, bytes] | None:
    """What is in front of the part of a line that is a stream's, that part, and what is behind it; None: no such."""
    if found := _BEGINS.search(line[: _LONGEST_PREFIX + 1] if len(line) > _LONGEST_PREFIX else line):
        start = found.start()
        text = line[start:]
        if found["json"] is not None:
            text, behind = _object(text)
            return line[:start], text, behind
        return line[:start], text, b""
    if (
        not line.startswith((b"{", b"["))
        and (quoted := _QUOTED_JSON.search(line))
        and isinstance(inner := loads_or(quoted[1]), str)
    ):
        return line[: quoted.start()], inner.encode("utf-8", "replace").rstrip(b"\n"), line[quoted.end() :]
    return None


def _object(text: bytes) -> tuple[bytes, bytes]:
    """The JSON object that begins here, and what follows it in the line."""
    end = text.rfind(b"}") + 1
    if not end:
        return text, b""
    if not is_json(text[:end]) and (inner := next(Objects(0).feed(text), b"")):
        # Behind it there is more JSON, or it stands in another object.
        end = len(inner)
    return text[:end], text[end:]


def _bare(line: bytes) -> bytes:
    """Without the end of a Windows line, and what curl shows of its progress."""
    line = line.removesuffix(b"\r")
    if b"\r" in line and (found := _PROGRESS.match(rest := line.rpartition(b"\r")[2])):
        line = rest[found.end() :]
    return line


def _shape(prefix: bytes) -> bytes:
    """What lines have in common that only differ in their numbers."""
    return _DIGITS.sub(b"0", prefix).strip()


WRAPPER: Final = Wrapper(order=70, recognise=recognise, unwrap=unwrap, timed=timed)
