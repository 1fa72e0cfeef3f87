from typing import Final

from inspector.panes.drawing.charts import seconds
from inspector.panes.drawing.lines import Line, width_of
from inspector.panes.lanes import Axis
from inspector.panes.playback import Playback, speed_name
from inspector.tui.widgets.buttons import Button, Buttons
from inspector.tui.widgets.time_axis import Seeking

_LEAST_BAR: Final = 10
_DONE, _HERE, _TO_COME, _MARKER = "━", "●", "─", "◆"


class Transport(Buttons, Seeking):
    """What plays, how fast and how far: there while playing, and until the cursor is given up."""

    def __init__(self, playback: Playback) -> None:
        super().__init__("transport")
        self._playback = playback
        self._axis: Axis | None = None
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
        self._axis = Axis.of(self._playback.session, room) if room >= _LEAST_BAR else None
        bar = [Button(self._bar(self._axis))] if self._axis else []
        self.show_buttons([*left, *bar, *right])

    def on_resize(self) -> None:
        self.update()

    def frame_at(self, x: int, dragging: bool) -> int | None:
        column = x - self._bar_at
        if not self._axis or not self._playback.session.count:
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
        session, playback = self._playback.session, self._playback
        now = f"{seconds(session.t_ns)} / {seconds(session.last_t_ns)} s" if session.last_t_ns else ""
        place = now or f"{session.n:,} / {session.count:,} events"
        limit = "full silences" if playback.idle_s is None else f"silences ≤ {playback.idle_s:g} s"
        buttons = [Button([(f" {place}  ", "strong")]), Button([(f"{limit} ", "faint"), ("i  ", "accent")], "idle")]
        if session.markers:
            what = "stops at ◆ " if session.pause_at_markers else "passes ◆ "
            buttons.append(Button([(what, "faint"), ("M", "accent")], "marker_pause"))
        return buttons

    def _bar(self, axis: Axis) -> Line:
        session = self._playback.session
        here = axis.column_of(session.n)
        markers = {axis.column_of(n) for n in session.markers}
        line: Line = []
        for column in range(axis.width):
            sign = _HERE if column == here else _MARKER if column in markers else _DONE if column < here else _TO_COME
            line.append((sign, "accent strong" if sign in (_HERE, _MARKER) else "accent" if sign == _DONE else "dim"))
        return line
