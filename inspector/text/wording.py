"""The words for counts, durations and lists. Wire text goes in as it is: whoever prints it makes it harmless."""

import json
from collections.abc import Iterable
from typing import Any, Final

_CLIP: Final = 60


def duration(ns: float | None) -> str:
    """A stretch of time in the unit that suits it, with three digits: "380 ms", "1.31 s", "76.0 s"; "–" for None."""
    if ns is None:
        return "–"
    size = abs(ns)
    if size >= 99.95e9:
        return f"{ns / 1e9:,.0f} s"
    if size >= 9.995e9:
        return f"{ns / 1e9:.1f} s"
    if size >= 0.9995e9:
        return f"{ns / 1e9:.2f} s"
    return f"{ns / 1e6:.0f} ms" if size >= 1e6 or not ns else f"{ns / 1e3:.0f} µs"


def milliseconds(ms: float | None) -> str:
    """`duration` of so many milliseconds."""
    return duration(None if ms is None else ms * 1e6)


def seconds(t_ns: float | None) -> str:
    """A moment in seconds, with milliseconds: "1,234.567"; "" for None."""
    return "" if t_ns is None else f"{t_ns / 1e9:,.3f}"


def counted(count: int, noun: str, nouns: str = "") -> str:
    """ "1 event", "2,000 events"; `nouns` where the plural is no plain s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def clip(text: str, length: int = _CLIP) -> str:
    """The text, cut in the middle of nowhere with an ellipsis where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def quoted(value: Any, length: int = _CLIP) -> str:
    """A text in quotation marks, another value as JSON; clipped to so many characters."""
    if isinstance(value, str):
        return f'"{clip(value, length)}"'
    return clip(json.dumps(value, ensure_ascii=False, default=str), length)


def listed(words: Iterable[str], last: str = "and") -> str:
    """ "a, b and c"."""
    items = list(words)
    return f" {last} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def reason(error: OSError) -> str:
    """Why the system refused, as a clause: "permission denied"."""
    return (error.strerror or str(error) or type(error).__name__).lower()
