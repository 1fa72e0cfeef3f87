"""What exchanges cost: figures worked out by hand from the published prices, and nothing wrong from whatever comes."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats import open_exchange
from inspector.recording.folders import shipped
from inspector.session import prices as prices_module
from inspector.session.billing import cost_of, cost_of_view
from inspector.session.cost import Cost

OCTOBER = datetime(2026, 10, 20, tzinfo=UTC)
TOKENS = {"input_tokens": 2_000, "output_tokens": 1_000}
WRITES = {"cache_creation": {"ephemeral_5m_input_tokens": 4_000, "ephemeral_1h_input_tokens": 8_000}}
ALL = {**TOKENS, "cache_read_input_tokens": 50_000, "cache_creation_input_tokens": 12_000, **WRITES}


@pytest.fixture(autouse=True)
def own_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's own prices would be."""
    path = tmp_path / "prices.toml"
    monkeypatch.setattr(prices_module, "prices_path", lambda: path)
    return path


def amounts(cost: Cost) -> list[float | None]:
    values = cost.as_dict()
    return [values[name] for name in ("input", "cache_read", "cache_creation", "output", "tools", "total")]


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        # 2,000 at $5, 50,000 at $0.50, 4,000 at $6.25 and 8,000 at $10, 1,000 at $25, for a million each.
        ("claude-opus-4-8", ALL, [0.01, 0.025, 0.025 + 0.08, 0.025, 0, 0.165]),
        # $1, $0.10, $1.25 and $2, $5; two searches at $10 a thousand.
        (
            "claude-haiku-4-5-20251001",
            {**ALL, "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 9}},
            [0.002, 0.005, 0.005 + 0.016, 0.005, 0.02, 0.053],
        ),
        # $2, $0.10 (a twentieth), $2.50 and $4, $10.
        ("claude-sonnet-5-5", ALL, [0.004, 0.005, 0.01 + 0.032, 0.01, 0, 0.061]),
        # A prompt of 100,000 tokens: $0.10, $0.01, $0.50. One token more, and all of them cost five times as much.
        (
            "claude-haiku-5-5",
            {"input_tokens": 50_000, "cache_read_input_tokens": 50_000, "output_tokens": 1_000},
            [0.005, 0.0005, 0, 0.0005, 0, 0.006],
        ),
        (
            "claude-haiku-5-5",
            {"input_tokens": 50_001, "cache_read_input_tokens": 50_000, "output_tokens": 1_000},
            [0.0250005, 0.0025, 0, 0.0025, 0, 0.0300005],
        ),
        # Half in a batch, a tenth more in the USA, fast mode at $10 and $50.
        ("claude-opus-4-8", {**TOKENS, "service_tier": "batch"}, [0.005, 0, 0, 0.0125, 0, 0.0175]),
        ("claude-opus-4-8", {**TOKENS, "inference_geo": "us"}, [0.011, 0, 0, 0.0275, 0, 0.0385]),
        ("claude-opus-4-8", {**TOKENS, "speed": "fast"}, [0.02, 0, 0, 0.05, 0, 0.07]),
        ("claude-opus-4-8", {**TOKENS, "service_tier": "standard", "inference_geo": "global"}, [0.01, 0, 0, 0.025, 0, 0.035]),
        # Bedrock: a region costs a tenth more; the hour, which the package has no price for, is twice the input.
        ("eu.anthropic.claude-opus-4-6-v1:0", TOKENS, [0.011, 0, 0, 0.0275, 0, 0.0385]),
        (
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            {**TOKENS, "cache_creation_input_tokens": 1_000, "cache_creation": {"ephemeral_1h_input_tokens": 1_000}},
            [0.006, 0, 0.006, 0.015, 0, 0.027],
        ),
    ],
)  # fmt: skip
def test_the_figures_are_those_of_the_price_list(model: str, usage: dict[str, Any], expected: list[float]) -> None:
    cost = cost_of(model, usage, when=OCTOBER)
    assert cost.unknown == ""
    assert amounts(cost) == pytest.approx(expected, rel=1e-12)
    assert cost.prices_from.startswith("genai-prices ")
    assert cost.currency == "USD"


def test_prices_are_those_of_the_day() -> None:
    cached = {**TOKENS, "cache_read_input_tokens": 1_000_000}
    assert cost_of("claude-sonnet-5-5", cached, when=datetime(2026, 10, 6, tzinfo=UTC)).cache_read == Decimal("0.2")
    assert cost_of("claude-sonnet-5-5", cached, when=OCTOBER).cache_read == Decimal("0.1")
    # The long prompts of Sonnet 4.6 were dearer until March.
    assert cost_of("claude-sonnet-4-6", cached, when=datetime(2026, 3, 1, tzinfo=UTC)).cache_read == Decimal("0.6")
    assert cost_of("claude-sonnet-4-6", cached, when=OCTOBER).cache_read == Decimal("0.3")


