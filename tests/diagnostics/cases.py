"""For each rule streams in which it must fire, and streams in which it must not: one table for tests and docs."""

from collections.abc import Callable
from typing import NamedTuple

from inspector.timeline import Exchange

CASES: "list[Case]" = []


class Case(NamedTuple):
    """A stream, and the rule that must (or must not) find something in it; `severity` is what it must find."""

    code: str
    what: str
    make: Callable[[], Exchange]
    fires: bool
    severity: str | None = None


def must(code: str, what: str, make: Callable[[], Exchange], severity: str | None = None) -> None:
    CASES.append(Case(code, what, make, True, severity))


def must_not(code: str, what: str, make: Callable[[], Exchange]) -> None:
    CASES.append(Case(code, what, make, False))
