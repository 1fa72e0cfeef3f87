"""Events as programs print them: Python's objects of the SDK, dicts, what node's console.log makes of one."""

import re
from collections.abc import Iterator
from typing import Any, Final

from inspector.formats.body import peek
from inspector.formats.budget import LONGEST_LINE
from inspector.formats.format import LARGEST_HEAD, Read
from inspector.formats.literals import Reader
from inspector.formats.moments import Moments, moment_in
from inspector.formats.pieces import SURE_TYPE, text_pieces
from inspector.formats.unwrapping.wrapper import Wrapper
from inspector.protocol import EVENTS
from inspector.text.json_text import dumps, loads_or
from inspector.text.wording import counted

_START: Final = re.compile(
    r"(?<![\w.])(?:(?:[A-Z]\w*Event|\w*Message(?:\[[\w. ]{0,80}\])?)\(|"
    r"\{\s*['\"]?(?:type|message|index|delta|content_block|usage|error|event|id|data|chunk)['\"]?\s*:)"
)
# A text is taken for one only where it holds what is surely the API's, in the notation of either language.
_SURE: Final = re.compile(
    rb"Raw[A-Z]\w*Event\(|Message(?:\[[\w. ]{0,80}\])?\(id="
    rb"|['\"]?\btype['\"]?\s*[:=]\s*['\"](?:%b|message|error)['\"]|\bevent['\"]?\s*[:=]\s*['\"]?%b"
    rb"|'bytes': b'\{\"type\": ?\"%b" % (SURE_TYPE, SURE_TYPE, SURE_TYPE)
)


def recognise(head: bytes) -> str:
    """Whether there is an event in the notation of Python or JavaScript."""
    found = _SURE.search(head)
    if not found:
        return ""
    text = head.decode("utf-8", "replace")
    reader = Reader()
    at = 0
    while start := _START.search(text, at):
        literal = reader.read(text, start.start())
        if literal is None and reader.unfinished and len(head) < LARGEST_HEAD:
            break
        if literal is None or _event(literal.value) is not None:
            if literal or reader.unfinished:
                return "objects as a program prints them"
            at = max(reader.at, start.end())
        else:
            at = literal.end
    return ""


def timed(head: bytes) -> bool:
    """Whether a time stands in front of the first event."""
    text = head.decode("utf-8", "replace")
    start = _START.search(text)
    return start is not None and moment_in(_before(text, start.start())) is not None


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """The JSON of each event on a line, or the text that was printed."""
    head, reads = peek(reads, LARGEST_HEAD, lambda head: bool(recognise(head)))
    return _Objects(timed(head[:LARGEST_HEAD]), notes).read(reads)


class _Objects:
    def __init__(self, has_times: bool, notes: list[str]) -> None:
        self._has_times = has_times
        self._notes = notes
        self._moments = Moments()
        self._reader = Reader()
        self._began: int | None = None
        self._helpers = self._damaged = self._shortened = 0
        self._has_events = False

    def read(self, reads: Iterator[Read]) -> Iterator[Read]:
        held = ""
        came: int | None = None
        for line, came in text_pieces(reads):
            held += line.decode("utf-8", "replace") + "\n"
            events, done = self._events(held, came)
            yield from events
            held = held[done:]
            if len(held) > LONGEST_LINE:
                held = ""
                self._reader = Reader()
                self._damaged += 1
        if held.strip():
            yield from self._events(held, came, last=True)[0]
            self._damaged += self._reader.unfinished
        self._say()

    def _events(self, text: str, came: int | None, last: bool = False) -> tuple[list[Read], int]:
        """The events that are whole, and up to where the text is done with."""
        found: list[Read] = []
        at = 0
        reader = self._reader
        while start := _START.search(text, at):
            if reader.unfinished and at == 0:
                literal = reader.go_on(text, last)
            else:
                at = start.start()
                if self._has_times:
                    self._began = moment_in(_before(text, at))
                literal = reader.read(text, at)
            if literal is None:
                if reader.unfinished:
                    reader.moved(at)
                    return found, at
                self._damaged += 1
                at = max(reader.at, at + 1)
                continue
            event = _event(literal.value)
            if event is not None and _is_message(literal.value) and self._has_events:
                # What the SDK made of the events before.
                event = None
            if event is not None:
                self._has_events = self._has_events or not _is_message(literal.value)
                self._shortened += literal.shortened
                if self._has_times:
                    came = self._moments.since_first(self._began)
                found.append((event + b"\n", came))
            elif isinstance(literal.value, dict) and "type" in literal.value:
                self._helpers += 1
            at = literal.end
        # The line may go on with what begins there: `{` and its first key on the next one.
        return found, len(text) if not text.rstrip().endswith(("{", "(")) else at + text[at:].rstrip().rfind("\n") + 1

    def _say(self) -> None:
        if self._helpers:
            self._notes.append(f"{counted(self._helpers, 'object')} that came not from the wire left out")
        if self._shortened:
            lost = f"{counted(self._shortened, 'event')} in which console.log left parts out ([Object], “more items”)"
            self._notes.append(f"{lost}: print them with JSON.stringify")
        if self._damaged:
            self._notes.append(f"{counted(self._damaged, 'object')} that cannot be read left out")


def _is_message(value: Any) -> bool:
    """Whether it is a whole message, which no stream brings."""
    return isinstance(value, dict) and value.get("type") == "message" and value.keys() >= {"id", "role", "content"}


def _event(value: Any) -> bytes | None:
    """The JSON of the event that a value is, or that is in it, or of a message; None where it is neither."""
    if not isinstance(value, dict):
        return None
    if _is_message(value):
        return dumps(value)
    kind = value.get("type")
    if isinstance(kind, str) and kind in EVENTS and not isinstance(value.get("data"), dict | str):
        if kind == "message_stop":
            # The SDK's helper hangs the whole message on it, and the block on the end of one.
            value = {key: member for key, member in value.items() if key != "message"}
        elif kind == "content_block_stop":
            value = {key: member for key, member in value.items() if key != "content_block"}
        return dumps(value)
    # Of boto3's Bedrock: {'chunk': {'bytes': b'{"type": …}'}}.
    chunk = value.get("chunk")
    data = chunk.get("bytes") if isinstance(chunk, dict) else value.get("data")
    if isinstance(data, str):
        data = loads_or(data)
    return _event(data) if isinstance(data, dict) and "data" not in data else None


def _before(text: str, at: int) -> bytes:
    """What stands in the line before this place."""
    return text[text.rfind("\n", 0, at) + 1 : at].encode()


WRAPPER: Final = Wrapper(order=80, recognise=recognise, unwrap=unwrap, timed=timed)
