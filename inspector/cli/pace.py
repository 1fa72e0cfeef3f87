"""The options of whatever plays a recording."""

import math
from typing import Annotated

import typer

SpeedOption = Annotated[
    str, typer.Option("--speed", metavar="X|max", help="2 is twice as fast, max is without any pause.")
]
IdleLimitOption = Annotated[
    str | None, typer.Option("--idle-limit", metavar="S", help="A pause longer than S seconds becomes S.")
]


def speed_of(text: str) -> float | None:
    """The factor that `--speed` gives, None for max."""
    return None if text == "max" else _number(text, 1e-6, "--speed", "a number above 0 (2 is twice as fast), or max")


def idle_limit_of(text: str | None) -> float | None:
    """The seconds that `--idle-limit` gives."""
    return None if text is None else _number(text, 0, "--idle-limit", "seconds")


def _number(text: str, least: float, option: str, wanted: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= 1e6:
        raise typer.BadParameter(f"{option} takes {wanted}, not {text!r}")
    return number