@pytest.mark.parametrize(
    ("model", "more", "why"),
    [
        ("claude-opus-4-10", {}, 'no prices for "claude-opus-4-10"'),
        ("llama-4", {}, 'no prices for "llama-4"'),
        ("", {}, "no model is named"),
        ("claude-" + "x" * 9_000, {}, "no prices for"),
        ("claude-opus-4-8", {"service_tier": "priority"}, "the priority tier"),
        ("claude-opus-4-8", {"service_tier": "flex"}, 'the service tier "flex"'),
        ("claude-opus-4-8", {"service_tier": ["batch"]}, "no text"),
        ("claude-opus-4-8", {"inference_geo": "mars"}, 'inference_geo "mars"'),
        ("claude-haiku-4-5", {"speed": "fast"}, "fast mode"),
        ("claude-opus-4-8", {"speed": "fast", "service_tier": "batch"}, "fast mode in a batch"),
        ("claude-opus-4-8", {"fallback_credit": {"type": "redeemed"}}, "fallback credit"),
    ],
)
def test_what_has_no_price_is_unknown_and_not_free(model: str, more: dict[str, Any], why: str) -> None:
    cost = cost_of(model, {**TOKENS, **more}, when=OCTOBER)
    assert amounts(cost) == [None] * 6
    assert why in cost.unknown
    assert str(cost) == "unknown"
    assert not cost.at_least


@pytest.mark.parametrize(
    ("more", "part", "why"),
    [
        ({"input_tokens": -1}, "input", "input_tokens is no count"),
        ({"input_tokens": "2000"}, "input", "input_tokens is no count"),
        ({"input_tokens": True}, "input", "input_tokens is no count"),
        ({"input_tokens": 10**30}, "input", "input_tokens is no count"),
        ({"input_tokens": None}, "input", "usage has no input_tokens"),
        ({"output_tokens": 1.5}, "output", "output_tokens is no count"),
        ({"cache_read_input_tokens": {}}, "cache_read", "cache_read_input_tokens is no count"),
        ({"cache_creation_input_tokens": 5, **WRITES}, "cache_creation", "more than cache_creation_input_tokens"),
        ({"cache_creation": {"ephemeral_1h_input_tokens": "8"}}, "cache_creation", "ephemeral_1h_input_tokens is no count"),
        ({"server_tool_use": {"code_execution_requests": 1}}, "tools", "no price for code_execution_requests"),
        ({"server_tool_use": {"web_search_requests": -2}}, "tools", "web_search_requests is no count"),
        ({"server_tool_use": "two"}, "tools", "server_tool_use is no object"),
    ],
)  # fmt: skip
def test_what_is_no_count_is_left_out_and_said(more: dict[str, Any], part: str, why: str) -> None:
    whole = cost_of("claude-opus-4-8", TOKENS, when=OCTOBER)
    cost = cost_of("claude-opus-4-8", {**TOKENS, **more}, when=OCTOBER)
    assert cost.as_dict()[part] is None
    assert why in cost.unknown
    assert str(cost).startswith("at least $0.0")
    assert (cost.total or 1) <= (whole.total or 0)


def test_null_is_nothing_and_a_write_of_unknown_lifetime_is_one_of_five_minutes_at_least() -> None:
    nothing = dict.fromkeys(
        ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "server_tool_use")
    )
    assert cost_of("claude-opus-4-8", {**TOKENS, **nothing}, when=OCTOBER) == cost_of(
        "claude-opus-4-8", TOKENS, when=OCTOBER
    )
    cost = cost_of("claude-opus-4-8", {**TOKENS, "cache_creation_input_tokens": 8_000}, when=OCTOBER)
    assert (cost.cache_creation, cost.at_least) == (Decimal("0.05"), True)
    assert "how long" in cost.unknown


def test_what_is_billed_beside_the_usage_is_added() -> None:
    compaction = {"type": "compaction", "input_tokens": 1_000, "output_tokens": 100}
    advice = {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 1_000, "output_tokens": 100}
    for entry, more in ((compaction, 0.001 + 0.0005), (advice, 0.005 + 0.0025)):
        cost = cost_of(
            "claude-haiku-4-5", {**TOKENS, "iterations": [{"type": "message", **TOKENS}, entry]}, when=OCTOBER
        )
        assert amounts(cost)[-1] == pytest.approx(0.007 + more)
        assert not cost.unknown
    unknown = cost_of("claude-haiku-4-5", {**TOKENS, "iterations": [{"type": "dream"}, 7]}, when=OCTOBER)
    assert (str(unknown), unknown.unknown) == ("at least $0.0070", "no prices for 2 entries of usage.iterations")


@pytest.mark.parametrize(("declined", "more"), [(0, 0), (100, 0.005 + 0.0025)])
def test_the_model_that_answered_sets_the_price(declined: int, more: float) -> None:
    first = {"type": "message", "model": "claude-opus-4-8", "input_tokens": 1_000, "output_tokens": declined}
    answered = {"type": "fallback_message", "model": "claude-haiku-4-5", **TOKENS}
    cost = cost_of("claude-opus-4-8", {**TOKENS, "iterations": [first, answered]}, when=OCTOBER)
    assert amounts(cost)[-1] == pytest.approx(0.007 + more)


