"""The colours of the inspector's own themes, and which of them a role has. No toolkit: the preview needs them first."""

from typing import Final

DARK: Final = {
    "primary": "#7aa2f7",
    "secondary": "#bb9af7",
    "accent": "#e0875f",
    "success": "#8fc27d",
    "warning": "#e0b45c",
    "error": "#f0687c",
    "foreground": "#d3d9e3",
    "background": "#11151a",
    "surface": "#161b22",
    "panel": "#2a323d",
}
LIGHT: Final = {
    "primary": "#2456b8",
    "secondary": "#7a3fb8",
    "accent": "#b4501f",
    "success": "#2f7a36",
    "warning": "#946200",
    "error": "#b3202f",
    "foreground": "#1f2630",
    "background": "#fbfaf7",
    "surface": "#f3f1ec",
    "panel": "#d5d1c8",
}
# What 256 colours have of the dark and pale ones: greys that are bluish would become black, or teal.
GREYS: Final = {
    "inspector-dark": {"foreground": "#d0d0d0", "background": "#121212", "surface": "#1c1c1c", "panel": "#303030"},
    "inspector-light": {"foreground": "#262626", "background": "#ffffff", "surface": "#eeeeee", "panel": "#d0d0d0"},
}
PALETTES: Final = {"inspector-dark": DARK, "inspector-light": LIGHT}

COLORS: Final = {
    "message": "primary",
    "block": "primary",
    "text": "foreground",
    "thinking": "secondary",
    "tool": "accent",
    "error": "error",
    "unknown": "warning",
    "warning": "warning",
    "good": "success",
    "key": "primary",
    "string": "success",
    "number": "accent",
    "heading": "primary",
    "accent": "accent",
}
# How much of the background is in a quiet text.
QUIET: Final = {"dim": 0.55, "quiet": 0.5, "faint": 0.3}
