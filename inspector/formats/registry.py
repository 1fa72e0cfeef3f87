from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from inspector.formats.format import Format
from inspector.recording import UnreadableError


class _Formats(Mapping[str, Format]):
    """The formats by name, each imported when it is asked for: opening a recording of our own needs no other."""

    def __init__(self, modules: dict[str, str]) -> None:
        self._modules = modules

    def __getitem__(self, name: str) -> Format:
        found: Format = import_module(f"inspector.formats.{self._modules[name]}").FORMAT
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


# In the order in which they are tried: the more particular shape first.
FORMATS: Final = _Formats(
    {
        "jsonl": "jsonl",
        "bedrock": "bedrock",
        "mitmproxy": "mitmproxy",
        "har": "har",
        "vcr": "vcr",
        "claude-code": "claude_code",
        "wrapped": "wrapped",
        "events": "events",
        "sse": "sse_text",
    }
)


def recognised(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes, None where they do not tell."""
    return next((found for found in FORMATS.values() if found.recognise(head)), None)


def recognise(head: bytes, name: str) -> Format:
    """The format of a file that begins with these bytes. Raises UnreadableError."""
    if not head:
        raise UnreadableError(f"{name}: the file is empty: nothing was recorded in it")
    if found := recognised(head):
        return found
    what = "binary data" if b"\0" in head else "of no format that is known"
    raise UnreadableError(f"{name}: {what}: expected one of {', '.join(FORMATS)}")


def named(name: str) -> Format:
    """The format with this name. Raises UnreadableError."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}") from None
