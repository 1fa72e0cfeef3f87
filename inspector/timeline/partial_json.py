"""Tool input that is still being written."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

import jiter

from inspector.recording.json_text import loads_exact

FINE_GRAINED_BETA: Final = "fine-grained-tool-streaming-2025-05-14"
PartialMode = Literal["trailing-strings"] | bool

_NON_FINITE = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}")


@dataclass(frozen=True, slots=True)
class ToolInput:
    """`value`: the parsed input. `whole`: the text is one JSON value. `problem`: where and why it parses no further."""

    value: Any
    whole: bool
    problem: str | None = None


def partial_mode(anthropic_beta: str) -> PartialMode:
    """How the SDK parses unfinished input under these beta headers: it drops an unfinished string, or keeps it."""
    return "trailing-strings" if FINE_GRAINED_BETA in anthropic_beta else True


def parse_tool_input(text: bytes, mode: PartialMode = True) -> ToolInput:
    """The value of tool input as far as it has come; what the SDK's snapshot would hold where it is not whole.

    `value` is None where even the part cannot be parsed.
    """
    try:
        return ToolInput(_strict(text), whole=True)
    except ValueError:
        pass
    return parse_beginning(text, mode)


def parse_beginning(text: bytes, mode: PartialMode = True) -> ToolInput:
    """`parse_tool_input` for a text that is known not to be whole."""
    try:
        return ToolInput(jiter.from_json(text, partial_mode=mode), whole=False)
    except ValueError as error:
        return ToolInput(None, whole=False, problem=str(error))


def _strict(text: bytes) -> Any:
    if _NON_FINITE.search(text):
        try:
            return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
        except RecursionError:
            raise ValueError("nested too deeply") from None
    return loads_exact(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number
