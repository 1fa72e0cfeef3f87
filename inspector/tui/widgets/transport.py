from typing import Final

from inspector.panes.drawing.lines import Line, width_of
from inspector.panes.lanes import TimeAxis
from inspector.panes.playback import Playback, speed_name
from inspector.text.wording import seconds
from inspector.tui.widgets.buttons import Button, Buttons
from inspector.tui.widgets.time_axis import Seeking

_LEAST_BAR: Final = 10
_DONE, _HERE, _TO_COME, _MARKER = "━", "●", "─", "◆"


class Transport(Buttons, Seeking):
    """What plays, how fast and how far: there while playing, and until the cursor is given up."""

    def __init__(self, playback: Playback) -> None:
        super().__init__("transport")
        self._playback = playback
        self._axis: TimeAxis | None = None
        self._bar_at = 0

    def update(self) -> None:
        """Draws the moment that the playback has come to."""
        self.display = self._playback.engaged
        width = self.content_size.width
        if not self.display or not width:
            return
        left, right = self._controls(), self._state()
        room = width - sum(width_of(button.line) for button in left + right)
        if room < _LEAST_BAR and right:
            right = right[:1]
            room = width - sum(width_of(button.line) for button in left + right)
        self._bar_at = sum(width_of(button.line) for button in left)
        self._axis = TimeAxis.of(self._playback.stream, room) if room >= _LEAST_BAR else None
        bar = [Button(self._bar(self._axis))] if self._axis else []
        self.show_buttons([*left, *bar, *right])

    def on_resize(self) -> None:
        self.update()

    def frame_at(self, x: int, dragging: bool) -> int | None:
        column = x - self._bar_at
        if not self._axis or not self._playback.stream.count:
            return None
        if not dragging and not 0 <= column < self._axis.width:
            return None
        return self._axis.frame_at(min(max(0, column), self._axis.width - 1))

    def _controls(self) -> list[Button]:
        playing = self._playback.playing
        sign = "▶ playing" if playing else "‖ paused "
        return [
            Button([(f"{sign} ", "accent strong" if playing else "strong")], "play"),
            Button([(" < ", "accent")], "speed(-1)"),
            Button([(f"{speed_name(self._playback.speed):^6}", "strong")]),
            Button([(" > ", "accent"), (" ", "")], "speed(1)"),
        ]

    def _state(self) -> list[Button]:
        stream, playback = self._playback.stream, self._playback
        now = f"{seconds(stream.t_ns)} / {seconds(stream.last_t_ns)} s" if stream.last_t_ns else ""
        place = now or f"{stream.n:,} / {stream.count:,} events"
        limit = "full silences" if playback.idle_s is None else f"silences ≤ {playback.idle_s:g} s"
        buttons = [Button([(f" {place}  ", "strong")]), Button([(f"{limit} ", "faint"), ("i  ", "accent")], "idle")]
        if stream.markers:
            what = "stops at ◆ " if stream.pause_at_markers else "passes ◆ "
            buttons.append(Button([(what, "faint"), ("M", "accent")], "marker_pause"))
        return buttons

    def _bar(self, axis: TimeAxis) -> Line:
        stream = self._playback.stream
        here = axis.column_of(stream.n)
        markers = {axis.column_of(n) for n in stream.markers}
        line: Line = []
        for column in range(axis.width):
            sign = _HERE if column == here else _MARKER if column in markers else _DONE if column < here else _TO_COME
            line.append((sign, "accent strong" if sign in (_HERE, _MARKER) else "accent" if sign == _DONE else "dim"))
        return line
