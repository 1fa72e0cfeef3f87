"""What exchanges cost, by their model and their `usage`: an estimate by list prices, no bill.

What cannot be known is unknown, never zero. Sources: the pages on pricing, batches, data residency and web fetch
(inspector.protocol.source: PRICING, BATCHES, RESIDENCY, WEB_FETCH), and for what `usage.iterations` adds rule U08.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from inspector.protocol.caching import LIFETIMES_S
from inspector.session.cost import MOST_REASONS, ZERO, Cost, known, sum_of
from inspector.session.prices import Prices, UnpricedError, prices_of
from inspector.text.wording import clip, counted, quoted
from inspector.timeline import View

_MILLION: Final = Decimal(1_000_000)
_THOUSAND: Final = Decimal(1_000)
_MOST: Final = 10**12
# Half of everything that is counted in tokens (BATCHES); searches cost the same (PRICING).
_BATCH: Final = Decimal("0.5")
# Inference that stays in the USA costs a tenth more, whatever the tokens (RESIDENCY).
_PLACES: Final = {"us": Decimal("1.1"), "global": Decimal(1), "not_available": Decimal(1)}
_SERVED: Final = "fallback_message"


def cost_of(model: str, usage: Mapping[str, Any], *, when: datetime | None = None) -> Cost:
    """What one message costs, by the `usage` of the API, which may hold anything. `when` it was asked for: None is now.

    A count that is no count (negative, text, beyond all bounds) makes its part unknown.
    """
    if not isinstance(usage, Mapping):
        return Cost(unknown="usage is no object")
    try:
        terms = _terms(usage)
    except UnpricedError as error:
        return Cost(unknown=str(error))
    samplings = list(_samplings(model, usage))
    served = samplings[0][0]
    found = [_sampling(named, counts, terms, served, when) for named, counts in samplings]
    found.append(_tools(served, usage.get("server_tool_use"), when))
    return sum_of(found, [*(one.unknown for one in found), _unknown_entries(usage)])


@dataclass(frozen=True, slots=True)
class Charge:
    """What one message is billed by: model and usage as they are on the wire, and when it was asked for.

    `missing`: what usage does not tell of it, "" where it tells all.
    """

    model: str
    usage: Mapping[str, Any]
    when: datetime | None
    missing: str


def charges_of(view: View) -> list[Charge]:
    """What an exchange is billed by as of a moment; empty where it holds no usage, and so nobody is billed for it."""
    return [
        Charge(str(message.get("model") or ""), usage, _moment(view), _missing(message))
        for message in view.messages
        if isinstance(usage := message.get("usage"), Mapping)
    ]


def cost_of_charges(charges: Sequence[Charge]) -> Cost:
    """What an exchange costs that has these charges."""
    found = [cost_of(charge.model, charge.usage, when=charge.when) for charge in charges]
    reasons = [cost.unknown for cost in found]
    if any(cost.prices_from for cost in found):
        reasons += [charge.missing for charge in charges]
    return sum_of(found, reasons)


def cost_of_view(view: View) -> Cost | None:
    """What an exchange costs as of a moment; None where nobody is billed for it."""
    charges = charges_of(view)
    return cost_of_charges(charges) if charges else None


def _missing(message: Mapping[str, Any]) -> str:
    if message.get("stop_reason") is None:
        return "the message broke off, or goes on: its output is not counted"
    return "the time of code execution is not told" if message.get("container") else ""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What holds for all tokens of a request."""

    factor: Decimal
    fast: bool


def _terms(usage: Mapping[str, Any]) -> _Terms:
    tier, speed, place = (usage.get(name) or "" for name in ("service_tier", "speed", "inference_geo"))
    if tier == "priority":
        raise UnpricedError("the priority tier is paid for by what was agreed")
    if tier not in ("", "standard", "batch"):
        raise UnpricedError(f"no prices for the service tier {_named(tier)}")
    if speed not in ("", "standard", "fast"):
        raise UnpricedError(f"no prices for the speed {_named(speed)}")
    if speed == "fast" and tier == "batch":
        raise UnpricedError("no prices for fast mode in a batch")
    if place and (not isinstance(place, str) or place not in _PLACES):
        raise UnpricedError(f"no prices for inference_geo {_named(place)}")
    credit = usage.get("fallback_credit")
    if isinstance(credit, Mapping) and credit.get("type") != "not_applied":
        raise UnpricedError("a fallback credit changed the price of the input")
    return _Terms(_PLACES.get(place, Decimal(1)) * (_BATCH if tier == "batch" else 1), speed == "fast")


