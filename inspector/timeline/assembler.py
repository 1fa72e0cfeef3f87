"""From events to messages: what each event of a stream does to what has come so far."""

from array import array
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from inspector.protocol import DELTAS
from inspector.text.json_text import loads_or
from inspector.timeline.message import Block, Buffer, Message
from inspector.timeline.reported import Reported


class EventType(NamedTuple):
    """What an event is: its type (`data.type`, else the SSE name), and the type of its block or delta, "" if none."""

    event: str
    part: str = ""


NOT_DISPATCHED: Final = 0
_OVERFLOW: Final = 255


class EventTypes:
    """A byte for each event type that a stream holds. The 255th and later distinct ones share the last code."""

    def __init__(self) -> None:
        self.known = [EventType("")]
        self._codes: dict[EventType, int] = {}

    def code(self, kind: EventType) -> int:
        """Its byte, a new one where the stream had no such event yet."""
        code = self._codes.get(kind)
        if code is None:
            code = min(len(self.known), _OVERFLOW)
            if code == len(self.known):
                self.known.append(kind if code < _OVERFLOW else EventType("…"))
            self._codes[kind] = code
        return code

    def __getitem__(self, code: int) -> EventType:
        return self.known[code]

    def codes(self, event: str) -> list[int]:
        """The codes of every kind with this event type."""
        return [code for code, kind in enumerate(self.known) if kind.event == event]


NO_BLOCK: Final = -1
_LARGEST_INDEX: Final = 2**31 - 1


class Target(NamedTuple):
    """Where deltas of one type for one block go: the buffer, the field with the text, the kind's code, the index."""

    buffer: Buffer
    field: str
    code: int
    shown: int


