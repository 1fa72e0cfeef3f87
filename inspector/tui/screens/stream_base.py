from time import monotonic
from typing import Final

from textual.binding import Binding
from textual.screen import Screen

from inspector.panes.model import StreamModel
from inspector.panes.playback import Playback
from inspector.session.sources import Source
from inspector.tui.settings import Options
from inspector.tui.widgets.pane import Pane
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.timeline_list import TimelineList

PAGE_OVERLAP: Final = 1
_REST_S: Final = 0.25


class StreamBase(Screen[None]):
    """What the parts of a stream's screen share: the stream, and what follows from a change of it."""

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__()
        self.source = source
        exchange = source.open()
        live = options.follow or exchange.arriving
        self.stream = StreamModel(exchange, live, live, loading=True)
        self._moved_at = monotonic()
        self.playback = Playback(self.stream, options.speed, options.idle_limit)

    @property
    def timeline(self) -> TimelineList:
        return self.query_one(TimelineList)

    @property
    def focused_pane(self) -> Pane | None:
        """The pane that has the keys, None where the timeline has them."""
        return self.focused if isinstance(self.focused, Pane) else None

    def ask(self, about: str, label: str, text: str = "", hint: str = "") -> None:
        """Opens the prompt in the place of the footer; what is typed first takes the place of the text."""
        self.add_class("-asking")
        self.query_one(Prompt).ask(about, label, text, hint, replaced=True)

    def asked(self) -> None:
        """The prompt has been answered or left."""
        self.remove_class("-asking")

    def say(self, text: str) -> None:
        """One line for the user, for some seconds, in the place of the one before."""
        self.app.clear_notifications()
        self.notify(text, markup=False, timeout=4)

    def go_to(self, n: int | None, otherwise: str) -> None:
        """Moves the cursor to a frame, or says why not."""
        if n is None:
            self.say(otherwise)
            return
        self.stream.move_to(n)
        self.moved_by_user()

    def moved_by_user(self) -> None:
        if self.playback.playing:
            # From here on, at the pace it had.
            self.playback.play()
        self.moved()

    def moved(self) -> None:
        """The cursor is somewhere else."""
        self._moved_at = monotonic()
        self.stream.resting = False
        self.timeline.show_cursor()
        self.draw()

    def rest(self) -> None:
        """Lets the panes do what takes longer once the cursor has stayed where it is for a moment."""
        stream = self.stream
        if not stream.resting and not (stream.live and stream.whole) and monotonic() > self._moved_at + _REST_S:
            stream.resting = True

    def draw(self) -> None:
        """Everything but the list."""
        raise NotImplementedError


def key(keys: str, action: str, description: str, group: str = "") -> Binding:
    """A binding that the user can give another key: its id is the action with dashes.

    `group` is its heading in the help, where that is not its class's.
    """
    name = action.replace("(", "-").replace(")", "").replace("_", "-").replace("'", "").replace("--1", "-back")
    return Binding(keys, action, description, show=False, id=name, group=Binding.Group(group) if group else None)
