"""What the screen keeps from one time to the next: theme, what was opened lately. Losing it is no error."""

import json
import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from inspector.recording.folders import library_folder
from inspector.tui.paths import written


@dataclass(frozen=True)
class Options:
    """How streams are opened; see `inspector.tui.run`. `waits_for`: a recording that is yet to come; `folders`: what is
    watched for further ones.
    """

    follow: bool = False
    play: bool = False
    speed: float | None = 1.0
    idle_limit: float | None = None
    waits_for: str | None = None
    folders: tuple[str, ...] = ()


_RECENT: Final = 12


@dataclass
class Settings:
    """`theme` is a theme's name, "" for the default; `recent` the files opened lately, newest first, `folder` where the
    last one stands. `keys`: the user's own, by the names of the commands. `problem` says why the file with all that
    cannot be read; it then stays as it is.
    """

    theme: str = ""
    recent: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    panes_beside: int = 0
    panes_below: int = 0
    folder: str = ""
    problem: str = field(default="", compare=False)

    def opened(self, path: str) -> None:
        """A file or a folder has been opened. Those that come with the inspector have their own place."""
        if path == "-":
            return
        full = Path(path).resolve()
        if full.parent == library_folder().resolve():
            return
        if full.is_dir():
            self.folder = str(full)
            return
        self.folder = str(full.parent)
        self.recent = [str(full), *(other for other in self.recent if other != str(full))][:_RECENT]


def settings_path() -> Path:
    """Where they are kept."""
    import platformdirs

    return platformdirs.user_state_path("inspector", appauthor=False) / "screen.json"


def load_settings() -> Settings:
    """The settings that were kept; the defaults where there are none, or none that can be read."""
    values, problem = _read()
    settings = Settings(problem=problem)
    for name in _kept():
        value = values.get(name)
        if type(value) is type(getattr(settings, name)):
            setattr(settings, name, value)
    settings.recent = list(dict.fromkeys(os.path.realpath(path) for path in settings.recent if isinstance(path, str)))
    return settings


def save_settings(settings: Settings) -> None:
    """Keeps them, readable for the user alone. The keys are the user's, who may have changed them since."""
    before, problem = _read()
    if problem:
        return
    values = {**before, **{name: getattr(settings, name) for name in _kept()}}
    values["keys"] = before.get("keys", settings.keys)
    path = settings_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = path.with_suffix(f".{os.getpid()}")
        written.touch(mode=0o600)
        written.write_text(json.dumps(values, indent=1))
        written.replace(path)
    except OSError:
        pass


def _kept() -> list[str]:
    return [item.name for item in fields(Settings) if item.name != "problem"]


def _read() -> tuple[dict[str, Any], str]:
    """What the file holds, and what is wrong with it."""
    path = settings_path()
    name = written(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}, ""
    except (OSError, UnicodeDecodeError) as error:
        return {}, f"{name} cannot be read, so nothing is kept: {error}"
    try:
        values = json.loads(text or "{}")
    except ValueError as error:
        return {}, f"{name} is no JSON, so nothing is kept: {error}"
    return (values, "") if isinstance(values, dict) else ({}, f"{name} is no JSON object, so nothing is kept")
