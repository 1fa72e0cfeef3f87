"""One YAML document as far as it can be read, as plain values.

Built on the parser's events and not with a loader, so that a file that is cut gives what it has, and so that a hostile
one can do no harm: no object is ever made from a tag, nesting is limited, and an alias is one more reference.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

_DEEPEST: Final = 100
# How much of the end may belong to an escape sequence that is cut: "\U0001f60".
_LONGEST_ESCAPE: Final = 12
_REST: Final = "nothing after that place is shown"
_BINARY: Final = "tag:yaml.org,2002:binary"
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
# https://yaml.org/spec/1.2.2/#51-character-set
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_LAST_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]*\Z")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]*(?:e[-+][0-9]+)?")


def parse(text: bytes) -> tuple[Any, str]:
    """The value of the first document, and what is wrong with the text ("" where nothing is).

    A text that is cut or damaged gives what stands before the damage. Binary scalars are `Binary`.
    """
    import yaml

    text = _whole_characters(text)
    try:
        value, wrong, in_last_scalar = _read(text)
    except yaml.reader.ReaderError as error:
        said = str(error).splitlines()[0]
        text = _NO_TEXT.sub("\ufffd", text.decode("utf-8", "replace")).encode()
        return _read(text)[0], f"the YAML holds what is no text ({said}): \ufffd stands for it"
    if in_last_scalar:
        for closed in _closed(text):
            other, _, still_open = _read(closed)
            if not still_open:
                return other, wrong
    return value, wrong


def _read(text: bytes) -> tuple[Any, str, bool]:
    """The value, what is wrong, and whether that is a quoted scalar in the last line that does not end."""
    import yaml

    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not reader.take(event):
                break
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line if mark else 0
        wrong = f"the YAML is cut or damaged at line {line + 1:,} ({error.problem}): {_REST}"
        return reader.root, wrong, "quoted scalar" in (error.context or "") and line >= text.count(b"\n")
    return reader.root, reader.wrong, False


def _whole_characters(text: bytes) -> bytes:
    if found := _LAST_CHARACTER.search(text, max(0, len(text) - 4)):
        try:
            found[0].decode()
        except UnicodeDecodeError:
            return text[: found.start()]
    return text


def _closed(text: bytes) -> Iterator[bytes]:
    """The text with its last scalar closed, which was cut, perhaps inside an escape sequence."""
    for dropped in range(_LONGEST_ESCAPE):
        for quote in (b'"', b"'"):
            yield text[: len(text) - dropped] + quote


class Binary(str):
    """The text of a `!!binary` scalar: Base64."""

    __slots__ = ()


class _Reader:
    """Takes the parser's events. `root` is the document so far, `wrong` what it could not take."""

    def __init__(self) -> None:
        self.root: Any = None
        self.wrong = ""
        self._open: list[tuple[str | None, Any]] = []
        self._keys: list[str | None] = []
        self._anchors: dict[str, Any] = {}

    def take(self, event: Any) -> bool:
        """False where nothing that follows is to be read."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._add(self._scalar(event), event.anchor)
        elif kind == "AliasEvent":
            self._add(self._anchors.get(event.anchor), None)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self._open) == _DEEPEST:
                self.wrong = f"the YAML is nested too deeply: {_REST}"
                return False
            value: Any = {} if kind == "MappingStartEvent" else []
            self._add(value, None)
            self._open.append((event.anchor, value))
            self._keys.append(None)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            anchor, value = self._open.pop()
            self._keys.pop()
            # Only now, so that no value can hold itself.
            if anchor:
                self._anchors[anchor] = value
        return kind != "DocumentEndEvent"

    def _add(self, value: Any, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self.root = value
            return
        holder = self._open[-1][1]
        if isinstance(holder, list):
            holder.append(value)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = value if isinstance(value, str) else type(value).__name__
        else:
            holder[key] = value
            self._keys[-1] = None

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if event.tag == _BINARY:
            return Binary(value)
        if event.tag or event.style:
            return value
        if value in _WORDS:
            return _WORDS[value]
        if _INTEGER.fullmatch(value):
            return int(value)
        return float(value) if _FLOAT.fullmatch(value) else value
