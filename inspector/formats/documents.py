"""What the JSON-lines formats share."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import jiter
import orjson

from inspector.formats.budget import LONGEST_LINE, check_values, in_mb
from inspector.recording import UnreadableError
from inspector.recording.lines import frame_line
from inspector.sse import Frame, encode

STRUCTURE: Final = re.compile(rb'"(?:(?:[^"\\]++|\\.)*+")?|[\[\]{}]', re.S)
_QUOTE: Final = ord('"')


def parse_json(text: bytes) -> tuple[Any, str]:
    """The value of a JSON text, and what is wrong with it ("" where nothing is).

    A text that is cut or damaged gives what stands before the damage; nothing at all gives None. Raises UnreadableError
    where it holds too many values.
    """
    text = text.removeprefix(b"\xef\xbb\xbf")
    check_values(text)
    try:
        return orjson.loads(text), ""
    except orjson.JSONDecodeError:
        pass
    whole = text.decode("utf-8", "replace")
    try:
        # Lone surrogates, NaN, and what else orjson is strict about.
        return json.loads(whole), ""
    except json.JSONDecodeError as error:
        line, place = error.lineno, error.pos
        # An open string is reported where it begins.
        head = whole if error.msg.startswith("Unterminated string") else whole[:place]
    except RecursionError:
        return None, "it is nested too deeply"
    wrong = f"the JSON is cut or damaged at line {line:,}, character {place:,}: nothing after that place is shown"
    try:
        return jiter.from_json(head.encode("utf-8", "replace"), partial_mode="trailing-strings"), wrong
    except ValueError:
        return None, wrong


def items(document: bytes, key: bytes, depth: int) -> Iterator[bytes]:
    """The texts of the objects and lists in the list that the member `key` (with its quotes) of an object holds.

    `depth` is that of the object, the outermost being 1. The last text may be cut; the JSON is not checked.
    """
    level = inside = start = 0
    is_key = False
    for token in STRUCTURE.finditer(document):
        at = token.start()
        if document[at] == _QUOTE:
            if token.end() - at == 1:
                # It does not end: what follows is text.
                break
            is_key = not inside and level == depth and document.startswith(key, at) and token.end() - at == len(key)
            continue
        if document[at] in b"{[":
            level += 1
            if is_key and document[at] in b"[":
                inside = level
            elif level == inside + 1:
                start = at
        else:
            level -= 1
            if inside and level == inside:
                yield document[start : token.end()]
            elif inside and level < inside:
                return
        is_key = False
    if inside and level > inside:
        yield document[start:]


def first_object(head: bytes) -> dict[str, Any]:
    """The first line's object as far as `head` holds it; {} where it is none."""
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    if not line.startswith(b"{"):
        return {}
    try:
        value = jiter.from_json(line, partial_mode=True)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def text_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that hold anything, without their white space; the last one need not end.

    Raises UnreadableError at one that is too long.
    """
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            held.append(line)
            if text := b"".join(held).strip():
                yield text
            held = []
            size = 0
        held.append(rest)
        size += len(rest)
        if size > LONGEST_LINE:
            raise UnreadableError(f"a line of more than {in_mb(LONGEST_LINE)} is not read: it is no event")
    if text := b"".join(held).strip():
        yield text


def event_line(name: str | None, data: bytes, t_ns: int | None = None, read: int | None = None) -> bytes:
    """The recording's line for an event of which only the name and the data are known, and perhaps when it came."""
    frame = _frame(name, data)
    frame.t_ns, frame.read = t_ns, read
    return frame_line(frame)


def _frame(name: str | None, data: bytes) -> Frame:
    if name is not None and not ("\n" in name or "\r" in name or b"\n" in data or b"\r" in data):
        return Frame(name, name=name, raw=b"event: %b\ndata: %b\n\n" % (name.encode("utf-8", "replace"), data))
    return _spelled(name, data)


def _spelled(name: str | None, data: bytes) -> Frame:
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    clean = None if name is None else name.replace("\r", " ").replace("\n", " ")
    frame = Frame(clean or "message", text, name=clean)
    frame.raw = encode(frame)
    return frame
