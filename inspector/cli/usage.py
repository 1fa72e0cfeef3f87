"""What is wrong with a command line, in the words of everything else that we say.

The parser has its own exceptions, which it does not export: they are told by their names, and what is not known here
says what it says.
"""

import re
from typing import Any, Final

_NUMBERS: Final = {"int": "a whole number", "float": "a number"}
_BOUNDS: Final = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_LEAD: Final = re.compile(r"Invalid value(?: for '?([^']*?)'?)?: |Value error, ")


def complaint(error: Any, command: str) -> str:
    """One line on an error of the parser's: what is wrong, and where it says how the command (its name) is used."""
    path = f"inspector {command}".strip()
    return f"{_what(error)} (see '{path} --help')"


def _what(error: Any) -> str:
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return f"there is no option {error.option_name}{_perhaps(error.possibilities)}"
    if kind == "BadOptionUsage":
        takes_none = "not take a value" in error.message
        return f"{error.option_name} {'takes no value' if takes_none else 'needs a value'}"
    if kind == "MissingParameter":
        return f"{_name(error.param)} is missing"
    if kind == "BadParameter":
        return _bad_value(error)
    if found := re.match(r"No such command '(.*?)'\.(?: Did you mean (.*)\?)?", error.message, re.S):
        return f"there is no command {found[1]!r}{_perhaps((found[2] or '').replace(chr(39), '').split(', '))}"
    if found := re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", error.message, re.S):
        return f"that is more than it takes: {found[1]}"
    return str(error.message).rstrip(".")


def _bad_value(error: Any) -> str:
    name = _name(error.param) if error.param else ""
    details = getattr(error.__cause__, "errors", None)
    if details is None:
        said = _LEAD.sub("", str(error.message)).rstrip(".")
        return f"{name}: {said}" if name else said
    first = details()[0]
    given, context = first.get("input"), first.get("ctx") or {}
    if (number := first["type"].partition("_")[0]) in _NUMBERS:
        return f"{name} takes {_NUMBERS[number]}, not {given!r}"
    for bound, words in _BOUNDS.items():
        if bound in context:
            return f"{name} takes a number that is {words} {context[bound]:,}, not {given}"
    return f"{name}: {_LEAD.sub('', first['msg']).rstrip('.')}"


def _name(parameter: Any) -> str:
    """What the help calls it: an option's longest name, an argument's metavar."""
    if parameter is None:
        return "a value"
    options = getattr(parameter, "opts", [])
    if any(option.startswith("-") for option in options):
        return str(max(options, key=len))
    return str(getattr(parameter, "metavar", None) or parameter.name).strip("[].…")


def _perhaps(near: Any) -> str:
    names = [name for name in near or () if name]
    return f": did you mean {' or '.join(names)}?" if names else ""
