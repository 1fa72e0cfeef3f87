"""What in a folder can be opened: every file that holds a stream, of whatever format, also in folders below it."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from inspector.formats import why_unreadable
from inspector.recording import UnreadableError
from inspector.recording.lines import started_at
from inspector.text.wording import listed, reason

_HEAD: Final = 512
# Programs that print or test events hold such text, and are no streams.
_SOURCE_CODE: Final = (
    ".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".rs", ".go", ".java", ".kt", ".c", ".h", ".cc",
    ".cpp", ".cs", ".rb", ".php", ".swift", ".ex", ".lua", ".sh", ".ipynb",
)  # fmt: skip
# Each of them takes a temporary copy.
_MOST_FOREIGN: Final = 500
_MOST_NAMED: Final = 5


@dataclass(slots=True)
class Found:
    """The files of a folder. `recordings` are our own, with when they began; `others` are of other formats.

    `left_out` has the rest, each with why it cannot be opened.
    """

    recordings: dict[str, str | None] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def files(self) -> list[str]:
        """All that can be opened, by name."""
        return sorted([*self.recordings, *self.others])

    def comment(self, folder: str) -> str:
        """What was left out, in a line; "" where nothing was."""
        if not self.left_out:
            return ""
        names = [f"{os.path.relpath(path, folder)} ({why})" for path, why in sorted(self.left_out.items())]
        more = [f"{len(names) - _MOST_NAMED:,} more"] if len(names) > _MOST_NAMED else []
        return f"{folder}: left out: {listed([*names[:_MOST_NAMED], *more])}"


def look_into(folder: str) -> Found:
    """The files of a folder and of those in it. Raises UnreadableError where it cannot be listed."""
    found = Found()
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise UnreadableError(f"{folder}: cannot be read: {reason(error)}") from None
    for path in _files(folder):
        # A file may go at any time.
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                continue
            is_ours, began, why = _about(path, status.st_ino, status.st_size, status.st_mtime_ns)
        except OSError as error:
            found.left_out[path] = reason(error)
            continue
        if is_ours:
            found.recordings[path] = began
        elif not why and len(found.others) < _MOST_FOREIGN:
            found.others.append(path)
        else:
            found.left_out[path] = why or f"more than {_MOST_FOREIGN} files of other formats"
    return found


def stamp(folder: str) -> int:
    """Something that grows when a file comes into a folder, or into one in it."""
    return max(os.stat(one).st_mtime_ns for one in (folder, *_folders(folder)))


def _files(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_private(parent, name))
        for name in sorted(names):
            if not name.startswith("."):
                yield os.path.join(parent, name)


def _folders(folder: str) -> Iterator[str]:
    for parent, folders, _ in os.walk(folder):
        folders[:] = [name for name in folders if not _is_private(parent, name)]
        for name in folders:
            yield os.path.join(parent, name)


def _is_private(parent: str, name: str) -> bool:
    """Whether a folder is hidden, or holds the stored parts of a session's requests."""
    if name.startswith((".", "__MACOSX")) or name == "node_modules":
        return True
    return name == "parts" and any(len(one) == 2 for one in os.listdir(os.path.join(parent, name))[:1])


@lru_cache(maxsize=1 << 15)
def _looked(path: str, inode: int, size: int, changed_ns: int) -> tuple[bool, str | None, str]:
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b'{"kind":"recording"'):
        return True, started_at(head), ""
    if path.endswith(".jsonl") and (not head or b"\0" in head):
        # Just begun, or damaged: whoever opens it is told.
        return True, None, ""
    if path.lower().endswith(_SOURCE_CODE):
        return False, None, "source code"
    return False, None, why_unreadable(path)


# What is known of a recording of ours does not change, however it grows.
_ours: dict[tuple[str, int], str | None] = {}


def _about(path: str, inode: int, size: int, changed_ns: int) -> tuple[bool, str | None, str]:
    """Whether it is a recording of ours, when that began, and else why it cannot be opened ("": it can)."""
    if (path, inode) in _ours:
        return True, _ours[path, inode], ""
    found = _looked(path, inode, size, changed_ns)
    if found[0]:
        _ours[path, inode] = found[1]
    return found