def _named(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else "that is no text"


def _entries(usage: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = usage.get("iterations")
    return [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []


def _samplings(model: str, usage: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each model that sampled, with its counts, the one that answered first: its are those of the whole usage."""
    entries = _entries(usage)
    fallback = next((one.get("model") for one in entries if one.get("type") == _SERVED), None)
    served = fallback if isinstance(fallback, str) else model
    yield served, usage
    for one in entries:
        named = one.get("model") if isinstance(one.get("model"), str) else None
        if one.get("type") == "compaction":
            yield named or served, one
        elif one.get("type") == "advisor_message":
            yield named or "", one
        elif one.get("type") == "message" and fallback and named not in (None, served) and one.get("output_tokens"):
            # It had begun to answer before it declined.
            yield str(named), one


def _unknown_entries(usage: Mapping[str, Any]) -> str:
    entries = usage.get("iterations")
    if entries is not None and not isinstance(entries, list):
        return "usage.iterations is no list"
    known = ("message", "compaction", "advisor_message", _SERVED)
    unknown = [one for one in entries or () if not isinstance(one, Mapping) or one.get("type") not in known]
    return f"no prices for {counted(len(unknown), 'entry', 'entries')} of usage.iterations" if unknown else ""


def _sampling(model: str, usage: Mapping[str, Any], terms: _Terms, served: str, when: datetime | None) -> Cost:
    if not model:
        return Cost(unknown="no model is named")
    if terms.fast and model != served:
        return Cost(unknown=f"nothing says whether {quoted(model)} worked in fast mode")
    reasons: list[str] = []

    def count(values: Mapping[str, Any], name: str, needed: bool = False) -> int | None:
        value = values.get(name)
        if value is None and not needed:
            return 0
        if type(value) is int and 0 <= value < _MOST:
            return value
        reasons.append(f"usage has no {name}" if value is None else f"{name} is no count")
        return None

    fresh, output = count(usage, "input_tokens", needed=True), count(usage, "output_tokens", needed=True)
    read, short, long, rest = count(usage, "cache_read_input_tokens"), *_written(usage, count, reasons)
    prompt = sum(number or 0 for number in (fresh, read, short, long, rest))
    try:
        prices, doubtful = _prices(model, usage, prompt, when, terms.fast)
    except UnpricedError as error:
        return Cost(unknown=str(error))
    if doubtful:
        reasons.append("nothing says whether the prices of long prompts apply")

    def part(number: int | None, price: Decimal | None, what: str) -> Decimal | None:
        if not number:
            return None if number is None else ZERO
        if price is None:
            reasons.append(f"{prices.of} has no price for {what} of {quoted(model)}")
            return None
        return number * price * terms.factor / _MILLION

    writes = (
        (short, prices.cache_write_5m, "cache writes"),
        (long, prices.cache_write_1h, "cache writes for an hour"),
        (rest, prices.cache_write_5m, "cache writes"),
    )
    written = known(part(*one) for one in writes if one[0] != 0) if short or long or rest else part(short, None, "")
    return Cost(
        input=part(fresh, prices.input, "input"),
        cache_read=part(read, prices.cache_read, "cache reads"),
        cache_creation=written,
        output=part(output, prices.output, "output"),
        unknown="; ".join(dict.fromkeys(reasons)),
        prices_from=prices.of,
    )


def _written(
    usage: Mapping[str, Any], count: Callable[[Mapping[str, Any], str], int | None], reasons: list[str]
) -> tuple[int | None, int | None, int | None]:
    """Tokens written for five minutes, for an hour, and for nobody says how long, which is five minutes at least."""
    split = usage.get("cache_creation")
    told = usage.get("cache_creation_input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    if not isinstance(split, Mapping):
        reasons += [] if split is None else ["cache_creation is no object"]
        split = {}
    short, long = (count(split, f"ephemeral_{lifetime}_input_tokens") for lifetime in LIFETIMES_S)
    if written is None or short is None or long is None:
        return None, None, None
    rest = 0 if told is None else written - short - long
    if rest < 0:
        reasons.append("cache_creation has more than cache_creation_input_tokens")
        return None, None, None
    if rest:
        reasons.append("nothing says how long the cache keeps what was written")
    return short, long, rest


def _prices(
    model: str, usage: Mapping[str, Any], prompt: int, when: datetime | None, fast: bool
) -> tuple[Prices, bool]:
    """The prices for a prompt of so many tokens, and whether several prompts made them, of which none is that long."""
    prices = prices_of(model, prompt, when, fast)
    prompts = [_prompt(one) for one in _entries(usage) if one.get("type") in ("message", _SERVED)]
    if len(prompts) < 2 or max(prompts) >= prompt:
        return prices, False
    each = prices_of(model, max(prompts), when, fast)
    return each, each != prices


def _prompt(entry: Mapping[str, Any]) -> int:
    counts = (entry.get(name) for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"))
    return sum(value for value in counts if type(value) is int and 0 <= value < _MOST)


def _tools(model: str, used: Any, when: datetime | None) -> Cost:
    """What the tools of the server cost by use. Fetching a page costs nothing but its tokens (WEB_FETCH)."""
    if used is None:
        return Cost(tools=ZERO)
    if not isinstance(used, Mapping):
        return Cost(unknown="server_tool_use is no object")
    reasons: list[str] = []
    tools: Decimal | None = ZERO
    for name, number in used.items():
        if number in (None, 0) or name == "web_fetch_requests":
            continue
        if type(number) is not int or not 0 < number < _MOST:
            reasons.append(f"{clip(str(name))} is no count")
        elif name != "web_search_requests":
            reasons.append(f"no price for {clip(str(name))}")
        else:
            try:
                price = prices_of(model, 0, when).web_search
            except UnpricedError as error:
                reasons.append(str(error))
                continue
            if price is None:
                reasons.append(f"no price for web searches with {quoted(model)}")
            else:
                tools = number * price / _THOUSAND
    return Cost(tools=tools or (None if reasons else ZERO), unknown="; ".join(reasons[:MOST_REASONS]))


def _moment(view: View) -> datetime | None:
    from inspector.session.sources import moment

    started = moment(str((view.exchange.index.header or {}).get("started_at")))
    return None if started is None else datetime.fromtimestamp(started, UTC)
