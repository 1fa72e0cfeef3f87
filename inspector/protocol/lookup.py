"""Finding entries by what people type, and which delta fits which block."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspector.protocol.blocks import BLOCKS
from inspector.protocol.deltas import DELTAS
from inspector.protocol.entry import Entry, Group
from inspector.protocol.errors import ERRORS, EXCEPTIONS, error_type_for_status
from inspector.protocol.events import EVENTS
from inspector.protocol.stop_reasons import STOP_REASONS
from inspector.protocol.usage import USAGE


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group of entries with its plural heading and one line about it."""

    heading: str
    summary: str
    entries: Mapping[str, Entry]


GROUPS: Mapping[Group, GroupInfo] = {
    "event": GroupInfo("Events", "What stands on the wire: one event after another, each with its type", EVENTS),
    "block": GroupInfo("Content blocks", "What a message consists of; each is opened, filled and closed", BLOCKS),
    "delta": GroupInfo("Deltas", "What a content_block_delta brings for the block it names", DELTAS),
    "stop_reason": GroupInfo("Stop reasons", "Why the model stopped, as message_delta tells at the end", STOP_REASONS),
    "error": GroupInfo("Error types", "What went wrong, as an HTTP response or as an event in the stream", ERRORS),
    "usage": GroupInfo("Usage", "What a message was billed by, what the cache did, and what it costs", USAGE),
}


def _key(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _index() -> dict[str, tuple[Entry, ...]]:
    index: dict[str, tuple[Entry, ...]] = {}
    for group, info in GROUPS.items():
        for entry in info.entries.values():
            index[_key(entry.name)] = (*index.get(_key(entry.name), ()), entry)
            index[_key(group + entry.name)] = (entry,)
    for exception, error_type in EXCEPTIONS.items():
        index.setdefault(_key(exception), (ERRORS[error_type],))
    index[_key("APIStatusError")] = (EVENTS["error"],)
    return index


_INDEX = _index()


def lookup_all(name: str) -> tuple[Entry, ...]:
    """Every entry of this name: tool_use is a block and a stop reason, server_tool_use a block and a count.

    See lookup().
    """
    key = _key(name)
    found = _INDEX.get(key, ())
    status = key.removeprefix("http")
    if not found and status.isascii() and status.isdecimal() and "400" <= status < "600" and len(status) == 3:
        found = (ERRORS[error_type_for_status(int(status))],)
    return found


def lookup(name: str) -> Entry | None:
    """The entry of this type, or None.

    Case and punctuation do not matter. An error type is also found by the SDK's exception class (OverloadedError)
    and by its HTTP status (529). Where two groups have the name, the earlier group of GROUPS wins; group:name
    (stop_reason:tool_use) asks for one of them. Fields of usage are no types, and are found as usage:name only: an
    event that somebody calls "usage" is none of the API's.
    """
    return next((entry for entry in lookup_all(name) if entry.group != "usage" or ":" in name), None)


def suggest(name: str) -> list[str]:
    """Up to five names that resemble this one or contain it, best first, for a message about a name not found."""
    from difflib import get_close_matches

    text = name.rpartition(":")[2].strip().casefold().replace("-", "_").replace(" ", "_")
    if not text:
        return []
    names = list(dict.fromkeys(_names()))
    close = get_close_matches(text, names, n=5, cutoff=0.6)
    containing = [known for known in names if len(text) >= 3 and text in known]
    return list(dict.fromkeys((*close, *containing)))[:5]


def fits(delta_type: str, block_type: str) -> bool | None:
    """Whether a delta of this type may go to a block of this type; None where either type is unknown."""
    if delta_type not in DELTAS or block_type not in BLOCKS:
        return None
    return block_type in DELTAS[delta_type].blocks


def deltas_for(block_type: str) -> tuple[str, ...]:
    """The delta types that fill a block of this type; none: it arrives whole in content_block_start, or is unknown."""
    return tuple(name for name, delta in DELTAS.items() if block_type in delta.blocks)


def _names() -> Iterator[str]:
    for info in GROUPS.values():
        yield from info.entries
