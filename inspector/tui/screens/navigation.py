from typing import ClassVar

from textual.binding import BindingType

from inspector.text.wording import duration
from inspector.timeline.jumps import next_block, place_of, same_kind
from inspector.tui.screens.stream_base import PAGE_OVERLAP, StreamBase, key
from inspector.tui.widgets.time_axis import Seeking
from inspector.tui.widgets.timeline_list import TimelineList


class Travel(StreamBase):
    """Moving in time: by rows, frames, time, blocks, types, gaps, findings and markers."""

    GROUP: ClassVar[str] = "moving"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "move(1)", "Down a row"),
        key("k,up", "move(-1)", "Up a row"),
        key("pagedown,ctrl+f", "page(1)", "Down a page"),
        key("pageup,ctrl+b", "page(-1)", "Up a page"),
        key("g,home", "first", "To the first event"),
        key("G,end", "last", "To the last event"),
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
        key("e", "finding(1)", "Next finding"),
        key("E", "finding(-1)", "Previous finding"),
        key("m", "mark", "Set a marker here, or remove it"),
        key("apostrophe", "marker(1)", "Next marker"),
        key("quotation_mark", "marker(-1)", "Previous marker"),
        key("M", "marker_pause", "Pause at markers, or don't", "time"),
    ]

    def action_move(self, rows: int) -> None:
        if pane := self.focused_pane:
            pane.scroll_lines(rows)
            return
        self.stream.move_by(rows)
        self.moved_by_user()

    def action_page(self, pages: int) -> None:
        if pane := self.focused_pane:
            pane.scroll_lines(pages * (pane.size.height - PAGE_OVERLAP))
            return
        self.action_move(pages * max(1, self.timeline.scrollable_content_region.height - PAGE_OVERLAP))

    def action_first(self) -> None:
        if pane := self.focused_pane:
            pane.scroll_lines(-(1 << 30))
        elif len(self.stream.rows):
            self.go_to(self.stream.rows[0], "")

    def action_last(self) -> None:
        if pane := self.focused_pane:
            pane.scroll_lines(1 << 30)
        elif len(self.stream.rows):
            self.go_to(self.stream.rows[len(self.stream.rows) - 1], "")

    def action_step(self, frames: int) -> None:
        self.playback.pause()
        self.stream.move_by(frames)
        self.moved()

    def action_play(self) -> None:
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
        self.playback.faster(steps)
        self.draw()

    def action_idle(self) -> None:
        self.playback.next_idle_limit()
        limit = self.playback.idle_s
        self._tell("playing keeps every silence" if limit is None else f"playing shortens silences to {limit:g} s")
        self.draw()

    def action_jump(self) -> None:
        self.ask("jump", "go to", hint="120  3.2s  +500ms  50%  b2")

    def jump_to(self, text: str) -> None:
        """Where the user typed to."""
        if text.strip():
            place = place_of(self.stream.exchange, text, max(1, self.stream.n))
            self.go_to(place, f"there is no {text.strip()!r}: {self._why_not(text.strip())}")

    def _why_not(self, text: str) -> str:
        if text.isdecimal():
            return f"the last event is {self.stream.count:,}"
        if text.endswith(("s", "m")) and not self.stream.last_t_ns:
            return "this recording has no times"
        return "an event is 120, a time 3.2s, a step +10, a share 50%, a block b2"

    def action_same(self, step: int) -> None:
        stream = self.stream
        if stream.count:
            here = stream.cursor or (stream.count if step < 0 else 1)
            self.go_to(same_kind(stream.exchange, here, step < 0), f"no {_direction(step)} event of this type")

    def action_block(self, step: int) -> None:
        here = self.stream.cursor or (self.stream.count + 1 if step < 0 else 0)
        self.go_to(next_block(self.stream.exchange, here, step < 0), f"no {_direction(step)} block")

    def action_gap(self, step: int) -> None:
        stream = self.stream
        reads = len(stream.exchange.index.arrivals.t_ns)
        least = stream.gaps.notable_ns(reads)
        here = stream.cursor or (stream.count + 1 if step < 0 else 0)
        found = stream.gaps.next_over(here, least, step < 0)
        self.go_to(found, f"no {_direction(step)} gap above {duration(least)}")

    def action_finding(self, step: int) -> None:
        self._next_of(sorted(self.stream.findings), step, "finding")

    def action_marker(self, step: int) -> None:
        self._next_of(sorted(self.stream.markers), step, "marker (m sets one)")
        if name := self.stream.markers.get(self.stream.cursor or 0):
            self.say(f"◆ {name}")

    def action_mark(self) -> None:
        stream = self.stream
        if stream.cursor is None:
            self.say("a marker is set at the cursor: move first")
        elif stream.markers.pop(stream.cursor, None) is not None:
            self.moved()
        else:
            self.ask("mark", "marker", "", "its name · enter")

    def mark(self, name: str) -> None:
        """Sets a marker of this name at the cursor."""
        if self.stream.cursor is not None:
            self.stream.markers[self.stream.cursor] = name.strip() or f"marker {len(self.stream.markers) + 1}"
            self.moved()

    def action_marker_pause(self) -> None:
        self.stream.pause_at_markers = not self.stream.pause_at_markers
        self._tell("playing pauses at markers" if self.stream.pause_at_markers else "playing passes markers")
        self.draw()

    def _tell(self, text: str) -> None:
        """Says what the transport line says where that is in sight."""
        if not self.playback.engaged:
            self.say(text)

    def on_timeline_list_chosen(self, message: TimelineList.Chosen) -> None:
        self.go_to(message.n, "")

    def on_seeking_sought(self, message: Seeking.Sought) -> None:
        self.go_to(message.n, "")

    def _next_of(self, places: list[int], step: int, what: str) -> None:
        here = self.stream.cursor or (self.stream.count + 1 if step < 0 else 0)
        ahead = [n for n in places if (n > here if step > 0 else n < here)]
        found = (ahead[0] if step > 0 else ahead[-1]) if ahead else None
        self.go_to(found, f"no {_direction(step)} {what}")


def _direction(step: int) -> str:
    return "further" if step > 0 else "earlier"
