"""What the name of a model tells: its family and version, and by it which form of thinking it takes."""

import re
from typing import Final, NamedTuple

from inspector.protocol.source import SKILL, THINKING, Source

SOURCES: Final[tuple[Source, ...]] = (THINKING, SKILL)
# claude-opus-4-8, claude-sonnet-5, claude-haiku-4-5-20251001, us.anthropic.claude-opus-4-6-v1:0, claude-3-7-sonnet-….
_VERSION: Final = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
# claude-opus-4-8, and the names of old: claude-3-5-haiku-….
_FAMILY: Final = re.compile(r"claude-(?:([a-z]+)-\d|\d{1,2}(?:[-.]\d{1,2})?-([a-z]+))")
_FIRST_WITH_BUDGET: Final = (3, 7)
_FIRST_ADAPTIVE: Final = (4, 6)
_LAST_WITH_BUDGET: Final = (4, 6)


class Thinking(NamedTuple):
    """Whether a model takes {"type": "enabled", "budget_tokens": N}, and {"type": "adaptive"}."""

    budget: bool
    adaptive: bool


def version_of(model: str) -> tuple[int, int] | None:
    """The version in a model's name, (4, 0) for claude-opus-4-20250514; None where it has none."""
    found = _VERSION.search(model.lower())
    return (int(found[1]), int(found[2] or 0)) if found else None


def family_of(model: str) -> str:
    """What Anthropic calls the kind of model: "opus", "haiku"; "" where the name does not begin with claude."""
    found = _FAMILY.search(model.lower())
    return (found[1] or found[2]) if found else ""


def thinking_of(model: str) -> Thinking | None:
    """Budgets from 3.7 to 4.6 (there deprecated), adaptive thinking from 4.6 on; None where the name has no version."""
    version = version_of(model)
    if version is None:
        return None
    return Thinking(_FIRST_WITH_BUDGET <= version <= _LAST_WITH_BUDGET, version >= _FIRST_ADAPTIVE)
