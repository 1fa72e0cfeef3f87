"""Which form of thinking a model takes, by the version in its name."""

import re
from typing import Final, NamedTuple

from inspector.protocol.source import SKILL, THINKING, Source

SOURCES: Final[tuple[Source, ...]] = (THINKING, SKILL)
# claude-opus-4-8, claude-sonnet-5, claude-haiku-4-5-20251001, us.anthropic.claude-opus-4-6-v1:0, claude-3-7-sonnet-….
_VERSION: Final = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_FIRST_WITH_BUDGET: Final = (3, 7)
_FIRST_ADAPTIVE: Final = (4, 6)
_LAST_WITH_BUDGET: Final = (4, 6)


class Thinking(NamedTuple):
    """Whether a model takes {"type": "enabled", "budget_tokens": N}, and {"type": "adaptive"}."""

    budget: bool
    adaptive: bool


def thinking_of(model: str) -> Thinking | None:
    """Budgets from 3.7 to 4.6 (there deprecated), adaptive thinking from 4.6 on; None where the name has no version."""
    found = _VERSION.search(model.lower())
    if found is None:
        return None
    version = int(found[1]), int(found[2] or 0)
    return Thinking(_FIRST_WITH_BUDGET <= version <= _LAST_WITH_BUDGET, version >= _FIRST_ADAPTIVE)
