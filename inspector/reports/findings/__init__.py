"""What `inspector check` prints: a file for each format. Whatever stands here is a choice of `--format`.

A file has a `REPORT`, and is imported only when it is asked for.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from inspector.reports.results import Report

DEFAULT: Final = "text"
FORMATS: Final = tuple(sorted((module.name for module in iter_modules(__path__)), key=lambda name: name != DEFAULT))
"""The names of the formats, the one for people first."""


def report(name: str) -> "Report":
    """The format of this name, one of FORMATS."""
    found: Report = import_module(f"{__name__}.{name}").REPORT
    return found
