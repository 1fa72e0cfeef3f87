"""The inspector's own themes, a dark and a light one; Textual's can be chosen too."""

from typing import Any, Final, cast

from textual.theme import Theme

from inspector.panes.drawing import styles as palette

DARK: Final = Theme("inspector-dark", dark=True, **cast(Any, palette.DARK))
LIGHT: Final = Theme("inspector-light", dark=False, **cast(Any, palette.LIGHT))
