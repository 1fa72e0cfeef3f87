"""The two HTTP libraries of the SDK, as one: httpx2, and httpx, which it used before 1.0.

They have the same classes under the same names, and take no object of one another. So it is the library of what is at
hand that decides, not what is installed. Types are written as httpx2's.
"""

import sys
from importlib import import_module
from typing import Any, Final

_LIBRARIES: Final = ("httpx2", "httpx")


def library_of(thing: object) -> Any:
    """The library, as a module, that a client, a request, a response or a class derived from one of these is of.

    Raises TypeError where it is of neither.
    """
    kind = thing if isinstance(thing, type) else type(thing)
    for base in kind.__mro__:
        if (name := base.__module__.partition(".")[0]) in _LIBRARIES:
            return sys.modules[name]
    raise TypeError(f"{kind.__module__}.{kind.__qualname__} is neither of httpx2 nor of httpx")


def is_a(thing: object, *names: str) -> bool:
    """`isinstance(thing, …)` for the classes with these names, of either library; neither needs to be imported."""
    return any(
        base.__name__ in names and base.__module__.partition(".")[0] in _LIBRARIES for base in type(thing).__mro__
    )


def __getattr__(name: str) -> Any:
    """`sdk_http`: the library that the installed SDK uses. Whoever imports it imports the SDK, which takes seconds."""
    if name == "sdk_http":
        return library_of(import_module("anthropic").DefaultHttpxClient)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
