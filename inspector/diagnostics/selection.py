"""Which rules `inspector check` reports: by option, else as pyproject.toml says."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.diagnostics import RULES
from inspector.recording import InspectorError


@dataclass(frozen=True, slots=True)
class Selection:
    """Rules by code or beginning of one. Where both fit a rule, the longer counts, else `ignore`."""

    select: tuple[str, ...] = ("",)
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Whether the findings of a rule are wanted."""
        chosen, ignored = (_longest(code, prefixes) for prefixes in (self.select, self.ignore))
        return chosen > ignored


def selection(select: str | None, ignore: str | None) -> Selection:
    """What the options and the nearest pyproject.toml with a [tool.inspector] say; an option replaces its setting.

    Raises InspectorError where a code fits no rule, or the file is damaged.
    """
    settings, path = _settings(Path.cwd())
    chosen = _codes(_words(select), "--select") if select is not None else _setting(settings, "select", path)
    ignored = _codes(_words(ignore), "--ignore") if ignore is not None else _setting(settings, "ignore", path)
    if chosen == ():
        raise InspectorError("no rule is selected: name a code, or leave --select (and tool.inspector.select) out")
    return Selection(chosen or ("",), ignored or ())


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _codes(words: Iterable[str], where: str) -> tuple[str, ...]:
    codes = tuple("" if word.upper() == "ALL" else word.upper() for word in words)
    for code in codes:
        if not any(rule.startswith(code) for rule in RULES):
            raise InspectorError(f"{where}: no rule begins with {code!r}: `inspector explain` lists them")
    return codes


def _settings(start: Path) -> tuple[dict[str, Any], Path]:
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        try:
            tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InspectorError(f"{path}: cannot be read as TOML: {error}") from None
        ours = tool.get("inspector") if isinstance(tool, dict) else None
        if isinstance(ours, dict):
            return ours, path
    return {}, start


def _setting(settings: dict[str, Any], key: str, path: Path) -> tuple[str, ...] | None:
    value = settings.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise InspectorError(f'{path}: tool.inspector.{key} has to be a list of codes, such as ["P", "C01"]')
    return _codes(value, f"{path}: tool.inspector.{key}")
