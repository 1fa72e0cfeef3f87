"""What is known of one name of the protocol, and the shorthand in which the tables are written.

An entry is the one place for what its name means: the timeline, the rules, the panes and `inspector explain` look it
up. Whoever adds a type adds its entry and nothing else.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

from inspector.protocol.source import Source

Group: TypeAlias = Literal["event", "block", "delta", "stop_reason", "error", "usage"]

Role: TypeAlias = Literal["text", "thinking", "tool", "other"]
"""What a block, or what a delta brings, is to the reader of a message."""

Tone: TypeAlias = Literal["message", "block", "text", "thinking", "tool", "quiet", "error", "unknown"]
"""The group of an event in a timeline, which a screen may give a colour."""

Brings: TypeAlias = Literal["text", "json", "item", "value"]
"""What a delta does to its block: it appends text, or JSON text that is parsed; adds to a list; or sets a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event, content block, delta, stop reason, error type or field of usage, explained.

    In plain text without markup.
    """

    name: str
    group: Group
    summary: str
    """One line of at most 80 characters, without a full stop."""
    explanation: str
    """One to three paragraphs, separated by blank lines; not wrapped."""
    example: str
    """One line of JSON as it stands in the data field; a stop reason in its message_delta, an error in its event.

    Of a field of usage, a usage that has it."""
    fields: tuple[tuple[str, str], ...]
    """(field, meaning) in reading order; a dotted field is relative to what the entry names."""
    python: str
    """What anthropic-python makes of it in create(stream=True) and in messages.stream()."""
    typescript: str = ""
    """What @anthropic-ai/sdk does otherwise; empty where there is nothing to know."""
    beta: bool = False
    """Whether only the beta endpoints or a beta header bring it."""
    see: tuple[str, ...] = ()
    """Names of related entries, the first of which lookup_all() finds."""
    status: int | None = None
    """HTTP status of an error type."""
    sources: tuple[Source, ...] = ()
    """Where what it says of the API comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry(Entry):
    """An event: a dotted field is relative to its data."""

    group: Group = "event"
    label: str
    """What a timeline calls it."""
    tone: Tone
    required: tuple[tuple[str, type | str], ...] = ()
    """The fields that it must have, each with the type of its value, or with the value itself; text is never empty."""

    def lacking(self, data: Any) -> list[str]:
        """Which of these fields the data of such an event do not have as they should."""
        return [path for path, wanted in self.required if not _holds(data, path, wanted)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockEntry(Entry):
    """A content block: a dotted field is relative to content_block."""

    group: Group = "block"
    role: Role
    required: tuple[str, ...] = ()
    """The fields that its content_block_start must have, null not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaEntry(Entry):
    """A delta: a dotted field is relative to delta."""

    group: Group = "delta"
    label: str
    """What a timeline calls it."""
    role: Role
    brings: Brings
    field: str
    """The field of the delta that holds what it brings; a delta without it is damaged."""
    into: str
    """The field of the block that gets it."""
    also: tuple[str, ...] = ()
    """Further fields that are set along with a value, to null where the delta lacks them."""
    derived: str
    """The type of the event that messages.stream() yields after it."""
    blocks: tuple[str, ...]
    """The block types that it fits. The first is meant where no content_block_start came."""

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that it must have."""
        return (self.field,)

    @property
    def implied_block(self) -> dict[str, Any]:
        """The block that is meant where a delta of this type comes without a content_block_start."""
        start: dict[str, Any] = {"type": self.blocks[0]}
        return {**start, self.into: {}} if self.brings == "json" else start


def _holds(data: Any, path: str, wanted: type | str) -> bool:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data == wanted if isinstance(wanted, str) else isinstance(data, wanted) and data != ""


EntryT = TypeVar("EntryT", bound=Entry)


def table(*entries: EntryT, sources: tuple[Source, ...] = ()) -> dict[str, EntryT]:
    """The entries by name, in the order given; those without sources of their own have these."""
    return {entry.name: entry if entry.sources else replace(entry, sources=sources) for entry in entries}


def prose(text: str) -> str:
    """An indented text of the tables with each paragraph on one line; a blank line separates two paragraphs."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def block_start(block: str, index: int = 0) -> str:
    """The data of a content_block_start that holds this block, given as JSON."""
    return f'{{"type":"content_block_start","index":{index},"content_block":{block}}}'


def block_delta(delta: str, index: int = 0) -> str:
    """The data of a content_block_delta that holds this delta, given as JSON."""
    return f'{{"type":"content_block_delta","index":{index},"delta":{delta}}}'


def message_delta(reason: str, output_tokens: int, sequence: str = "null", more: str = "") -> str:
    """The data of a message_delta with this stop reason; `sequence` and `more` (further keys of delta) are JSON."""
    delta = f'{{"stop_reason":"{reason}","stop_sequence":{sequence}{more}}}'
    return f'{{"type":"message_delta","delta":{delta},"usage":{{"output_tokens":{output_tokens}}}}}'


def error_event(kind: str, message: str, details: str = "null") -> str:
    """The data of an error event with this error type; `details` is JSON."""
    error = f'{{"details":{details},"type":"{kind}","message":"{message}"}}'
    return f'{{"type":"error","error":{error},"request_id":"req_011CExample0000000000000"}}'
