"""Every command of a screen with its keys, as they are bound now: for the help and the palette."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from textual.binding import Binding
from textual.screen import Screen

NAMES: Final = {
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "quotation_mark": '"',
    "apostrophe": "'",
    "slash": "/",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
    "down": "↓",
    "up": "↑",
    "right": "→",
    "left": "←",
}

SCREEN: Final = "screen"
"""The group of what belongs to no part of a screen."""


class Command(NamedTuple):
    """`action` as Textual runs it on the screen; `keys` as people write them.

    `group` is the heading that it stands under, `name` what the settings call it where its keys can be changed.
    """

    action: str
    description: str
    keys: str
    group: str = ""
    name: str = ""


def commands_of(screen: Screen[Any]) -> list[Command]:
    """The screen's own commands, in the order in which they are declared; those of its own class come last."""
    keys: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        if active.node is screen:
            keys.setdefault(active.binding.action, []).append(key_name(active.binding.key))
    return [
        Command(binding.action, binding.description, " ".join(keys.pop(binding.action)), group, binding.id or "")
        for binding, group in declared(type(screen))
        if binding.action in keys
    ]


def application_commands(screen: Screen[Any]) -> list[Command]:
    """What works on every screen."""
    keys: dict[str, list[str]] = {}
    for active in screen.active_bindings.values():
        if active.node is screen.app:
            keys.setdefault(active.binding.action, []).append(key_name(active.binding.key))
    # Textual copies a selection with ctrl+c, and there is none to make.
    keys["quit"] = [*sorted(keys["quit"], key=len), "ctrl+c"]
    return [
        Command(
            "app.command_palette", "Palette: every command by name, themes", " ".join(keys["command_palette"]), SCREEN
        ),
        Command("app.quit", "Quit", " ".join(keys["quit"]), SCREEN, "quit"),
    ]


def declared(screen: type[Screen[Any]]) -> Iterator[tuple[Binding, str]]:
    """The bindings that a class of screen and those that it is made of declare, each with its group.

    A class names the group of its bindings in `GROUP`; a binding can have another one.
    """
    own, *others = [cls for cls in screen.__mro__ if "BINDINGS" in vars(cls) and hasattr(cls, "GROUP")]
    for cls in (*others, own):
        for binding in vars(cls)["BINDINGS"]:
            if isinstance(binding, Binding):
                yield binding, binding.group.description if binding.group else getattr(cls, "GROUP", "")


def key_name(key: str) -> str:
    """A key of Textual's as people write it."""
    return "+".join(NAMES.get(part, part) for part in key.split("+"))
