"""Every command of a screen with its keys, as they are bound now: for the help and the palette."""

from typing import Any, Final, NamedTuple

from textual.screen import Screen

_NAMES: Final = {
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "quotation_mark": '"',
    "apostrophe": "'",
    "slash": "/",
    "colon": ":",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "escape": "esc",
    "down": "↓",
    "up": "↑",
    "right": "→",
    "left": "←",
}


class Command(NamedTuple):
    """`action` as Textual runs it on the screen; `keys` as people write them."""

    action: str
    description: str
    keys: str


def commands_of(screen: Screen[Any]) -> list[Command]:
    """The screen's own commands, in the order in which they are declared."""
    found: dict[str, Command] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.node is screen and binding.description:
            name = key_name(binding.key)
            keys = f"{found[binding.action].keys} {name}" if binding.action in found else name
            found[binding.action] = Command(binding.action, binding.description, keys)
    return list(found.values())


def key_name(key: str) -> str:
    """A key of Textual's as people write it."""
    return "+".join(_NAMES.get(part, part) for part in key.split("+"))
