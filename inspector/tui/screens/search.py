from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.binding import BindingType

from inspector.panes.drawing.lines import Line
from inspector.text.sanitise import sanitise
from inspector.timeline.search import is_expression
from inspector.tui.screens.stream_base import StreamBase, key
from inspector.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from inspector.tui.app import InspectorApp


_SOON_S: Final = 0.01


class Finding(StreamBase):
    """Searching and filtering."""

    GROUP: ClassVar[str] = "finding"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "search", "Search events and text; a capital letter makes case matter"),
        key("n", "found(1)", "Next match"),
        key("N", "found(-1)", "Previous match"),
        key("f", "filter", "Filter by type, block, text: ping, block:1, text:city, !ping"),
        key("F", "drop_filter", "Drop the filter"),
        key("S", "search_session", "Search all streams of the session"),
    ]
    _searched_from: int | None = None
    _awaited = False
    _awaited_n = 0

    def action_search(self) -> None:
        self._searched_from = self.stream.cursor
        self.ask("search", "/", "", "regular expression · enter keeps, esc leaves")

    def search_edited(self, text: str) -> None:
        """Looks at once for what has been typed so far, from where the user was."""
        self.stream.cursor = self._searched_from
        self.stream.search_for(text)
        self._awaited = bool(text)
        self.timeline.refresh()
        # The clock comes later, and many letters may be typed at once: none of them waits for a match.
        self.set_timer(_SOON_S, self.look_for_first)

    def search_left(self) -> None:
        """Back to where the user was, and nothing is searched."""
        self.stream.search_for("")
        self._awaited = False
        self.stream.cursor = self._searched_from
        self.timeline.refresh()
        self.moved()

    def look_for_first(self) -> None:
        """Goes to the first match as soon as there is one; the clock asks again until then."""
        if 0 < self._awaited_n <= self.stream.count:
            self.stream.move_to(self._awaited_n)
            self._awaited_n = 0
            self.moved()
        search = self.stream.search
        if not self._awaited or search is None:
            return
        here = (self._searched_from or 1) - 1
        found = search.next(here)
        if found is not None and (found > here or search.done):
            self._awaited = False
            self.stream.move_to(found)
            self.moved()
        elif search.done:
            self._awaited = False
            self.draw()

    def search_at(self, n: int, text: str) -> None:
        """Has a text searched, and goes to frame n as soon as that has been indexed."""
        self.stream.search_for(text)
        self._awaited_n = n

    def action_search_session(self) -> None:
        cast("InspectorApp", self.app).search_session(self.stream.search_text)

    def action_found(self, step: int) -> None:
        search = self.stream.search
        if search is None:
            self.say("nothing is searched for: / does")
            return
        here = self.stream.cursor or (0 if step > 0 else self.stream.count + 1)
        wait = "" if search.done else " yet"
        self.go_to(search.next(here, step < 0), f"no match for {self.stream.search_text!r}{wait}")

    def action_filter(self) -> None:
        hint = "ping  block:1  text:city  !ping  'block start' · empty drops it"
        self.ask("filter", "filter", self.stream.filter_text, hint)

    def action_drop_filter(self) -> None:
        self.set_filter("")

    def leave_filter(self) -> bool:
        """Drops a filter that still looks through a recording; whether there was one."""
        looking = self.stream.filter
        if looking is None or self.stream.live or looking.done >= self.stream.count:
            return False
        self.set_filter("")
        return True

    def set_filter(self, text: str) -> None:
        """Shows what a filter lets through, everything for an empty one."""
        self.stream.filter_by(text)
        self.timeline.replaced()
        self.moved()
        if self.stream.filter and (guessed := self.stream.filter.wanted.guessed):
            words = " ".join(sanitise(word) for word in guessed)
            self.say(f"no event type is called {words}: looking for it as text")

    def found_line(self) -> Line:
        """What is searched and filtered, for the list's border."""
        stream = self.stream
        line: Line = []
        if stream.filter:
            count = f"{len(stream.rows):,} of {stream.count:,}"
            progress = "" if stream.filter.done >= stream.count else f", {stream.filter.done / stream.count:.0%}"
            line.append((f"filter: {sanitise(stream.filter_text)} ({count}{progress}) F drops it ", "warning"))
        if stream.search:
            count = f"{stream.search.place(stream.n):,}/{stream.search.count():,}"
            if stream.search.done and not stream.search.count():
                count = "no match"
            if not is_expression(stream.search_text):
                count += " (no regular expression: as it stands)"
            progress = "" if stream.search.done else f", {stream.search.progress:.0%}"
            line.append((f"/{sanitise(stream.search_text)} {count}{progress} ", "accent"))
        if stream.markers:
            line.append((f"◆ {len(stream.markers)} ", "accent"))
        return line

    def on_prompt_edited(self, message: Prompt.Edited) -> None:
        if message.about == "search" and type(message) is Prompt.Edited:
            self.search_edited(message.text)
