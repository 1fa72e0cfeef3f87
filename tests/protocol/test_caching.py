"""The facts of prompt caching, where the page that they are from has them otherwise than one would expect."""

import pytest

from inspector.protocol.caching import INVALIDATIONS, LIFETIMES_S, ORDER, WRITE_FACTOR, minimum_of


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-opus-5-5", 512),
        ("claude-opus-4-8", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-opus-4-6", 4096),
        ("claude-opus-4-20250514", 1024),
        ("claude-sonnet-4-6", 1024),
        ("claude-haiku-4-5-20251001", 4096),
        ("claude-3-5-haiku-20241022", 2048),
        # Nothing says it of these: they are no opus 5.
        ("claude-opus-5-6", None),
        ("claude-haiku-5-5", None),
        ("us.anthropic.claude-opus-4-6-v1:0", None),
        ("claude", None),
        ("gpt-4o", None),
        ("", None),
    ],
)
def test_the_shortest_prefix_is_that_of_the_model(model: str, tokens: int | None) -> None:
    assert minimum_of(model) == tokens


def test_every_lifetime_has_a_price_and_every_change_a_level() -> None:
    assert WRITE_FACTOR.keys() == LIFETIMES_S.keys()
    assert {one.level for one in INVALIDATIONS.values()} == set(ORDER)
    assert all(name in INVALIDATIONS and INVALIDATIONS[name].level == name for name in ("tools", "system"))
