"""An amount of money, as far as it is known, and sums of such amounts. What cannot be known is unknown, never zero."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from inspector.text.wording import counted

ZERO: Final = Decimal(0)
MOST_REASONS: Final = 8
"""So many reasons why something is unknown are kept; the first ones say enough."""


@dataclass(frozen=True, slots=True)
class Cost:
    """USD for one exchange, or for many: each part None where it is not known at all, 0 where it costs nothing.

    `total` is the sum of what is known, None where nothing is. `unknown` says what is missing in it, "" where nothing
    is; it may hold text from the wire. `prices_from`: whose prices these are, "genai-prices 0.2.3" or the user's file;
    "" where there are none.
    """

    input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_creation: Decimal | None = None
    output: Decimal | None = None
    tools: Decimal | None = None
    unknown: str = ""
    prices_from: str = ""
    currency: str = "USD"

    @property
    def total(self) -> Decimal | None:
        """The sum of the parts that are known."""
        return known((self.input, self.cache_read, self.cache_creation, self.output, self.tools))

    @property
    def at_least(self) -> bool:
        """Whether `total` lacks something."""
        return self.total is not None and bool(self.unknown)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: amounts as numbers, null where they are not known."""
        return {
            "input": _number(self.input),
            "cache_read": _number(self.cache_read),
            "cache_creation": _number(self.cache_creation),
            "output": _number(self.output),
            "tools": _number(self.tools),
            "total": _number(self.total),
            "at_least": self.at_least,
            "currency": self.currency,
            "prices_from": self.prices_from or None,
            "unknown": self.unknown or None,
        }

    def __str__(self) -> str:
        """ "$0.0123", "at least $1.20", "unknown"."""
        total = self.total
        if total is None:
            return "unknown"
        return f"at least {_dollars(total)}" if self.at_least else _dollars(total)


class Costs:
    """A sum of costs, which grows: `total` is all of it. Told by one thread at a time."""

    def __init__(self) -> None:
        self.count = self.incomplete = 0
        self._known = Cost()
        self._reasons: Counter[str] = Counter()

    def add(self, cost: Cost) -> None:
        """One more exchange."""
        self.count += 1
        self._known = sum_of((self._known, cost), ())
        if cost.unknown:
            self.incomplete += 1
            if cost.unknown in self._reasons or len(self._reasons) < MOST_REASONS:
                self._reasons[cost.unknown] += 1

    @property
    def total(self) -> Cost:
        """The sum as it is now. Of several exchanges `unknown` says how many are not known whole, and why most."""
        why = "; ".join(reason for reason, _ in self._reasons.most_common(1))
        if self.count > 1 and self.incomplete:
            why = f"{self.incomplete:,} of {counted(self.count, 'exchange')}: {why}"
        return replace(self._known, unknown=why)


def sum_of(costs: Sequence[Cost], reasons: Iterable[str]) -> Cost:
    """The parts, each added up. What costs nothing is not known either where there are no prices."""
    priced = [cost for cost in costs if cost.prices_from]
    whole = costs if priced else ()
    origins = dict.fromkeys(origin for cost in priced for origin in cost.prices_from.split(" and "))
    return Cost(
        input=known(cost.input for cost in whole),
        cache_read=known(cost.cache_read for cost in whole),
        cache_creation=known(cost.cache_creation for cost in whole),
        output=known(cost.output for cost in whole),
        tools=known(cost.tools for cost in whole),
        unknown="; ".join(list(dict.fromkeys(filter(None, reasons)))[:MOST_REASONS]),
        prices_from=" and ".join(origins),
    )


def known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of those that are known, None where none is."""
    found = [amount for amount in amounts if amount is not None]
    return sum(found, ZERO) if found else None


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _dollars(amount: Decimal) -> str:
    """With cents; of less than a dollar four digits, or two that count."""
    return f"${amount:,.{2 if amount >= 1 or not amount else max(4, 1 - amount.adjusted())}f}"
