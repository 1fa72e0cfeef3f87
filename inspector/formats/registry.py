"""The formats, found by their files: one that stands in this folder is known to every command."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from inspector.formats.format import Format
from inspector.formats.jsonl import FORMAT as NATIVE
from inspector.recording import UnreadableError

_PACKAGE: Final = __name__.rpartition(".")[0]


class _Formats(Mapping[str, Format]):
    """The formats by name, in the order in which they are tried.

    A name is that of its file, so one format is had without importing another; only whoever goes through all of them
    imports all.
    """

    def __getitem__(self, name: str) -> Format:
        found = _format_in(name.replace("-", "_"))
        if found is None or found.name != name:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter([found.name for found in _all()])

    def __len__(self) -> int:
        return len(_all())


FORMATS: Final = _Formats()


@cache
def _modules() -> list[str]:
    return [module.name for module in iter_modules([str(Path(__file__).parent)])]


def _format_in(module: str) -> Format | None:
    """The format of a file in this folder; None where there is no such file, or it only helps others."""
    return getattr(import_module(f"{_PACKAGE}.{module}"), "FORMAT", None) if module in _modules() else None


@cache
def _all() -> list[Format]:
    found = filter(None, map(_format_in, _modules()))
    return sorted(found, key=lambda one: (one.order, one.name))


def recognised(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes, None where they do not tell."""
    # Ours first: opening a recording needs no other format.
    if NATIVE.recognise(head):
        return NATIVE
    return next((found for found in FORMATS.values() if found.recognise(head)), None)


def recognise(head: bytes) -> Format:
    """The format of a file that begins with these bytes. Raises UnreadableError."""
    if found := recognised(head):
        return found
    raise unknown(head)


def unknown(head: bytes) -> UnreadableError:
    """What to say of a file that begins with these bytes, which no format recognises."""
    if not head:
        return UnreadableError("the file is empty: nothing was recorded in it")
    what = "binary data" if b"\0" in head else "of no format that is known"
    return UnreadableError(f"{what}: expected one of {', '.join(FORMATS)}")


def named(name: str) -> Format:
    """The format with this name. Raises UnreadableError."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}") from None


def for_path(path: str) -> Format | None:
    """The format that a file's name means: ours where it has no ending, None where no format has that ending."""
    ending = Path(path).suffix.lower()
    if not ending or ending in NATIVE.endings:
        return NATIVE
    return next((found for found in FORMATS.values() if ending in found.endings), None)
