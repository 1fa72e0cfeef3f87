"""What a token costs: the user's own prices, else those that the package genai-prices brings along.

Nothing is fetched. The package is imported at the first model that the user's file does not name: that takes 0.2 s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from inspector.protocol.caching import READ_FACTOR, WRITE_FACTOR
from inspector.protocol.models import version_of
from inspector.text.wording import quoted, reason

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

_FIELDS: Final = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "web_search")
_LARGEST_FILE: Final = 1 << 20
_LONGEST_NAME: Final = 256
# The cache reads of Sonnet 5.5 cost half as much since, which genai-prices 0.2.3 has from the first day on. The model's
# page had 0.20 for a million tokens before (platform.claude.com/docs/zh-CN/models/sonnet-5-5/overview), and the pricing
# page 0.10 after (both as of 2026-11-26).
_SONNET_5_5: Final = ("claude-sonnet-5-5", datetime(2026, 10, 7, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Prices:
    """USD for a million tokens, `web_search` for a thousand searches; None where nobody says. `of`: whose they are."""

    of: str
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    web_search: Decimal | None = None


class UnpricedError(Exception):
    """There are no prices for this. Its text is a clause that says why; it may hold text from the wire."""


def prices_path() -> Path:
    """The file with the user's own prices."""
    import platformdirs

    return platformdirs.user_config_path("inspector", appauthor=False) / "prices.toml"


def prices_of(model: str, prompt_tokens: int, when: datetime | None = None, fast: bool = False) -> Prices:
    """The prices of a request with a prompt of so many tokens, at a time (None: now). Raises UnpricedError.

    `fast`: in fast mode. Batches and places are not in it.
    """
    if len(model) > _LONGEST_NAME:
        raise UnpricedError(f"no prices for {quoted(model)}")
    for pattern, prices in _own_prices():
        if fnmatchcase(model.lower(), pattern):
            if fast:
                raise UnpricedError(f"{prices.of} has no prices for fast mode")
            return prices
    return _published(model, prompt_tokens, when or datetime.now(UTC), fast)


def _own_prices() -> tuple[tuple[str, Prices], ...]:
    path = prices_path()
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UnpricedError(f"{path} cannot be read: {reason(error)}") from None
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int, size: int) -> tuple[tuple[str, Prices], ...]:
    """The patterns of the file in their order; again only when it has changed."""
    import tomllib

    try:
        if size > _LARGEST_FILE:
            raise UnpricedError(f"{path} is too large")
        values = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise UnpricedError(f"{path} cannot be read: {reason(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UnpricedError(f"{path} is no TOML: {error}") from None
    models = values.get("models", {})
    if values.keys() - {"models"} or not isinstance(models, dict):
        raise UnpricedError(f'{path} has something else than tables [models."PATTERN"]')
    return tuple((pattern.lower(), _own(path, pattern, table)) for pattern, table in models.items())


def _own(path: Path, pattern: str, table: Any) -> Prices:
    if not isinstance(table, Mapping):
        raise UnpricedError(f"{path}: {quoted(pattern)} is no table of prices")
    found: dict[str, Decimal] = {}
    for name, value in table.items():
        if name not in _FIELDS:
            raise UnpricedError(f"{path}: {quoted(pattern)} has {quoted(name)}, which is none of {', '.join(_FIELDS)}")
        price = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else Decimal("nan")
        if not price.is_finite() or price < 0:
            raise UnpricedError(f"{path}: {name} of {quoted(pattern)} is no price in USD")
        found[name] = price
    return Prices(path.name, **found)


def _published(model: str, prompt_tokens: int, when: datetime, fast: bool) -> Prices:
    from genai_prices import Usage, __version__, calc_price

    # Bedrock's prices differ by region, which its names for the models tell.
    provider = "aws" if "anthropic." in model else "anthropic"
    context = {"speed": "fast"} if fast else None
    try:
        found = calc_price(
            Usage(input_tokens=0), model, provider_id=provider, genai_request_timestamp=when, price_context=context
        )
    except LookupError:
        raise UnpricedError(f"no prices for {quoted(model)}") from None
    # Patterns go by how a name begins: 4-10 is no 4-1.
    if version_of(model) != version_of(found.model.id):
        raise UnpricedError(f"no prices for {quoted(model)}")
    if fast and not _has_fast_mode(found.model):
        raise UnpricedError(f"no prices for fast mode of {quoted(model)}")
    rates = found.model_price
    prices = Prices(
        f"genai-prices {__version__}",
        input=_rate(rates.input_mtok, prompt_tokens),
        output=_rate(rates.output_mtok, prompt_tokens),
        cache_read=_rate(rates.cache_read_mtok, prompt_tokens),
        cache_write_5m=_rate(rates.cache_write_mtok, prompt_tokens),
        cache_write_1h=_rate(rates.cache_write_1h_mtok, prompt_tokens),
        web_search=_rate(rates.web_searches_kcount, prompt_tokens),
    )
    return _completed(prices, found.model.id, when)


def _completed(prices: Prices, model: str, when: datetime) -> Prices:
    """With what the package lacks: some models on Bedrock have no price of writes, and none its past."""
    base = prices.input
    if base is None:
        return prices
    if model == _SONNET_5_5[0] and when < _SONNET_5_5[1]:
        prices = replace(prices, cache_read=base * READ_FACTOR)
    if prices.cache_write_5m is not None and prices.cache_write_1h is None:
        prices = replace(prices, cache_write_1h=base * WRITE_FACTOR["1h"])
    return prices


def _has_fast_mode(model: "ModelInfo") -> bool:
    return any(variant.when == {"speed": "fast"} for variant in model.price_variants or ())


def _rate(price: "Decimal | TieredPrices | None", prompt_tokens: int) -> Decimal | None:
    """All tokens of a request cost as much as the length of its prompt says."""
    if price is None or isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if prompt_tokens > tier.start]
    return reached[-1] if reached else price.base
