"""Searching and filtering on a stream's screen."""

from typing import Any, ClassVar, Final

from textual.binding import Binding
from textual.screen import Screen

from inspector.panes.drawing.lines import Line
from inspector.text.sanitise import sanitise
from inspector.timeline.pattern import is_expression
from inspector.tui.commands import Part, asks, key
from inspector.tui.screens.navigation import Navigation
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.timeline_list import TimelineList

_SOON_S: Final = 0.01


class StreamSearch(Part):
    """What is searched and what is shown of the stream; the work is done beside the screen by its model's scanners.

    A search goes to its first match when that has been found, however long it takes: `tick` looks.
    """

    GROUP: ClassVar[str] = "finding"
    BINDINGS: ClassVar[list[Binding]] = [
        key("slash", "search", "Search events and text; a capital letter makes case matter"),
        key("n", "found(1)", "Next match"),
        key("N", "found(-1)", "Previous match"),
        key("f", "filter", "Filter by type, block, text: ping, block:1, text:city, !ping"),
        key("F", "drop_filter", "Drop the filter"),
        key("S", "search_session", "Search all streams of the session"),
    ]

    def __init__(
        self,
        screen: Screen[Any],
        navigation: Navigation,
        timeline: TimelineList,
        prompt: Prompt,
        start: tuple[int, str] | None = None,
    ) -> None:
        """`start`: what is searched first, and the frame of a match to go to as soon as that has been indexed."""
        super().__init__(screen)
        self.stream = navigation.stream
        self._navigation = navigation
        self._timeline = timeline
        self._prompt = prompt
        self._searched_from: int | None = None
        self._match_awaited = False
        self._frame_awaited = 0
        if start:
            self._frame_awaited, text = start
            self.stream.search_for(text)

    def tick(self) -> None:
        """Goes to what is awaited as soon as it is there: a frame, the first match."""
        if 0 < self._frame_awaited <= self.stream.count:
            self.stream.move_to(self._frame_awaited)
            self._frame_awaited = 0
            self._navigation.moved()
        search = self.stream.search
        if not self._match_awaited or search is None:
            return
        here = (self._searched_from or 1) - 1
        found = search.next(here)
        if found is not None and (found > here or search.done):
            self._match_awaited = False
            self.stream.move_to(found)
            self._navigation.moved()
        elif search.done:
            self._match_awaited = False
            self._navigation.draw()

    def leave_filter(self) -> bool:
        """Drops a filter that still looks through a recording; whether there was one."""
        looking = self.stream.filter
        if looking is None or self.stream.live or looking.done >= self.stream.count:
            return False
        self._show_only("")
        return True

    def line(self) -> Line:
        """What is searched, filtered and marked, for the list's border."""
        stream = self.stream
        line: Line = []
        if stream.filter:
            count = f"{len(stream.rows):,} of {stream.count:,}"
            progress = "" if stream.filter.done >= stream.count else f", {stream.filter.done / stream.count:.0%}"
            progress += ", given up: it takes too long" if stream.filter.given_up else ""
            line.append((f"filter: {sanitise(stream.filter_text)} ({count}{progress}) F drops it ", "warning"))
        if stream.search:
            count = f"{stream.search.place(stream.n):,}/{stream.search.count():,}"
            if stream.search.done and not stream.search.count() and not stream.search.given_up:
                count = "no match"
            if not is_expression(stream.search_text):
                count += " (no regular expression: as it stands)"
            progress = "" if stream.search.done else f", {stream.search.progress:.0%}"
            if stream.search.given_up:
                progress = f", given up at {stream.search.progress:.0%}: it takes too long"
            line.append((f"/{sanitise(stream.search_text)} {count}{progress} ", "accent"))
        if stream.markers:
            line.append((f"◆ {len(stream.markers)} ", "accent"))
        return line

    @asks
    async def action_search(self) -> None:
        """Looks at once for what has been typed so far, from where the user was; leaving goes back there."""
        self._searched_from = self.stream.cursor
        hint = "regular expression · enter keeps, esc leaves"
        text = await self._prompt.ask("/", hint=hint, replaced=True, edited=self._look_for)
        if not text:
            self._look_for("")
            self._navigation.moved()
        elif text != self.stream.search_text:
            self._look_for(text)

    def action_found(self, step: int) -> None:
        """To the next match, or the one before; round the end."""
        search = self.stream.search
        if search is None:
            self.shell.say("nothing is searched for: / does")
            return
        here = self.stream.cursor or (0 if step > 0 else self.stream.count + 1)
        wait = "" if search.done else " yet"
        self._navigation.go_to(search.next(here, step < 0), f"no match for {self.stream.search_text!r}{wait}")

    @asks
    async def action_filter(self) -> None:
        """Shows only what the user types: types, blocks, texts."""
        hint = "ping  block:1  text:city  !ping  'block start' · empty drops it"
        text = await self._prompt.ask("filter", self.stream.filter_text, hint, replaced=True)
        if text is not None:
            self._show_only(text)

    def action_drop_filter(self) -> None:
        """Shows everything."""
        self._show_only("")

    async def action_search_session(self) -> None:
        """Looks for what is searched here in all streams of the session."""
        await self.shell.search_session(self.stream.search_text)

    def _look_for(self, text: str) -> None:
        self.stream.cursor = self._searched_from
        self.stream.search_for(text)
        self._match_awaited = bool(text)
        self._timeline.refresh()
        # The clock comes later, and many letters may be typed at once: none of them waits for a match.
        self.screen.set_timer(_SOON_S, self.tick)

    def _show_only(self, text: str) -> None:
        self.stream.filter_by(text)
        self._timeline.replaced()
        self._navigation.moved()
        if self.stream.filter and (guessed := self.stream.filter.wanted.guessed):
            words = " ".join(sanitise(word) for word in guessed)
            self.shell.say(f"no event type is called {words}: looking for it as text")
