"""The palette: every command by name."""

import re
from collections.abc import Iterable
from typing import Any, Final

from textual.app import ComposeResult
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from inspector.tui.shell import ShellScreen

# Above whatever a fuzzy match can score.
_WHOLE_WORDS: Final = 2_000.0
_BEGINNINGS: Final = 1_000.0
# No command has a longer name; each letter takes the toolkit a time that grows with those before it.
_LONGEST: Final = 200


class Palette(CommandPalette, ShellScreen[Any]):
    """Textual's, which leaves itself more than once where it is typed at fast."""

    def compose(self) -> ComposeResult:
        """Bounds what may be typed: the keys behind it would wait."""
        for widget in super().compose():
            if isinstance(widget, Input):
                widget.max_length = _LONGEST
            yield widget


class RankedCommands(Provider):
    """What the application offers: first what has all words as they were typed, then where words begin with them."""

    async def discover(self) -> Hits:
        """All of them, by name."""
        for name, help_text, run, _ in sorted(self._commands(), key=lambda command: command[0]):
            yield DiscoveryHit(name, run, help=help_text)

    async def search(self, query: str) -> Hits:
        """Those whose letters match."""
        matcher = self.matcher(query)
        for name, help_text, run, _ in self._commands():
            if score := matcher.match(name):
                yield Hit(rank(query, name) + score, matcher.highlight(name), run, help=help_text)

    def _commands(self) -> Iterable[Any]:
        return self.app.get_system_commands(self.screen)


def rank(query: str, name: str) -> float:
    """How much more than its letters a match is worth: much if the query's words are words of the name."""
    wanted, words = _words(query), _words(name)
    if not wanted:
        return 0.0
    if wanted <= words:
        return _WHOLE_WORDS
    begun = all(any(word.startswith(begin) for word in words) for begin in wanted)
    return _BEGINNINGS if begun else 0.0


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
