"""What the screen keeps from one time to the next: theme, what was opened lately. Losing it is no error."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

_RECENT: Final = 12


@dataclass
class Settings:
    """`theme` is a theme's name, "" for the default; `recent` the files opened lately, newest first."""

    theme: str = ""
    recent: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    panes_beside: int = 0
    panes_below: int = 0

    def opened(self, path: str) -> None:
        """A file has been opened."""
        if path != "-":
            full = str(Path(path).absolute())
            self.recent = [full, *(other for other in self.recent if other != full)][:_RECENT]


def settings_path() -> Path:
    """Where they are kept."""
    import platformdirs

    return platformdirs.user_state_path("inspector", appauthor=False) / "screen.json"


def load_settings() -> Settings:
    """The settings that were kept; the defaults where there are none, or none that can be read."""
    try:
        values: Any = json.loads(settings_path().read_text())
    except (OSError, ValueError):
        return Settings()
    settings = Settings()
    for item in fields(Settings):
        value = values.get(item.name) if isinstance(values, dict) else None
        if type(value) is type(getattr(settings, item.name)):
            setattr(settings, item.name, value)
    settings.recent = [path for path in settings.recent if isinstance(path, str)]
    return settings


def save_settings(settings: Settings) -> None:
    """Keeps them, readable for the user alone."""
    path = settings_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = path.with_suffix(f".{os.getpid()}")
        written.touch(mode=0o600)
        written.write_text(json.dumps(asdict(settings), indent=1))
        written.replace(path)
    except OSError:
        pass
