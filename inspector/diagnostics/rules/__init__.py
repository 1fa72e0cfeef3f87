"""The rules, a file for each family or a part of it. Whatever stands here registers itself; nothing else lists it."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
