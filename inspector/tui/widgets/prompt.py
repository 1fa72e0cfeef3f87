"""A line to type in, in the place of the footer, asked with `await`."""

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

from inspector.tui.paths import completed, paths_from
from inspector.tui.widgets.painting import Bar

# Of what may be pasted: nobody types as much. Each edit is looked for, and takes the toolkit a time that grows with it.
_LONGEST: Final = 1_000


class PathSuggester(Suggester):
    """Suggests the first file or folder whose path begins with what is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """That path, None where there is none."""
        # A folder may be large, or far away.
        found = await asyncio.to_thread(paths_from, value)
        return next((path for path in found if path.startswith(value)), None)


class _Field(Input):
    """Gives the keys back at once: what is typed right behind enter or esc is meant for the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "submit", "Answer"),
        ("escape", "leave", "Leave"),
        ("tab", "complete", "Complete"),
        # As at a shell's prompt, whatever is selected.
        ("ctrl+c", "leave", "Leave"),
        ("ctrl+shift+c", "copy", "Copy what is selected"),
    ]

    async def action_submit(self) -> None:
        await self._prompt.close(self.value)

    async def action_leave(self) -> None:
        await self._prompt.close(None)

    def action_complete(self) -> None:
        if isinstance(self.suggester, PathSuggester):
            self.value = completed(self.value)
            self.cursor_position = len(self.value)

    @property
    def _prompt(self) -> "Prompt":
        return next(parent for parent in self.ancestors if isinstance(parent, Prompt))


class _Question(NamedTuple):
    """What is asked at present: where the answer goes, who hears each edit, and what had the keys before."""

    answer: "asyncio.Future[str | None]"
    edited: Callable[[str], None] | None
    before: Widget | None


class Prompt(Container):
    """One question at a time. While there is one the screen has the class `-asking`."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._label = Bar("prompt-label")
        self._field = _Field(id="prompt-input", compact=True, select_on_focus=False, max_length=_LONGEST)
        self._hint = Bar("prompt-hint")
        self._question: _Question | None = None

    def compose(self) -> ComposeResult:
        """What is asked for, where to type, and what may be typed."""
        yield self._label
        yield self._field
        yield self._hint

    async def ask(
        self,
        label: str,
        text: str = "",
        hint: str = "",
        *,
        suggester: PathSuggester | None = None,
        replaced: bool = False,
        edited: Callable[[str], None] | None = None,
    ) -> str | None:
        """The text at enter; None where the user left by esc or by a click elsewhere, or something else was asked.

        None too where the screen has ended meanwhile, as whoever asks learns a turn later than the screen itself.
        `text` stands there first; `replaced`: what is typed first takes its place. `suggester` completes what is typed
        at tab, `edited` is called with each edit. It opens before it waits: the next key is meant for it.
        """
        self.leave()
        if not self.is_attached:
            return None
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._question = _Question(answer, edited, self.screen.focused)
        self._label.show([[(label, "accent strong")]])
        self._label.styles.width = len(label) + 1
        self._hint.show([[(hint, "dim")]])
        self._field.suggester = suggester
        self._field.value = text
        self._field.selection = Selection(0 if replaced else len(text), len(text))
        self.display = True
        self.screen.add_class("-asking")
        self.screen.set_focus(self._field)
        return await answer

    async def close(self, text: str | None) -> None:
        """Gives the answer; when it returns who asked has had a turn: the next key comes after what follows from it."""
        self.leave(text)
        await asyncio.sleep(0)

    def leave(self, text: str | None = None) -> None:
        """Gives the answer, or none; nothing happens where nothing is asked."""
        question, self._question = self._question, None
        if question is None:
            return
        if self.is_attached:
            self.display = False
            self.screen.remove_class("-asking")
            if self.screen.focused is self._field:
                self.screen.set_focus(question.before)
        # Whoever asked may be gone.
        if not question.answer.done():
            question.answer.set_result(text)

    def on_descendant_blur(self) -> None:
        """A click elsewhere leaves it; a terminal that is not in front does not."""
        if self.is_attached and self.app.app_focus and self.screen.focused is not self._field:
            self.leave()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hands an edit on."""
        event.stop()
        if self._question and self._question.edited:
            self._question.edited(event.value)
