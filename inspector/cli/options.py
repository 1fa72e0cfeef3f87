"""The options that several commands share, and what their texts mean."""

import math
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from inspector.cli import completion
from inspector.recording import UnwritableError
from inspector.recording.folders import new_session

if TYPE_CHECKING:
    from inspector.formats import Hints
    from inspector.recording import Redactor


SpeedOption = Annotated[
    str,
    typer.Option(
        "--speed",
        metavar="X|max",
        help="2 is twice as fast, max is without any pause.",
        autocompletion=completion.speeds,
    ),
]
IdleLimitOption = Annotated[
    str | None, typer.Option("--idle-limit", metavar="S", help="A pause longer than S seconds becomes S.")
]


def speed_of(text: str) -> float | None:
    """The factor that `--speed` gives, None for max."""
    return None if text == "max" else _number(text, 1e-6, "--speed", "a number above 0 (2 is twice as fast), or max")


def idle_limit_of(text: str | None) -> float | None:
    """The seconds that `--idle-limit` gives."""
    return None if text is None else _number(text, 0, "--idle-limit", "seconds")


def _number(text: str, least: float, option: str, wanted: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= 1e6:
        raise typer.BadParameter(f"{option} takes {wanted}, not {text!r}")
    return number


_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|)")
_NANOSECONDS: Final = {"ms": 1e6, "s": 1e9, "m": 60e9, "": 1e9}

FieldOption = Annotated[
    str | None,
    typer.Option(
        "--field", metavar="A.B", help="Of a log of JSON or CSV: the member that holds the event or its text."
    ),
]
TimeOption = Annotated[
    str | None, typer.Option("--time", metavar="A.B", help="Of such a log: the member that holds when it came.")
]


def hints_of(field: str | None, time: str | None) -> "Hints":
    """What the user said of a log."""
    from inspector.formats import Hints

    return Hints(field or "", time or "")


def duration_of(text: str | None, option: str) -> int | None:
    """The nanoseconds that an option gives: `2s`, `500ms`, `1m`, plain seconds. Raises BadParameter."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text.strip().lower())
    if not found:
        raise typer.BadParameter(f"{option} takes a duration such as 2s or 500ms, not {text!r}")
    return round(float(found[1]) * _NANOSECONDS[found[2]])


API: Final = "https://api.anthropic.com"

DirOption = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Where to record.  [default: a new session folder]")
]
UpstreamOption = Annotated[
    str | None,
    typer.Option(
        "--upstream", metavar="URL", help="Whom to ask.  [default: ANTHROPIC_BASE_URL, the API]", show_default=False
    ),
]
RedactOption = Annotated[
    list[str],
    typer.Option("--redact", metavar="RE", help="Leave out what matches, besides keys; may be given several times."),
]
NoBodiesOption = Annotated[bool, typer.Option("--no-bodies", help="Leave the request bodies out of the recordings.")]


def upstream_of(url: str | None) -> str:
    """Whom to ask: what the user named, else the environment, else the real API."""
    return url or os.environ.get("ANTHROPIC_BASE_URL") or API


def redactor_of(patterns: list[str]) -> "Redactor":
    """What takes the secrets out, and whatever matches a pattern of `--redact`. Raises BadParameter."""
    from inspector.recording import Redactor

    for pattern in patterns:
        try:
            re.compile(pattern.encode())
        except re.error as error:
            raise typer.BadParameter(f"--redact {pattern!r} is no regular expression: {error}") from None
    return Redactor(patterns)


def folder_of(folder: Path | None, label: str) -> Path:
    """The folder to record into, made where it is missing. Raises UnwritableError."""
    if folder is None:
        return new_session(label)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(0, "permission denied")
    except OSError as error:
        told = "it is no folder" if isinstance(error, FileExistsError) else (error.strerror or str(error)).lower()
        raise UnwritableError(f"{folder}: cannot be recorded into: {told}") from None
    return folder


def forget_if_empty(folder: Path) -> None:
    """Takes away a new session folder that holds nothing."""
    with suppress(OSError):
        folder.rmdir()


def environment_proxy_note(host: str, scheme: str) -> str:
    """A line for whoever expects that the upstream is reached through a proxy that cannot be used; "" where it is."""
    from inspector.net.outgoing import environment_proxy

    try:
        environment_proxy(scheme, host)
    except ValueError as error:
        return f"{error}: {host} is asked directly"
    return ""
