"""The event model of Claude's streaming API as data: every event, content block, delta, stop reason, error type
and field of usage.

Names and fields were checked against the types of anthropic-python 2.12.0, its behaviour against a local server that
sends raw bytes; tests/protocol fails if a later version knows a type that is missing here.
"""

from inspector.protocol.blocks import BLOCKS, TOOL_INPUT_BLOCKS
from inspector.protocol.deltas import CITATIONS, DELTAS
from inspector.protocol.entry import BlockEntry, Brings, DeltaEntry, Entry, EventEntry, Group, Role, Tone
from inspector.protocol.errors import ERRORS, EXCEPTIONS, HTTP_STATUS, error_type_for_status
from inspector.protocol.events import EVENT_GRAMMAR, EVENTS
from inspector.protocol.lookup import GROUPS, GroupInfo, deltas_for, fits, lookup, lookup_all, suggest
from inspector.protocol.stop_reasons import STOP_REASONS
from inspector.protocol.usage import USAGE

__all__ = [
    "BLOCKS",
    "CITATIONS",
    "DELTAS",
    "ERRORS",
    "EVENTS",
    "EVENT_GRAMMAR",
    "EXCEPTIONS",
    "GROUPS",
    "HTTP_STATUS",
    "STOP_REASONS",
    "TOOL_INPUT_BLOCKS",
    "USAGE",
    "BlockEntry",
    "Brings",
    "DeltaEntry",
    "Entry",
    "EventEntry",
    "Group",
    "GroupInfo",
    "Role",
    "Tone",
    "deltas_for",
    "error_type_for_status",
    "fits",
    "lookup",
    "lookup_all",
    "suggest",
]
