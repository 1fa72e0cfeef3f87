"""Two small tools that Claude may call in the chat. Both only compute."""

import ast
import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

TOOLS: Final[list[dict[str, Any]]] = [
    {
        "name": "calculate",
        "description": "Evaluates arithmetic exactly as Python does: + - * / // % ** and parentheses, on numbers.",
        "input_schema": {
            "type": "object",
            "properties": {"expression": {"type": "string", "description": "For example (3 + 4) * 2.5"}},
            "required": ["expression"],
        },
    },
    {
        "name": "current_time",
        "description": "The date and the time now in a time zone.",
        "input_schema": {
            "type": "object",
            "properties": {"zone": {"type": "string", "description": "An IANA name, for example Europe/Lisbon"}},
            "required": ["zone"],
        },
    },
]

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_LONGEST_EXPRESSION: Final = 500
_MOST_BITS: Final = 4096


def run_tool(name: str, arguments: Any) -> tuple[str, bool]:
    """What the tool says, and whether that is an error. Never raises: the model is told what is wrong."""
    values: dict[str, Any] = arguments if isinstance(arguments, dict) else {}
    try:
        if name == "calculate":
            return _number(calculate(str(values["expression"]))), False
        if name == "current_time":
            return current_time(str(values["zone"])), False
    except KeyError as error:
        return f"{name} needs {error}", True
    except (ValueError, ArithmeticError, OSError) as error:
        return str(error), True
    return f"there is no tool called {name}", True


def calculate(expression: str) -> int | float:
    """The value of an arithmetic expression. Raises ValueError for anything else, and for what would take long."""
    if len(expression) > _LONGEST_EXPRESSION:
        raise ValueError(f"the expression is longer than {_LONGEST_EXPRESSION} characters")
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"this is no arithmetic: {expression}") from None
    return _value(tree.body)


def current_time(zone: str) -> str:
    """The weekday and now in that zone, ISO 8601 with its offset. Raises ValueError where there is no such zone."""
    try:
        now = datetime.now(ZoneInfo(zone))
    except (KeyError, OSError, ValueError):
        raise ValueError(f"there is no time zone {zone}; one is Europe/Lisbon") from None
    return f"{now:%A} {now.isoformat(timespec='seconds')}"


def _value(node: ast.expr) -> int | float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
            a, b = _value(left), _value(right)
            if isinstance(op, ast.Pow):
                _check_power(a, b)
            return _bounded(_BINARY[type(op)](a, b))
    raise ValueError("only numbers, + - * / // % ** and parentheses are understood")


def _check_power(base: float, exponent: float) -> None:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > _MOST_BITS:
        raise ValueError("the result would be too large")


def _bounded(number: Any) -> int | float:
    if isinstance(number, int) and number.bit_length() > _MOST_BITS:
        raise ValueError("the result is too large")
    if not isinstance(number, int | float):
        raise ValueError("the result is no real number")
    return number


def _number(value: float) -> str:
    # 0.1 + 0.2: the digits that matter, not those of the binary fraction.
    return f"{value:.15g}" if isinstance(value, float) else str(value)
