"""The panes, found by their files: one that stands in this folder is on the screen, in `show --pane`, in the help."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

from inspector.panes.content import Draw, Pane

SDK: Final = "SDK"
"""The tab without a number: what the SDK makes of the stream."""


def _found() -> list[Pane]:
    package = __name__.rpartition(".")[0]
    names = [module.name for module in iter_modules([str(Path(__file__).parent)]) if not module.ispkg]
    panes = [getattr(import_module(f"{package}.{name}"), "PANE", None) for name in names if name != "registry"]
    return sorted(filter(None, panes), key=lambda pane: (pane.order, pane.name))


PANES: Final = tuple(_found())
"""All of them, in their order."""

CONTENTS: Final[dict[str, Draw]] = {
    pane.name: pane.draw
    for pane in sorted(PANES, key=lambda pane: pane.name == SDK)
    if pane.draw and (pane.numbered or pane.name == SDK)
}
"""What the tabs of the screen draw, by their names: the numbered panes in the order of their numbers, then SDK."""

NAMES: Final = list(CONTENTS)

PRINTED: Final = {pane.option: pane for pane in PANES if not pane.on_screen_only}
"""The panes that `inspector show --pane` has, by the names that it takes."""
