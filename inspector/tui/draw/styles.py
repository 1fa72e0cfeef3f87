"""The roles that pieces of a line can have, as styles of the theme in use.

A role is a word or several: "dim", "strong", "tool strong". Nothing is said by colour alone: wherever a role means
something, a sign or a word stands beside it.
"""

from collections.abc import Mapping
from functools import lru_cache

from rich.style import Style
from textual.color import Color

from inspector.tui.draw.palette import COLORS, QUIET


class Styles:
    """Rich styles for roles, made from a theme's variables once each."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.foreground = self._color("foreground", Color(220, 220, 220))
        self.background = self._color("background", Color(16, 20, 24))
        self.of = lru_cache(maxsize=256)(self._of)

    def color(self, name: str) -> Color:
        """A theme colour by its name, the foreground where the theme has none of that name."""
        return self._color(name, self.foreground)

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
        if word == "new":
            tint = self.background.blend(self.color("accent"), 0.28)
            return Style(bgcolor=tint.rich_color, underline=True)
        if word == "cursor":
            tint = self.background.blend(self.color("primary"), 0.25)
            return Style(bgcolor=tint.rich_color, bold=True)
        if word == "found":
            return Style(bold=True, reverse=True)
        if word in QUIET:
            return Style(color=self.foreground.blend(self.background, QUIET[word]).rich_color)
        return Style(color=self.color(COLORS.get(word, "foreground")).rich_color)

    def _color(self, name: str, default: Color) -> Color:
        value = self._variables.get(name, "")
        try:
            return Color.parse(value) if value else default
        except ValueError:
            return default