class Assembler:
    """Builds the messages of a stream from its events, in order.

    `blocks` are those of all messages, as they were started. `errors` holds the (event, data) of every error event,
    `stops` every message_stop, `content_deltas` the events that are content deltas, `content_bytes` how much text had
    come with each of these, and `first_content` the first of them that is not empty; `first_of` has that for each type
    of delta. `reported` is what the stream says of itself. `renamed` are the events whose SSE name is not their type
    (or that have none), `untyped` those whose data is no object with a type, `coerced` those whose index is a whole
    number of another type, which the SDK takes for one. `running` is the (index, delta type) that came last.
    """

    def __init__(self) -> None:
        self.event_types = EventTypes()
        self.messages: list[Message] = []
        self.blocks: list[Block] = []
        self.errors: list[tuple[int, Any]] = []
        self.stops = array("I")
        self.reported = Reported()
        self.content_deltas = array("I")
        self.content_bytes = array("Q")
        self.renamed = array("I")
        self.untyped = array("I")
        self.coerced = array("I")
        self.first_content: int | None = None
        self.first_of: dict[str, int] = {}
        self.running: tuple[int, str] | None = None
        self._hot: dict[tuple[Any, Any], Target] = {}

    def take(self, n: int, name: str, data: Any, text: bytes | None = None) -> tuple[int, int]:
        """Applies event n; its kind's code and its block's index (NO_BLOCK where there is none).

        `data` is as orjson parses it and `text` what it was parsed from, or None where `data` is exact already.
        """
        try:
            delta = data["delta"]
            target = self._hot[data["index"], delta["type"]]
            if data["type"] == name == "content_block_delta":
                piece = delta[target.field]
                self._content(n, target.buffer.append(n, piece))
                return target.code, target.shown
        except (KeyError, TypeError, AttributeError):
            pass
        if text is not None:
            data = loads_or(text, data)
        return self._take(n, name, data)

    def target(self, running: tuple[int, str]) -> "Target | None":
        """Where further deltas with this index and type go, None where the stream has moved on."""
        return self._hot.get(running)

    def take_run(self, n: int, target: "Target", pieces: Sequence[str]) -> None:
        """`take` for consecutive deltas, from event n on, that all go to one target."""
        before = len(target.buffer.text) - self._content_size()
        self.content_bytes.extend(map((-before).__add__, target.buffer.extend(n, pieces)))
        self.content_deltas.extend(range(n, n + len(pieces)))

    def _take(self, n: int, name: str, data: Any) -> tuple[int, int]:
        values: dict[str, Any] = data if isinstance(data, dict) else {}
        event = values.get("type")
        if not isinstance(event, str):
            self.untyped.append(n)
            event = name
        elif event != name:
            self.renamed.append(n)
        index = values.get("index")
        if index is not None and type(index) is not int and (number := _lenient(index)) is not None:
            self.coerced.append(n)
            index = number
        shown = index if isinstance(index, int) and 0 <= index <= _LARGEST_INDEX else NO_BLOCK
        part = ""
        if not isinstance(data, dict):
            # What names itself an event of the protocol and holds no object builds nothing.
            pass
        elif event == "content_block_delta":
            delta = values.get("delta")
            part = _type(delta)
            self._delta(n, index, delta, part)
        elif event == "content_block_start":
            start = values.get("content_block")
            part = _type(start)
            self._forget()
            self._current(n).open(n, index, start)
        elif event == "content_block_stop":
            if (block := self._current(n).target(index)) and block.stop_n is None:
                block.stop_n = n
        elif event == "message_start":
            self._forget()
            self._start(n, values.get("message"))
        elif event == "message_delta":
            self._current(n).updates.append((n, values))
            self.reported.update(n, values)
        elif event == "message_stop":
            self.stops.append(n)
            if self.messages and self.messages[-1].stop_n is None:
                self.messages[-1].stop_n = n
        if event == "error" or name == "error":
            self.errors.append((n, data))
        code = self.event_types.code(EventType(event, part))
        # The short way does not look for the first content.
        if event == "content_block_delta" and part in self.first_of:
            self._remember(index, part, code, shown)
        return code, shown

    def _current(self, n: int) -> Message:
        if not self.messages:
            start = {"type": "message", "role": "assistant", "content": []}
            self.messages.append(Message(n, start, implied=True, all_blocks=self.blocks))
        return self.messages[-1]

    def _start(self, n: int, start: Any) -> None:
        values: dict[str, Any] = start if isinstance(start, dict) else {}
        if self.messages and self.messages[-1].stop_n is None:
            if self.messages[-1].implied:
                self.reported.start(n, values, new=False)
            self.messages[-1].started(n, values)
        else:
            self.reported.start(n, values, new=True)
            self.messages.append(Message(n, values, all_blocks=self.blocks))

    def _delta(self, n: int, index: Any, delta: Any, kind: str) -> None:
        size = self._current(n).target_of_delta(n, index, delta).apply(n, delta)
        self._content(n, size)
        if isinstance(delta, dict) and any(value for key, value in delta.items() if key != "type"):
            self.first_content = self.first_content or n
            self.first_of.setdefault(kind, n)

    def _content_size(self) -> int:
        return self.content_bytes[-1] if self.content_bytes else 0

    def _content(self, n: int, size: int) -> None:
        self.content_bytes.append(self._content_size() + size)
        self.content_deltas.append(n)

    def _forget(self) -> None:
        self._hot.clear()
        self.running = None

    def _remember(self, index: Any, delta_type: str, code: int, shown: int) -> None:
        """Lets further deltas of this type for this block take the short way."""
        block = self.messages[-1].target(index)
        if block and isinstance(index, int) and (buffer := block.buffer_for(delta_type)) is not None:
            self._hot[index, delta_type] = Target(buffer, DELTAS[delta_type].field, code, shown)
            self.running = index, delta_type


def _lenient(index: Any) -> int | None:
    """The whole number that pydantic makes of a value that is none, None where it makes none."""
    if isinstance(index, bool) or (isinstance(index, float) and index.is_integer()):
        return int(index)
    return int(index) if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) < 10 else None


def _type(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else "?"
