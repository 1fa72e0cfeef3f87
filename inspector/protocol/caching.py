"""The documented facts of prompt caching: order, limits, lifetimes, prices, and what a change costs.

They are those of Anthropic's page on prompt caching (CACHING), as copies of it from September and October 2026 have it.
What no copy says, for instance how much a model that came later needs, is not here.
"""

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from inspector.protocol.models import family_of, version_of
from inspector.protocol.source import CACHING, Source

Level = Literal["tools", "system", "messages"]
"""A part of the prompt with a cache of its own. What changes one changes those behind it."""

ORDER: Final[tuple[Level, ...]] = ("tools", "system", "messages")
"""How a prompt is put together, whatever the order of the members in the request."""
MOST_BREAKPOINTS: Final = 4
"""Marks (`cache_control`) in a request, the automatic one counted; a fifth is a 400."""
LOOKBACK: Final = 20
"""Positions that are looked at for an earlier entry, from a mark backwards, the mark's own counted.

On Claude's API tool_use blocks in a row are one position, and so are tool_result blocks in a row.
"""
LIFETIMES_S: Final = {"5m": 300, "1h": 3600}
"""How long an entry lives by `ttl`, in seconds, from the start of the request that wrote or read it last."""
DEFAULT_LIFETIME: Final = "5m"
WRITE_FACTOR: Final = {"5m": Decimal("1.25"), "1h": Decimal(2)}
"""What writing costs, in prices of uncached input, by lifetime."""
READ_FACTOR: Final = Decimal("0.1")
"""What reading costs, in prices of uncached input; newer models have a factor of their own, so their prices decide."""

_MINIMUM: Final = {
    **dict.fromkeys(
        (
            ("opus", (5, 0)), ("opus", (5, 5)),
            ("fable", (5, 0)), ("fable", (5, 1)), ("mythos", (5, 0)), ("mythos", (5, 1)),
        ),
        512,
    ),
    **dict.fromkeys(
        (
            ("opus", (4, 0)), ("opus", (4, 1)), ("opus", (4, 8)),
            ("sonnet", (4, 0)), ("sonnet", (4, 5)), ("sonnet", (4, 6)), ("sonnet", (5, 0)),
        ),
        1024,
    ),
    **dict.fromkeys((("opus", (4, 7)), ("haiku", (3, 5))), 2048),
    **dict.fromkeys((("opus", (4, 5)), ("opus", (4, 6)), ("haiku", (4, 5))), 4096),
}  # fmt: skip


class Invalidation(NamedTuple):
    """A change between two requests: the first level of which the cache is lost, those behind it included.

    `model_specific`: on some models earlier levels too.
    """

    what: str
    level: Level
    model_specific: bool = False


INVALIDATIONS: Final = {
    "tools": Invalidation("a tool was added, removed, moved or edited", "tools"),
    "web_search": Invalidation("web search was switched on or off", "system"),
    "citations": Invalidation("citations were switched on or off", "system"),
    "speed": Invalidation("fast mode was switched on or off", "system"),
    "system": Invalidation("the system prompt was edited", "system"),
    "tool_choice": Invalidation("tool_choice was changed", "messages"),
    "images": Invalidation("images were added or taken out, anywhere in the prompt", "messages"),
    "thinking": Invalidation("the thinking parameters were changed", "messages", model_specific=True),
    "effort": Invalidation("output_config.effort was changed", "messages", model_specific=True),
}
"""By what of the request is different. An edited message costs what stands behind it."""
SOURCES: Final[tuple[Source, ...]] = (CACHING,)


def minimum_of(model: str) -> int | None:
    """How many tokens a prefix must have to be cached; a shorter one is not, and nothing says so. None: not known.

    Bedrock, whose names have "anthropic." in front, has minimums of its own.
    """
    version = None if "anthropic." in model else version_of(model)
    return _MINIMUM.get((family_of(model), version)) if version else None
