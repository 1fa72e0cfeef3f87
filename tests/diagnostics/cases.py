"""For each rule streams in which it must fire, and streams in which it must not: one table for tests and docs."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from inspector.timeline import Exchange

_CASES: "list[Case]" = []


class Case(NamedTuple):
    """A stream, and the rule that must (or must not) find something in it; `severity` is what it must find."""

    code: str
    what: str
    make: Callable[[], Exchange]
    fires: bool
    severity: str | None = None


def must(code: str, what: str, make: Callable[[], Exchange], severity: str | None = None) -> None:
    _CASES.append(Case(code, what, make, True, severity))


def must_not(code: str, what: str, make: Callable[[], Exchange]) -> None:
    _CASES.append(Case(code, what, make, False))


def cases() -> list[Case]:
    """Those of every cases_*.py beside this file."""
    for path in sorted(Path(__file__).parent.glob("cases_*.py")):
        import_module(f"{__package__}.{path.stem}")
    return _CASES
