"""Cassettes of vcrpy and its relatives, in YAML or JSON.

YAML is built on the parser's events and not with a loader, so that a file that is cut gives what it has, and so that a
hostile one can do no harm: no object is ever made from a tag, nesting is limited, and an alias is one more reference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from inspector.formats.budget import LARGEST_DOCUMENT, LARGEST_YAML, in_mb, whole
from inspector.formats.documents import parse_json
from inspector.formats.format import Format, Imported
from inspector.formats.interaction import Headers, Interaction, base64_bytes, text
from inspector.recording import UnreadableError
from inspector.text.json_text import dumps

_DEEPEST: Final = 100
# How much of the end may belong to an escape sequence that is cut: "\U0001f60".
_LONGEST_ESCAPE: Final = 12
_REST: Final = "nothing after that place is shown"
_BINARY: Final = "tag:yaml.org,2002:binary"
_WORDS: Final = {"": None, "~": None, "null": None, "true": True, "false": False}
# https://yaml.org/spec/1.2.2/#51-character-set
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# With a zero in front it is octal in YAML 1.1, or text: as text nothing of it is lost.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_LAST_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]*\Z")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]*(?:e[-+][0-9]+)?")


def parse_yaml(text: bytes) -> tuple[Any, str]:
    """The value of the first document, and what is wrong with the text ("" where nothing is).

    A text that is cut or damaged gives what stands before the damage. Binary scalars are `Binary`. Raises
    UnreadableError where it is too large.
    """
    import yaml

    if len(text) > LARGEST_YAML:
        raise UnreadableError(f"YAML of more than {in_mb(LARGEST_YAML)} is not read: split it, or record JSON")
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
        """Takes one event; False where nothing that follows is to be read."""
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


_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"version"\s*:\s*\d+\s*,\s*)?"(?:http_)?interactions"\s*:')
_YAML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:#|%|---|version:|recorded_with:)[^\n]*\n|[ \t\r]*\n)*(?:http_)?interactions:"
)
# A file can name one value many times: what it holds may be written out at so much more than its own size.
_ALIASES: Final = 1 << 20


def recognise(head: bytes) -> bool:
    """Whether a mapping begins here that holds `interactions`."""
    return (_JSON.match(head) or _YAML.match(head)) is not None


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """An exchange for each interaction. Raises UnreadableError where there is none."""
    content = whole(chunks, LARGEST_DOCUMENT, "a cassette")
    parse = parse_json if _JSON.match(content) else parse_yaml
    cassette, wrong = parse(content)
    most = len(content) + _ALIASES
    del content
    cassette = _object(cassette)
    # The second name is that of Ruby's VCR.
    interactions = cassette.get("interactions", cassette.get("http_interactions"))
    if not isinstance(interactions, list) or not interactions:
        raise UnreadableError(f"the cassette holds no interactions{f': {wrong}' if wrong else ''}")
    for number, interaction in enumerate(interactions, 1):
        found = _interaction(_object(interaction), most)
        if wrong and number == len(interactions):
            found.notes.append(wrong)
        yield found.imported("vcr")


def _interaction(interaction: dict[str, Any], most: int) -> Interaction:
    request = _object(interaction.get("request"))
    found = Interaction(
        method=text(request.get("method")).upper(),
        url=text(request.get("uri") or request.get("url")),
        request_headers=_headers(request.get("headers"), []),
    )
    found.request_body, _ = _body(request, "the request body", most, found.notes)
    response = _object(interaction.get("response"))
    found.response_headers = _headers(response.get("headers"), found.notes)
    found.status = _status(response)
    body, found.coded = _body(response, "the response body", most, found.notes)
    found.body = body or b""
    if not response:
        found.notes.append("the interaction has no response")
    return found


def _body(message: dict[str, Any], what: str, most: int, notes: list[str]) -> tuple[bytes | None, bool]:
    """The body, None where there is none, and whether it may have its content coding still."""
    body = message.get("body", message.get("content"))
    if isinstance(body, dict):
        if isinstance(encoded := body.get("base64_string"), str):
            return base64_bytes(encoded, what, notes), True
        body = body.get("string", body.get("text"))
    if isinstance(body, Binary):
        return base64_bytes(body, what, notes), True
    if isinstance(body, str):
        return text(body).encode(), False
    if body is None:
        body = message.get("parsed_body")
    if body is None:
        return None, False
    try:
        return dumps(_plain(body, [most], notes)), False
    except (ValueError, RecursionError):
        notes.append(f"{what} is left out: its aliases stand for more than can be written out")
        return None, False


def _plain(value: Any, left: list[int], notes: list[str]) -> Any:
    """The value as JSON knows it. Raises ValueError where it is larger than what is left."""
    left[0] -= len(value) + 1 if isinstance(value, str) else 1
    if left[0] < 0:
        raise ValueError
    if isinstance(value, dict):
        return {key: _plain(member, left, notes) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(item, left, notes) for item in value]
    return text(base64_bytes(value, "a binary value", notes)) if isinstance(value, Binary) else value


def _headers(listed: Any, notes: list[str]) -> Headers:
    """From names with a value or a list of them, or from a list of pairs."""
    if isinstance(listed, Mapping):
        pairs = [(name, value) for name, values in listed.items() for value in _listed(values)]
    else:
        pairs = [(pair[0], pair[1]) for pair in _listed(listed) if isinstance(pair, list) and len(pair) == 2]
    return [(_text(name, notes), _text(value, notes)) for name, value in pairs]


def _text(value: Any, notes: list[str]) -> str:
    return text(base64_bytes(value, "a header", notes) if isinstance(value, Binary) else value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _status(response: dict[str, Any]) -> int | None:
    status = response.get("status")
    for code in (_object(status).get("code"), response.get("code"), response.get("status_code"), status):
        if found := re.match(r"[1-9]\d\d\b", text(code)):
            return int(found[0])
    return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


FORMAT = Format(
    name="vcr",
    summary="cassettes of vcrpy and its relatives, as YAML or JSON",
    order=40,
    endings=(".yaml", ".yml"),
    recognise=recognise,
    read=read,
)
