"""Where recordings stand: new ones in sessions under the user's state directory, those that come with the inspector."""

import os
from datetime import datetime
from difflib import get_close_matches
from itertools import count
from pathlib import Path

from inspector.recording.errors import UnreadableError, UnwritableError


def home() -> Path:
    """Where sessions go unless the user names another place."""
    import platformdirs

    return platformdirs.user_state_path("inspector", appauthor=False) / "sessions"


def new_session(label: str) -> Path:
    """A new folder (mode 0700), named for the moment and for what records. Raises UnwritableError."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    try:
        home().mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in count(1):
            folder = home() / (f"{stamp}-{label}" if number == 1 else f"{stamp}-{label}-{number}")
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return folder
    except OSError as error:
        raise UnwritableError(f"{home()}: cannot be written: {(error.strerror or str(error)).lower()}") from None
    raise AssertionError


def new_recording(folder: Path) -> Path:
    """An empty file (mode 0600) in the folder, whose name no other thread or process gets; names sort by time.

    Makes the folder (mode 0700) where there is none. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        path = folder / f"{stamp}-{os.urandom(3).hex()}.jsonl"
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        return path


def attempt_path(path: Path, number: int) -> Path:
    """Where the recording of an attempt goes: the first to the path itself, others to one with their number."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")


def sessions() -> list[Path]:
    """The folders that `new_session` made and that hold recordings, newest first."""
    try:
        folders = [folder for folder in home().iterdir() if folder.is_dir()]
    except OSError:
        return []
    return sorted((folder for folder in folders if any(folder.glob("*.jsonl"))), reverse=True)


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
