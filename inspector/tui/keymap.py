"""The keys that the user gives to commands: what is wrong with them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import Screen

from inspector.tui.commands import NAMES, declared, key_name

_MODIFIERS: Final = {"ctrl", "shift", "alt", "meta", "super", "hyper"}
_NAMED: Final = {key.value for key in Keys}
_WRITTEN: Final = {written: key for key, written in NAMES.items()}


def keymap(keys: Mapping[str, Any]) -> dict[str, str]:
    """The keys as Textual takes them, for those that are keys at all."""
    found = {name: ",".join(_names(value)) for name, value in keys.items() if isinstance(value, str)}
    return {name: value for name, value in found.items() if value and all(map(_is_key, value.split(",")))}


def problems(
    keys: Mapping[str, Any], screens: Iterable[type[Screen[Any]]], application: Iterable[Binding]
) -> list[str]:
    """A clause for each entry that does not do what its author wanted: no such command, no such key, a key taken."""
    everywhere = list(application)
    tables = [[*(binding for binding, _ in declared(screen)), *everywhere] for screen in screens]
    known = {binding.id for table in tables for binding in table if binding.id}
    usable = keymap(keys)
    found: list[str] = []
    for name in keys:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else "the palette (ctrl+p) says the names"
            found.append(f'no command is called "{name}": {hint}')
        elif name not in usable:
            found.append(f'{name}: {keys[name]!r} is no key: keys are p, ctrl+o, f5, "p,f5"')
    for table in tables:
        found += _taken(table, usable)
    return list(dict.fromkeys(found))


def _taken(table: Iterable[Binding], usable: Mapping[str, str]) -> Iterator[str]:
    """Keys that another command of the same screen has too."""
    owners: dict[str, list[Binding]] = {}
    for binding in table:
        for key in usable.get(binding.id or "", binding.key).split(","):
            owners.setdefault(key, []).append(binding)
    for key, bindings in owners.items():
        given = [binding for binding in bindings if binding.id in usable]
        others = [binding for binding in bindings if given and binding is not given[0]]
        if others:
            names = " and ".join(binding.id or binding.description or binding.action for binding in others)
            wins = next((binding for binding in others if binding.priority), given[0])
            found = wins.id or wins.description or wins.action
            yield f"{given[0].id}: {key_name(key)} is also the key of {names}; it does {found}"


def _names(keys: str) -> list[str]:
    """The keys of an entry, as Textual names them; they may be written as the help writes them."""
    given = [key.strip() for key in keys.split(",") if key.strip()] if keys.strip() != "," else [","]
    return ["+".join(_identifier(part) for part in _parts(key)) for key in given]


def _identifier(key: str) -> str:
    """ "?" is "question_mark", "esc" is "escape"."""
    if key in _WRITTEN:
        return _WRITTEN[key]
    if len(key) == 1 and not key.isalnum():
        name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
        return KEY_NAME_REPLACEMENTS.get(name, name)
    return key


def _is_key(name: str) -> bool:
    *modifiers, key = _parts(name)
    known = len(key) == 1 or key in _NAMED or key in NAMES or key_to_character(key) is not None
    return known and set(modifiers) <= _MODIFIERS


def _parts(key: str) -> list[str]:
    """Modifiers and the key itself, which may be a plus."""
    *modifiers, last = key.split("+")
    return [*modifiers[:-1], "+"] if modifiers and not last else [*modifiers, last]
