"""The commands of a screen: how they are declared, what carries them out, how they are listed for help and palette.

A screen declares its keys as Textual has it, in `BINDINGS`, each made by `key`: an action such as `step(-1)` is the
method `action_step` of the screen, which is called with -1. A screen with many commands holds parts. A `Part` declares
keys and has the actions in the same way; the screen takes the keys of its parts among its own by `keys_of`, and a part
that is made for a screen gives it the actions. So a key, a click on a footer, a link in a title, the palette and the
settings find a command under the same name, wherever it is done.

An action that asks the user for something is a coroutine under `asks`, and awaits the answer.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from functools import wraps
from typing import Any, ClassVar, Concatenate, Final, NamedTuple, ParamSpec, Protocol, TypeVar

from textual.binding import Binding
from textual.screen import Screen

from inspector.tui.shell import Shell, shell_of

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


class Part:
    """What a screen holds and leaves some of its commands to: `BINDINGS`, in the help under the heading `GROUP`."""

    GROUP: ClassVar[str]
    BINDINGS: ClassVar[list[Binding]]

    def __init__(self, screen: Screen[Any]) -> None:
        """Textual looks for `action_…` at the screen: it finds those of its parts there too."""
        self.screen = screen
        for name in dir(self):
            if name.startswith("action_"):
                setattr(screen, name, getattr(self, name))

    @property
    def shell(self) -> Shell:
        """The application."""
        return shell_of(self.screen)


def key(keys: str, action: str, description: str, group: str = "") -> Binding:
    """A binding that the user can give another key: its id is the action with dashes.

    `group` is its heading in the help, where that is not its class's.
    """
    name = action.replace("(", "-").replace(")", "").replace("_", "-").replace("'", "").replace("--1", "-back")
    return Binding(keys, action, description, show=False, id=name, group=Binding.Group(group) if group else None)


def keys_of(*parts: type[Part]) -> Iterator[Binding]:
    """The keys that parts declare, each under its part's heading unless it has one of its own."""
    for part in parts:
        for binding in part.BINDINGS:
            yield binding if binding.group else replace(binding, group=Binding.Group(part.GROUP))


class _OnScreen(Protocol):
    @property
    def screen(self) -> Screen[Any]: ...


_Asker = TypeVar("_Asker", bound=_OnScreen)
_Arguments = ParamSpec("_Arguments")


def asks(
    action: Callable[Concatenate[_Asker, _Arguments], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[_Asker, _Arguments], Coroutine[Any, Any, None]]:
    """Makes an action of a screen or a part, or another method, that waits for the user: whoever calls it does not.

    When the call returns the question has been put: what is typed next may be meant for it already. The end of the
    screen ends the waiting.
    """

    @wraps(action)
    async def begin(asker: _Asker, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> None:
        asker.screen.run_worker(action(asker, *arguments, **named))
        # The worker has its turn.
        await asyncio.sleep(0)

    return begin


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
    # Another command, as it leaves a prompt first.
    keys["quit"] = [*sorted(keys["quit"], key=len), "ctrl+c"]
    return [
        Command(
            "app.command_palette", "Palette: every command by name, themes", " ".join(keys["command_palette"]), SCREEN
        ),
        Command("app.quit", "Quit", " ".join(keys["quit"]), SCREEN, "quit"),
    ]


def declared(screen: type[Screen[Any]]) -> Iterator[tuple[Binding, str]]:
    """The bindings that a class of screen and its bases declare, each with its group; those of its own class come last.

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
