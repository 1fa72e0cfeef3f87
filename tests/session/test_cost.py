"""Sums of costs."""

from inspector.session.billing import cost_of
from inspector.session.cost import Cost, Costs
from tests.session.test_billing import OCTOBER, TOKENS


def test_sums_say_what_they_lack() -> None:
    costs = Costs()
    known, unknown = cost_of("claude-opus-4-8", TOKENS, when=OCTOBER), cost_of("llama", TOKENS)
    for cost in (known, known, unknown):
        costs.add(cost)
    assert str(costs.total) == "at least $0.0700"
    assert costs.total.unknown == '1 of 3 exchanges: no prices for "llama"'
    assert costs.total.prices_from == known.prices_from
    assert Costs().total == Cost()
