"""Values that stand one after the other in a file of JSON or CSV, in whatever layout: each is a record."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import jiter

from inspector.formats.budget import LARGEST_DOCUMENT, LONGEST_LINE, in_mb, whole
from inspector.formats.documents import STRUCTURE, items, parse_json
from inspector.formats.format import Read
from inspector.formats.pieces import SURE_TYPES, text_pieces
from inspector.recording import UnreadableError
from inspector.text.json_text import dumps, loads_or

Record = tuple[bytes, int | None]
"""A record's JSON, and when it came."""

_QUOTE: Final = ord('"')
_COLUMNS: Final = re.compile(
    rb'"?[A-Za-z_@][\w @./-]{0,40}"?(?:(?P<between>[,;\t])"?[\w @./-]{1,40}"?)(?:(?P=between)"?[\w @./-]{1,40}"?)*\r?\n'
)
_BOM: Final = b"\xef\xbb\xbf"
_WHITE: Final = b" \t\r\n\xef\xbb\xbf"


class Objects:
    """The texts of the objects (and lists) at one depth of JSON that arrives in pieces; what is around them is skipped.

    `depth` 0: they stand one after the other, on lines or not; 1: in a list. `rest` is the one that has not ended.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._level = self._at = 0
        self._buffer = b""
        self._start = -1

    @property
    def rest(self) -> bytes:
        """What has begun and not ended."""
        return self._buffer[self._start :] if self._start >= 0 else b""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Every one that is now whole. Raises UnreadableError at one that is too long."""
        self._buffer += chunk
        buffer = self._buffer
        for token in STRUCTURE.finditer(buffer, self._at):
            at, end = token.span()
            if buffer[at] == _QUOTE:
                if end - at == 1:
                    # It does not end here.
                    self._at = at
                    break
            elif buffer[at] in b"{[":
                if self._level == self._depth:
                    self._start = at
                self._level += 1
            elif self._level:
                self._level -= 1
                if self._level == self._depth and self._start >= 0:
                    yield buffer[self._start : end]
                    self._start = -1
            self._at = end
        else:
            self._at = len(buffer)
        kept = self._start if self._start >= 0 else self._at
        self._buffer = buffer[kept:]
        self._at -= kept
        self._start = min(self._start, 0)
        if len(self._buffer) > LONGEST_LINE:
            raise UnreadableError(f"a JSON value of more than {in_mb(LONGEST_LINE)} is not read: it is no event")


class Layout:
    """How records stand in a file, by its beginning.

    `first` are those that begin there, the last one perhaps cut; `said` is a clause for the user.
    """

    def __init__(self, said: str, first: list[Any], depth: int = 0, key: bytes = b"") -> None:
        self.said = said
        self.first = first
        self._depth = depth
        self._key = key

    def records(self, reads: Iterable[Read], notes: list[str]) -> Iterator[Record]:
        """All of them, as they come."""
        if self._key:
            document = whole((chunk for chunk, _ in reads), LARGEST_DOCUMENT, "a JSON document")
            for text in items(document, self._key, self._depth):
                yield text, None
            return
        objects = Objects(self._depth)
        last: int | None = None
        for chunk, last in reads:
            for text in objects.feed(chunk):
                yield text, last
        if objects.rest.strip():
            notes.append("the last JSON value is cut: it is left out")


class Rows(Layout):
    """The rows of CSV, whose first line names the columns, with `between` between them."""

    def __init__(self, said: str, first: list[Any], between: str) -> None:
        super().__init__(said, first)
        self._between = between

    def records(self, reads: Iterable[Read], notes: list[str]) -> Iterator[Record]:
        """Each row as an object of texts."""
        for row in csv.DictReader(_text_of(reads), delimiter=self._between):
            yield dumps(_plain(row)), None


class Texts(Layout):
    """A JSON list of texts, in an object or not, or texts one after the other."""

    def __init__(self, said: str, first: list[Any], path: tuple[str, ...] = ()) -> None:
        super().__init__(said, first)
        self._path = path

    def records(self, reads: Iterable[Read], notes: list[str]) -> Iterator[Record]:
        """Each text as a record of its own."""
        document = whole((chunk for chunk, _ in reads), LARGEST_DOCUMENT, "a JSON document")
        if not self._path and document.lstrip(_WHITE).startswith(b'"'):
            values = (loads_or(line.rstrip(b",\r")) for line in document.removeprefix(_BOM).split(b"\n"))
            yield from ((dumps(value), None) for value in values if isinstance(value, str))
            return
        value, wrong = parse_json(document)
        if wrong:
            notes.append(wrong)
        for key in self._path:
            value = value.get(key) if isinstance(value, dict) else None
        for text in value if isinstance(value, list) else ():
            if isinstance(text, str):
                yield dumps(text), None


def layouts(head: bytes) -> Iterator[Layout]:
    """Every way in which a file that begins so could hold records, the more likely first."""
    text = head.lstrip(_WHITE)
    if text.startswith(b"{"):
        objects = Objects(0)
        texts = list(objects.feed(text))
        first = [loads_or(one) for one in texts]
        rest = _partial(objects.rest)
        outer = first[0] if first else rest
        if len(first) < 2 and isinstance(outer, dict) and sum(map(_has_type, outer.values())) > 1:
            yield Layout("a JSON object of events", list(outer.values()), 1)
        if (first or rest) and not _has_more(text, texts):
            yield Layout(_sequence(text, texts), [*first, rest])
        for path, inside in _lists(outer, ()):
            said = f"a JSON object with a list “{path[-1]}”"
            if isinstance(inside[0], str):
                yield Texts(said, inside, path)
            else:
                yield Layout(said, inside, len(path), dumps(path[-1]))
    elif text.startswith((b"[", b'"')):
        value = _partial(text)
        if text.startswith(b'"'):
            yield Texts("JSON texts", [loads_or(line, _partial(line)) for line in text.split(b"\n")])
        elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            yield Texts("a JSON list of texts", value)
        elif isinstance(value, list):
            yield Layout("a JSON array", value, 1)
    elif columns := _COLUMNS.match(text):
        between = columns["between"].decode()
        lines = text.decode("utf-8", "replace").splitlines(keepends=True)
        try:
            rows = [_plain(row) for row in csv.DictReader(lines, delimiter=between)]
        except csv.Error:
            return
        yield Rows("CSV", rows, between)


def _has_type(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind in SURE_TYPES


def _sequence(text: bytes, texts: list[bytes]) -> str:
    if texts and b"\n" in texts[0]:
        return "JSON objects one after the other"
    return "JSON lines"


def _has_more(text: bytes, texts: list[bytes]) -> bool:
    """Whether a line goes on behind its object: then it is one of a log, and not of JSON."""
    behind = text[len(texts[0]) :].partition(b"\n")[0].strip(b" \t\r,]") if texts else b""
    return bool(behind) and not behind.startswith(b"{")


def _lists(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """(keys, items) of the lists of objects or texts in an object and in those in it."""
    if not isinstance(value, dict) or len(path) > 3:
        return
    for key, member in value.items():
        if isinstance(member, list) and member and isinstance(member[0], dict | list | str):
            yield (*path, key), member
    for key, member in value.items():
        yield from _lists(member, (*path, key))


def _partial(text: bytes) -> Any:
    try:
        return jiter.from_json(text, partial_mode="trailing-strings") if text else None
    except ValueError:
        return None


def _text_of(reads: Iterable[Read]) -> Iterator[str]:
    for line, _ in text_pieces(reads):
        yield line.decode("utf-8", "replace") + "\n"


def _plain(row: dict[Any, Any]) -> dict[str, str]:
    return {key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)}
