"""What is left behind where the screen fails: a file that can be sent to whoever mends it.

It says where in the code that was, and on what machine. It has nothing of a stream, and of nobody's files: no messages
of errors, no values, no paths but those inside packages; the names of keys, and of what was typed as a text not even
those.
"""

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Final

from inspector.version import __version__

_PACKAGES: Final = ("textual", "rich", "orjson", "regex")
_VARIABLES: Final = ("TERM", "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "LANG", "LC_ALL", "TMUX", "SSH_TTY")
# Their values are paths and addresses: that they are set says enough.
_ONLY_WHETHER: Final = frozenset({"TMUX", "SSH_TTY"})
_KEPT: Final = 20
_ELSEWHERE: Final = "(another file)"


def crash_folder() -> Path:
    """Where the reports are kept: in the user's state folder."""
    import platformdirs

    return platformdirs.user_state_path("inspector", appauthor=False) / "crashes"


def write_report(error: BaseException, size: tuple[int, int], keys: Iterable[str]) -> Path | None:
    """Writes a report, readable for the user alone, and removes old ones; its path, None where nothing can be written.

    `size` is the terminal's, in columns and rows, `keys` the names of the last keys.
    """
    now = datetime.now(UTC)
    path = crash_folder() / f"{now:%Y%m%d-%H%M%S-%f}.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(report(error, size, keys, now)) + "\n")
        for old in sorted(path.parent.glob("*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def report(error: BaseException, size: tuple[int, int], keys: Iterable[str], now: datetime) -> Iterator[str]:
    """The lines of a report."""
    yield f"inspector {__version__} failed at {now.isoformat(timespec='seconds')}"
    yield f"python {platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}"
    yield ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    yield f"terminal {size[0]}x{size[1]}, " + ", ".join(_variables())
    yield f"last keys: {' '.join(keys) or 'none'}"
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield ""
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        yield from (f"  {place}" for place in _places(cause.__traceback__))
        cause = cause.__cause__ or cause.__context__


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(trace):
        yield f"{_in_package(frame.f_code.co_filename)}:{line} {frame.f_code.co_qualname}"


def _in_package(path: str) -> str:
    """A file of a package as it is imported; of any other file only that it is one: it may be the user's own."""
    for folder in sorted(filter(None, sys.path), key=len, reverse=True):
        if path.startswith(folder + os.sep):
            inside = path[len(folder) + 1 :]
            return inside if inside.partition(os.sep)[0].removesuffix(".py") in sys.modules else _ELSEWHERE
    return path if path.startswith("<") else _ELSEWHERE


def _variables() -> Iterator[str]:
    for name in _VARIABLES:
        if name in os.environ:
            yield f"{name} set" if name in _ONLY_WHETHER else f"{name}={os.environ[name]}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
