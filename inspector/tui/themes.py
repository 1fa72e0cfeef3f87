"""The inspector's own themes, a dark and a light one; Textual's can be chosen too."""

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="inspector-dark",
    dark=True,
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#e0875f",
    success="#8fc27d",
    warning="#e0b45c",
    error="#f0687c",
    foreground="#d3d9e3",
    background="#11151a",
    surface="#161b22",
    panel="#2a323d",
)
LIGHT: Final = Theme(
    name="inspector-light",
    dark=False,
    primary="#2456b8",
    secondary="#7a3fb8",
    accent="#b4501f",
    success="#2f7a36",
    warning="#946200",
    error="#b3202f",
    foreground="#1f2630",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#d5d1c8",
)