def test_several_prompts_in_one_usage_are_not_taken_for_a_long_one() -> None:
    steps = [{"type": "message", "input_tokens": 60_000, "output_tokens": 10}] * 2
    cost = cost_of(
        "claude-haiku-5-5", {"input_tokens": 120_000, "output_tokens": 20, "iterations": steps}, when=OCTOBER
    )
    assert cost.input == Decimal("0.012")
    assert "long prompts" in cost.unknown


counts = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)
fields = st.sampled_from(
    ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "iterations",
     "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens", "server_tool_use", "web_search_requests", "service_tier",
     "speed", "inference_geo", "fallback_credit", "type", "model")
)  # fmt: skip
usages = st.recursive(
    st.dictionaries(fields, counts, max_size=8),
    lambda inner: st.dictionaries(fields, counts | inner | st.lists(inner, max_size=2), max_size=8),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(0, "$0.00"), (1, "$0.0000050"), (30, "$0.00015"), (2_000, "$0.0100"), (123_456_789, "$617.28")],
)
def test_small_amounts_can_be_seen(tokens: int, text: str) -> None:
    assert str(cost_of("claude-opus-4-8", {"input_tokens": tokens, "output_tokens": 0}, when=OCTOBER)) == text


@given(usages, st.sampled_from(["claude-opus-4-8", "claude-haiku-5-5", "x", ""]))
def test_whatever_comes_is_priced_or_unknown(usage: dict[str, Any], model: str) -> None:
    cost = cost_of(model, usage, when=OCTOBER)
    assert cost.total is None or cost.total >= 0
    assert cost.unknown or cost.total is not None
    assert cost.unknown or {type(usage.get(name)) for name in TOKENS} == {int}


OWN = """
[models."my-*"]
input = 1
output = 2.5
[models."CLAUDE-opus-4-8"]
input = 0
output = 0
"""


def test_the_users_own_prices_come_first(own_prices: Path) -> None:
    own_prices.write_text(OWN)
    cost = cost_of("my-Model", ALL)
    assert amounts(cost) == [0.002, None, None, 0.0025, 0, 0.0045]
    assert cost.prices_from == "prices.toml"
    assert "prices.toml has no price for cache reads" in cost.unknown
    assert str(cost_of("claude-opus-4-8", TOKENS)) == "$0.00"
    assert cost_of("claude-haiku-4-5", TOKENS).prices_from.startswith("genai-prices")
    # It is read again when it has changed.
    own_prices.write_text(OWN.replace("2.5", "25.5"))
    assert cost_of("my-model", TOKENS).output == Decimal("0.0255")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[models", "is no TOML"),
        ("input = 3", "has something else"),
        ("models = 3", "has something else"),
        ('[models."x"]\ninput = -1', "no price in USD"),
        ('[models."x"]\ninput = nan', "no price in USD"),
        ('[models."x"]\ninput = "3"', "no price in USD"),
        ('[models."x"]\ncache = 3', 'has "cache", which is none of'),
        ("[models]\nx = 3", "no table of prices"),
        ("\x00", "is no TOML"),
    ],
)
def test_a_file_that_says_nothing_clear_makes_every_price_unknown(own_prices: Path, text: str, why: str) -> None:
    own_prices.write_text(text)
    cost = cost_of("claude-opus-4-8", TOKENS)
    assert cost.total is None
    assert str(own_prices) in cost.unknown
    assert why in cost.unknown
    assert len(cost.unknown.splitlines()) == 1


def view_cost(name: str) -> Cost | None:
    with open_exchange(str(shipped()[name])) as exchange:
        return cost_of_view(exchange.load().view())


def test_an_exchange_costs_what_its_message_does() -> None:
    # Sonnet 4.6: compaction of 100 and 55,096 cached tokens to 83, then 181 to 76.
    cost = view_cost("compaction")
    assert cost
    assert float(cost.total or 0) == pytest.approx((281 * 3 + 55_096 * 0.3 + 159 * 15) / 1e6)
    assert not cost.unknown
    cut = view_cost("cut-clean")
    assert cut
    assert "broke off" in cut.unknown
    assert view_cost("rate-limited") is None
    code = view_cost("code-execution")
    assert code
    assert "code execution" in code.unknown


def test_the_prices_of_the_documentation_can_be_read(own_prices: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cost.md").read_text()
    own_prices.write_text(page.split("```toml\n")[1].split("```")[0])
    cost = cost_of("claude-sonnet-4-6-20260101", {**ALL, "server_tool_use": {"web_search_requests": 1}})
    assert amounts(cost) == pytest.approx([0.0048, 0.012, 0.012 + 0.0384, 0.012, 0.01, 0.0892])
    assert str(cost_of("Qwen3-Coder", TOKENS)) == "$0.00"
