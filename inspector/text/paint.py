"""Colour on a terminal, for what is printed as text."""

import os


def use_color(stream_fd: int = 1) -> bool:
    """Whether to colour what goes to this file descriptor: a terminal, and NO_COLOR not set (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and os.isatty(stream_fd)


class Paint:
    """Escape sequences for a few roles, or none where colour is off."""

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, *roles: str) -> str:
        """The text in these roles: bold, dim, or the name of a colour."""
        if not self._on or not roles or not text:
            return text
        codes = ";".join(_SGR[role] for role in roles)
        return f"\x1b[{codes}m{text}\x1b[0m"


_SGR = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
