from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection

from inspector.panes.drawing.lines import Line
from inspector.tui.paths import completed
from inspector.tui.widgets.bar import Bar
from inspector.tui.widgets.path_suggester import PathSuggester


class _Field(Input):
    """Gives the keys back at once: what is typed right behind enter or esc is meant for the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter", "submit", "Answer"),
        ("escape", "leave", "Leave"),
        ("tab", "complete", "Complete"),
    ]

    async def action_submit(self) -> None:
        self._prompt.leave(Prompt.Answered)

    def action_leave(self) -> None:
        self._prompt.leave(Prompt.Left)

    def action_copy(self) -> None:
        if self.selected_text:
            super().action_copy()
        else:
            # As it does at a shell's prompt.
            self.action_leave()

    def action_complete(self) -> None:
        if isinstance(self.suggester, PathSuggester):
            self.value = completed(self.value)
            self.cursor_position = len(self.value)

    @property
    def _prompt(self) -> "Prompt":
        return next(parent for parent in self.ancestors if isinstance(parent, Prompt))


class Prompt(Container):
    """A line to type in, in the place of the footer. `about` names what is asked for."""

    class Edited(Message):
        """Something was typed."""

        def __init__(self, about: str, text: str) -> None:
            super().__init__()
            self.about = about
            self.text = text

    class Answered(Edited):
        """Enter was pressed."""

    class Left(Edited):
        """Esc was pressed."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.about = ""

    def compose(self) -> ComposeResult:
        yield Bar("prompt-label")
        yield _Field(id="prompt-input", compact=True, select_on_focus=False)
        yield Bar("prompt-hint")

    def ask(
        self,
        about: str,
        label: str,
        text: str = "",
        hint: str = "",
        suggester: PathSuggester | None = None,
        replaced: bool = False,
    ) -> None:
        """Asks for something; the answer comes as a message.

        `suggester` completes what is typed at tab; `replaced`: what is typed first takes the place of the text.
        """
        self.about = about
        line: Line = [(label, "accent strong")]
        self.query_one("#prompt-label", Bar).show([line])
        self.query_one("#prompt-label").styles.width = len(label) + 1
        self.query_one("#prompt-hint", Bar).show([[(hint, "dim")]])
        field = self.query_one(Input)
        field.suggester = suggester
        field.value = text
        field.selection = Selection(0 if replaced else len(text), len(text))
        # At once: the next key may be typed already.
        self.display = True
        self._before = self.screen.focused
        self.screen.set_focus(field)

    def leave(self, how: "type[Prompt.Edited]") -> None:
        """Closes the prompt; who asked hears how."""
        about, self.about = self.about, ""
        self.display = False
        if self.screen.focused is self.query_one(Input):
            self.screen.set_focus(self._before)
        self.post_message(how(about, self.query_one(Input).value))

    def on_descendant_blur(self) -> None:
        """A click elsewhere leaves it; a terminal that is not in front does not."""
        if self.about and self.app.app_focus and self.screen.focused is not self.query_one(Input):
            self.leave(self.Left)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.about:
            self.post_message(self.Edited(self.about, event.value))
