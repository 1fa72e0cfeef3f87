from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from inspector.tui.draw.lines import Line
from inspector.tui.widgets.bar import Bar


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
        yield Input(id="prompt-input", compact=True, select_on_focus=False)
        yield Bar("prompt-hint")

    def ask(self, about: str, label: str, text: str = "", hint: str = "") -> None:
        """Asks for something; the answer comes as a message."""
        self.about = about
        line: Line = [(label, "accent strong")]
        self.query_one("#prompt-label", Bar).show([line])
        self.query_one("#prompt-label").styles.width = len(label) + 1
        self.query_one("#prompt-hint", Bar).show([[(hint, "dim")]])
        field = self.query_one(Input)
        field.value = text
        # At once: the next key may be typed already.
        self.display = True
        self.screen.set_focus(field)

    def leave(self) -> None:
        self.display = False
        self.about = ""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.about:
            self.post_message(self.Edited(self.about, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        about = self.about
        self.leave()
        self.post_message(self.Answered(about, event.value))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            about, text = self.about, self.query_one(Input).value
            self.leave()
            self.post_message(self.Left(about, text))
