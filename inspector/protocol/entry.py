"""What is said about one name of the protocol, and the shorthand in which the tables are written."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Group: TypeAlias = Literal["event", "block", "delta", "stop_reason", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event, content block, delta, stop reason or error type, explained in plain text without markup."""

    name: str
    group: Group
    summary: str
    """One line of at most 80 characters, without a full stop."""
    explanation: str
    """One to three paragraphs, separated by blank lines; not wrapped."""
    example: str
    """One line of JSON as it stands in the data field; a stop reason in its message_delta, an error in its event."""
    fields: tuple[tuple[str, str], ...]
    """(field, meaning) in reading order; a dotted field is relative to what the entry names."""
    python: str
    """What anthropic-python makes of it in create(stream=True) and in messages.stream()."""
    typescript: str = ""
    """What @anthropic-ai/sdk does otherwise; empty where there is nothing to know."""
    beta: bool = False
    """Whether only the beta endpoints or a beta header bring it."""
    see: tuple[str, ...] = ()
    """Names of related entries, each of which lookup() finds."""
    status: int | None = None
    """HTTP status of an error type."""
    blocks: tuple[str, ...] = ()
    """For a delta: the block types that it fits."""
    deltas: tuple[str, ...] = ()
    """For a block: the delta types that fill it; none means that it arrives whole in content_block_start."""


def table(*entries: Entry) -> dict[str, Entry]:
    """The entries by name, in the order given."""
    return {entry.name: entry for entry in entries}


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
