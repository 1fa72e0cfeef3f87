"""What `claude -p --output-format stream-json` prints: the stream's events among messages of its own."""

from collections.abc import Iterable, Iterator
from typing import Any

from inspector.formats.budget import LARGEST_DOCUMENT, in_mb
from inspector.formats.documents import event_line, first_object, text_lines
from inspector.formats.format import Format, Imported
from inspector.recording import UnreadableError, header_line
from inspector.text.json_text import dumps, loads_or, members


def recognise(head: bytes) -> bool:
    """Whether the first line is one of its messages, or a stream event."""
    first = first_object(head)
    return ("session_id" in first and isinstance(first.get("type"), str)) or first.get("type") == "stream_event"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """Each API call is an exchange of its own; subagents' calls may run between another's events."""
    calls: list[list[bytes]] = []
    current: dict[Any, list[bytes]] = {}
    others = 0
    size = 0
    for text in text_lines(chunks):
        size += len(text)
        if size > LARGEST_DOCUMENT:
            # Calls run beside each other, so none is whole before the end.
            raise UnreadableError(f"a log of more than {in_mb(LARGEST_DOCUMENT)} is not read: split it")
        value = loads_or(text)
        event = value.get("event") if isinstance(value, dict) and value.get("type") == "stream_event" else None
        if not isinstance(event, dict):
            others += 1
            continue
        agent = str(value.get("parent_tool_use_id"))
        kind = event.get("type")
        if kind == "message_start" or agent not in current:
            current[agent] = [header_line({"kind": "import", "format": "claude-code"})]
            calls.append(current[agent])
        current[agent].append(event_line(kind if isinstance(kind, str) else None, _event_text(text, event)))
    if not calls:
        raise UnreadableError(
            "this is what `claude -p --output-format stream-json` prints without the events of its streams: add "
            "--include-partial-messages, or record with `inspector run -- claude`"
        )
    for number, call in enumerate(calls, 1):
        notes = [f"{others} lines that are no stream events left out"] if others and number == 1 else []
        yield Imported(iter(call), notes)


def _event_text(text: bytes, event: dict[str, Any]) -> bytes:
    """The event's own bytes where they can be told."""
    for depth, key, start, end in members(text):
        if depth == 1 and key == b'"event"':
            return text[start:end]
    return dumps(event)


FORMAT = Format(
    name="claude-code",
    summary="what `claude -p --output-format stream-json` prints",
    order=50,
    recognise=recognise,
    read=read,
)
