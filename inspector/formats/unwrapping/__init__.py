"""Whatever may be around a stream: a file for each kind, which has a `WRAPPER`; nothing else lists them."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from inspector.formats.unwrapping.wrapper import Wrapper

__all__ = ["Wrapper", "wrappers"]


@cache
def wrappers() -> list[Wrapper]:
    """All of them, in the order in which they are tried."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Wrapper] = [module.WRAPPER for module in modules if hasattr(module, "WRAPPER")]
    return sorted(found, key=lambda one: one.order)
