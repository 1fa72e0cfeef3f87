"""How findings say figures and names. Wire text goes in as it is: whoever prints a finding makes it harmless."""

from collections.abc import Iterable
from typing import Any, Final

from inspector.timeline.message import Block

_CLIP: Final = 60


def seconds(ns: float) -> str:
    """A duration as people say it: "380 ms", "1.31 s", "76 s"."""
    if abs(ns) < 1e9:
        return f"{ns / 1e6:.0f} ms"
    return f"{ns / 1e9:.2f} s" if abs(ns) < 1e10 else f"{ns / 1e9:.0f} s"


def many(count: int, noun: str, nouns: str = "") -> str:
    """ "1 event", "2,000 events"."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def clip(text: str, length: int = _CLIP) -> str:
    """The text, cut in the middle of nowhere with an ellipsis where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def quoted(text: Any, length: int = _CLIP) -> str:
    return f'"{clip(str(text), length)}"'


def listed(words: Iterable[str], last: str = "and") -> str:
    """ "a, b and c"."""
    items = list(words)
    return f" {last} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def block_name(block: Block) -> str:
    """ "block 1 (tool_use get_weather)"."""
    name = block.start.get("name")
    kind = block.type + (f" {clip(name, 40)}" if isinstance(name, str) and name else "")
    return f"block {block.index} ({kind})"
