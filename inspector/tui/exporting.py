"""Saving the stream in another format, in the folder where the inspector was started."""

from itertools import count
from pathlib import Path

from inspector.formats import FORMATS, named
from inspector.timeline import Exchange


def export_formats() -> list[tuple[str, str]]:
    """(name, summary) of every format that can be written."""
    return [(name, found.summary) for name, found in FORMATS.items() if found.write]


def export(exchange: Exchange, name: str, format_name: str) -> str:
    """Writes the exchange, never over a file that is there; one line that says where to, or why not."""
    found = named(format_name)
    if not found.write:
        return f"the format {format_name} can only be read"
    stem = Path(name.replace(" #", "-")).stem or "stream"
    for number in count(1):
        path = Path(f"{stem}{'' if number == 1 else f'-{number}'}.{format_name}")
        try:
            with path.open("xb") as file:
                file.writelines(found.write(exchange))
        except FileExistsError:
            continue
        except OSError as error:
            return f"{path}: cannot be written: {(error.strerror or str(error)).lower()}"
        path.chmod(0o600)
        return f"saved as {path.absolute()}"
    raise AssertionError
