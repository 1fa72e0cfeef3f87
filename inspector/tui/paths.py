"""Paths as people write them, and what a path may go on with that is being typed. No toolkit."""

import os
from pathlib import Path

from inspector.text.sanitise import sanitise


def written(path: str | Path) -> str:
    """A path with the home folder as ~."""
    home, full = str(Path.home()), str(path)
    return "~" + full.removeprefix(home) if full == home or full.startswith(home + os.sep) else full


def meant(text: str) -> str:
    """A path as it was typed; one that was put behind another counts alone, as in Emacs: ~/a//b is /b."""
    start = max(text.rfind("//"), text.rfind("/~"))
    return text[start + 1 :] if start >= 0 else text


def paths_from(text: str) -> list[str]:
    """Every path that begins with a text, as it would be typed on; folders end with a slash.

    Hidden ones only where that is asked for; names that a terminal would obey are left out.
    """
    folder, name = os.path.split(meant(text))
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            names = sorted(
                entry.name + "/" * entry.is_dir()
                for entry in entries
                if entry.name.startswith(name)
                and (name.startswith(".") or not entry.name.startswith("."))
                and sanitise(entry.name) == entry.name
            )
    except (OSError, ValueError):
        return []
    return [os.path.join(folder, found) for found in names]


def completed(text: str) -> str:
    """A path that is typed, as far as all such paths go on alike; where they differ at once, the first of them."""
    text = meant(text)
    found = paths_from(text)
    common = os.path.commonprefix(found)  # noqa: RUF071 characters, not folders
    return common if len(common) > len(text) else found[0] if found else text
