"""The roles that pieces of a line can have, as styles of the theme in use.

A role is a word or several: "dim", "strong", "tool strong". Nothing is said by colour alone: wherever a role means
something, a sign or a word stands beside it.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, cast

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from inspector.panes.drawing import palette
from inspector.panes.drawing.palette import COLORS, QUIET

DARK: Final = Theme("inspector-dark", dark=True, **cast(Any, palette.DARK))
LIGHT: Final = Theme("inspector-light", dark=False, **cast(Any, palette.LIGHT))


def themes(color_system: str | None) -> list[Theme]:
    """The inspector's own themes, with greys that a terminal has whose colours are rich's `color_system`."""
    if color_system in (None, "truecolor"):
        return [DARK, LIGHT]
    return [replace(theme, **cast(Any, palette.GREYS[theme.name])) for theme in (DARK, LIGHT)]


# Of text against its ground, as WCAG 2 counts it: from 1 to 21. 3 is what it asks of large text.
_LEAST_CONTRAST: Final = 3.0
_LEAST_QUIET: Final = 2.5
# In place of mixed colours.
_UNMIXED: Final = {
    "new": Style(bold=True, underline=True),
    "cursor": Style(bold=True, reverse=True),
    "dim": Style(dim=True),
    "quiet": Style(dim=True),
    "faint": Style.null(),
}


class Styles:
    """Rich styles for roles, made from a theme's variables once each."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.foreground = self._color("foreground", Color(220, 220, 220))
        self.background = self._color("background", Color(16, 20, 24))
        # The terminal's own colours: nobody knows what they are, so they cannot be mixed.
        self._unknown = self.background.ansi is not None
        self.of = lru_cache(maxsize=256)(self._of)

    def color(self, name: str) -> Color:
        """A theme colour by its name, the foreground where the theme has none of that name.

        Themes are made for surfaces and borders too: what is too pale for text is mixed with the foreground.
        """
        return self._readable(self._color(name, self.foreground), _LEAST_CONTRAST)

    def _readable(self, color: Color, least: float) -> Color:
        if self._unknown:
            return color
        shades = (color.blend(self.foreground, share / 10) for share in range(10))
        return next((shade for shade in shades if contrast(shade, self.background) >= least), self.foreground)

    def _of(self, role: str) -> Style:
        style = Style.null()
        for word in role.split():
            style += self._word(word)
        return style

    def _word(self, word: str) -> Style:
        if word == "strong":
            return Style(bold=True)
        if word == "reverse":
            return Style(reverse=True)
        if word == "under":
            return Style(underline=True)
        if word == "italic":
            return Style(italic=True)
        if word == "struck":
            return Style(strike=True)
        if self._unknown and word in _UNMIXED:
            return _UNMIXED[word]
        if word == "new":
            tint = self.background.blend(self.color("accent"), 0.28)
            return Style(bgcolor=tint.rich_color, underline=True)
        if word == "cursor":
            tint = self.background.blend(self.color("primary"), 0.25)
            return Style(bgcolor=tint.rich_color, bold=True)
        if word == "found":
            return Style(bold=True, reverse=True)
        if word in QUIET:
            mixed = self.foreground.blend(self.background, QUIET[word])
            return Style(color=self._readable(mixed, _LEAST_QUIET).rich_color)
        return Style(color=self.color(COLORS.get(word, "foreground")).rich_color)

    def _color(self, name: str, default: Color) -> Color:
        value = self._variables.get(name, "")
        try:
            return Color.parse(value) if value else default
        except ValueError:
            return default


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours: WCAG 2.2, "contrast ratio"."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
