"""The recordings that come with the inspector, each named for what it shows."""

from difflib import get_close_matches
from pathlib import Path

from inspector.recording.errors import UnreadableError


def library_folder() -> Path:
    """Where they stand: beside the code in an installed package, at the top of the repository in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "library"
    return installed if installed.is_dir() else package.parent / "recordings"


def shipped() -> dict[str, Path]:
    """Each recording's file under its name."""
    return {path.stem: path for path in sorted(library_folder().glob("*.jsonl"))}


def shipped_path(name: str) -> Path:
    """The file of the shipped recording with this name. Raises UnreadableError where there is none."""
    found = shipped()
    if name in found:
        return found[name]
    close = get_close_matches(name, found, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise UnreadableError(f"no shipped recording is called {name!r}: {hint}There are {', '.join(found) or 'none'}")
