"""Moving in time on a stream's screen."""

from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar, Final

from textual.binding import Binding
from textual.screen import Screen

from inspector.panes.playback import Playback
from inspector.text.wording import duration
from inspector.timeline.jumps import next_block, place_of, same_kind
from inspector.tui.commands import Part, asks, key
from inspector.tui.screens.pane_layout import PaneLayout
from inspector.tui.widgets.prompt import Prompt
from inspector.tui.widgets.timeline_list import TimelineList

_PAGE_OVERLAP: Final = 1
_REST_S: Final = 0.25
_FAR: Final = 1 << 30


class Navigation(Part):
    """The way to a moment: by rows, frames, time, blocks, types, gaps, findings and markers; playing.

    Where the cursor stands the stream's model says. Whoever else moves it goes by `go_to` and `release`, or says so by
    `moved`: then the list and the panes follow.
    """

    GROUP: ClassVar[str] = "moving"
    BINDINGS: ClassVar[list[Binding]] = [
        key("j,down", "move(1)", "Down a row"),
        key("k,up", "move(-1)", "Up a row"),
        key("pagedown,ctrl+f", "page(1)", "Down a page"),
        key("pageup,ctrl+b", "page(-1)", "Up a page"),
        key("g,home", "first", "To the first event"),
        key("G,end", "last", "To the last event"),
        # The screen does it, as the cursor is only the last of what there may be to leave.
        key("escape", "release", "Give the cursor up: the whole stream, or follow the end"),
        key("right_square_bracket,right", "step(1)", "Step forward", "time"),
        key("left_square_bracket,left", "step(-1)", "Step back", "time"),
        key("space", "play", "Play or pause", "time"),
        key("greater_than_sign", "speed(1)", "Faster", "time"),
        key("less_than_sign", "speed(-1)", "Slower", "time"),
        key("i", "idle", "Shorten silences while playing: to 2 s, 1 s … or not", "time"),
        key("colon", "jump", "Jump to an event, a time, a block: 120, 3.2s, +500ms, 50%, b2"),
        key("t", "same(1)", "Next event of this type"),
        key("T", "same(-1)", "Previous event of this type"),
        key("b", "block(1)", "Next block"),
        key("B", "block(-1)", "Previous block"),
        key("d", "gap(1)", "Next long gap"),
        key("D", "gap(-1)", "Previous long gap"),
        key("e", "finding(1)", "Next finding: errors first, then warnings, then infos"),
        key("E", "finding(-1)", "Previous finding"),
        key("m", "mark", "Set a marker here, or remove it"),
        key("apostrophe", "marker(1)", "Next marker"),
        key("quotation_mark", "marker(-1)", "Previous marker"),
        key("M", "marker_pause", "Pause at markers, or don't", "time"),
    ]

    def __init__(
        self,
        screen: Screen[Any],
        playback: Playback,
        timeline: TimelineList,
        panes: PaneLayout,
        prompt: Prompt,
        draw: Callable[[], None],
    ) -> None:
        """`draw` draws everything but the list."""
        super().__init__(screen)
        self.stream = playback.stream
        self.playback = playback
        self.draw = draw
        self._timeline = timeline
        self._panes = panes
        self._prompt = prompt
        self._moved_at = monotonic()

    def go_to(self, n: int | None, otherwise: str = "") -> None:
        """Moves the cursor to a frame, or says why not; what plays goes on from there."""
        if n is None:
            self.shell.say(otherwise)
            return
        self.stream.move_to(n)
        self._moved_by_user()

    def moved(self) -> None:
        """The cursor is somewhere else."""
        self._moved_at = monotonic()
        self.stream.resting = False
        self._timeline.show_cursor()
        self.draw()

    def release(self) -> None:
        """Gives the cursor up: the whole stream again, or its end as it grows."""
        self.playback.leave()
        self.stream.release()
        self._timeline.following = self.stream.follow
        self._timeline.grown()
        self.moved()

    def tick(self) -> None:
        """What goes by the clock: playing; and what takes longer, once the cursor has stayed for a moment."""
        if self.playback.tick():
            self.moved()
        stream = self.stream
        if not stream.resting and not (stream.live and stream.whole) and monotonic() > self._moved_at + _REST_S:
            stream.resting = True
            # The clock may have been so late that it knows this state from before the move.
            self.draw()

    def action_move(self, rows: int) -> None:
        """By so many rows of the list, or lines of the pane that has the keys."""
        if pane := self._panes.focused:
            pane.scroll_lines(rows)
            return
        self.stream.move_by(rows)
        self._moved_by_user()

    def action_page(self, pages: int) -> None:
        """By so many pages of the list, or of the pane that has the keys."""
        if pane := self._panes.focused:
            pane.scroll_lines(pages * (pane.size.height - _PAGE_OVERLAP))
            return
        self.action_move(pages * max(1, self._timeline.scrollable_content_region.height - _PAGE_OVERLAP))

    def action_first(self) -> None:
        """To the first row, or the first line of the pane that has the keys."""
        if pane := self._panes.focused:
            pane.scroll_lines(-_FAR)
        elif len(self.stream.rows):
            self.go_to(self.stream.rows[0])

    def action_last(self) -> None:
        """To the last row, or the last line of the pane that has the keys."""
        if pane := self._panes.focused:
            pane.scroll_lines(_FAR)
        elif len(self.stream.rows):
            self.go_to(self.stream.rows[len(self.stream.rows) - 1])

    def action_step(self, frames: int) -> None:
        """By so many rows, whatever has the keys; what plays pauses."""
        self.playback.pause()
        self.stream.move_by(frames)
        self.moved()

    def action_play(self) -> None:
        """Plays or pauses."""
        stream = self.stream
        if self.playback.playing:
            self.playback.pause()
        elif stream.live and stream.cursor is None:
            # What comes goes on coming; the view stays where it is.
            stream.move_to(stream.count)
        else:
            self.playback.play()
        self.moved()

    def action_speed(self, steps: int) -> None:
        """Plays faster, or slower."""
        self.playback.faster(steps)
        self.draw()

    def action_idle(self) -> None:
        """The next shorter limit for silences while playing."""
        self.playback.next_idle_limit()
        limit = self.playback.idle_s
        self._say_state("playing keeps every silence" if limit is None else f"playing shortens silences to {limit:g} s")
        self.draw()

    @asks
    async def action_jump(self) -> None:
        """To what the user types: an event, a time, a block."""
        text = (await self._prompt.ask("go to", hint="120  3.2s  +500ms  50%  b2", replaced=True) or "").strip()
        if text:
            place = place_of(self.stream.exchange, text, max(1, self.stream.n))
            self.go_to(place, f"there is no {text!r}: {self._why_not(text)}")

    def action_same(self, step: int) -> None:
        """To the next event of the same type, or the one before."""
        stream = self.stream
        if stream.count:
            here = stream.cursor or (stream.count if step < 0 else 1)
            self.go_to(same_kind(stream.exchange, here, step < 0), f"no {_direction(step)} event of this type")

    def action_block(self, step: int) -> None:
        """To the next start of a block, or the one before."""
        found = next_block(self.stream.exchange, self._here(step), step < 0)
        self.go_to(found, f"no {_direction(step)} block")

    def action_gap(self, step: int) -> None:
        """To the next long gap, or the one before."""
        stream = self.stream
        reads = len(stream.exchange.index.arrivals.t_ns)
        least = stream.gaps.notable_ns(reads)
        found = stream.gaps.next_over(self._here(step), least, step < 0)
        self.go_to(found, f"no {_direction(step)} gap above {duration(least)}")

    def action_finding(self, step: int) -> None:
        """To the next finding, errors first, or the one before; its pane is shown."""
        if self.stream.look_at_finding(step):
            self._panes.show_findings()
            self._moved_by_user()
        else:
            waiting = self.stream.diagnosed is None
            self.shell.say("the rules are being applied" if waiting else f"no {_direction(step)} finding")

    def action_marker(self, step: int) -> None:
        """To the next marker, or the one before; its name is said."""
        self._next_of(sorted(self.stream.markers), step, "marker (m sets one)")
        if name := self.stream.markers.get(self.stream.cursor or 0):
            self.shell.say(f"◆ {name}")

    @asks
    async def action_mark(self) -> None:
        """Removes the marker at the cursor; where there is none sets one, by the name that the user types."""
        stream = self.stream
        if stream.cursor is None:
            self.shell.say("a marker is set at the cursor: move first")
            return
        if stream.markers.pop(stream.cursor, None) is None:
            name = await self._prompt.ask("marker", hint="its name · enter", replaced=True)
            if name is None or stream.cursor is None:
                return
            stream.markers[stream.cursor] = name.strip() or f"marker {len(stream.markers) + 1}"
        self.moved()

    def action_marker_pause(self) -> None:
        """Whether playing pauses at markers."""
        self.stream.pause_at_markers = not self.stream.pause_at_markers
        self._say_state("playing pauses at markers" if self.stream.pause_at_markers else "playing passes markers")
        self.draw()

    def _moved_by_user(self) -> None:
        # From here on, at the pace it had.
        self.playback.go_on()
        self.moved()

    def _here(self, step: int) -> int:
        """Where to look from: without a cursor before the first frame, or behind the last one."""
        return self.stream.cursor or (self.stream.count + 1 if step < 0 else 0)

    def _next_of(self, places: list[int], step: int, what: str) -> None:
        here = self._here(step)
        ahead = [n for n in places if (n > here if step > 0 else n < here)]
        found = (ahead[0] if step > 0 else ahead[-1]) if ahead else None
        self.go_to(found, f"no {_direction(step)} {what}")

    def _say_state(self, text: str) -> None:
        """Says what the transport line says where that is in sight."""
        if not self.playback.engaged:
            self.shell.say(text)

    def _why_not(self, text: str) -> str:
        if text.isdecimal():
            return f"the last event is {self.stream.count:,}"
        if text.endswith(("s", "m")) and not self.stream.last_t_ns:
            return "this recording has no times"
        return "an event is 120, a time 3.2s, a step +10, a share 50%, a block b2"


def _direction(step: int) -> str:
    return "further" if step > 0 else "earlier"
