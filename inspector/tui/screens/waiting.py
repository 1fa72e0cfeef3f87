"""What is shown while nothing has been recorded."""

from pathlib import Path
from time import monotonic
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from inspector.panes.drawing.lines import Line
from inspector.recording import UnreadableError
from inspector.text.sanitise import sanitise
from inspector.tui.commands import SCREEN, application_commands, commands_of, key
from inspector.tui.recorder_process import CommandOutput, RecorderProcess
from inspector.tui.screens.help import HelpScreen
from inspector.tui.shell import ShellScreen, shell_of
from inspector.tui.widgets.painting import Bar

_SHOWN: Final = 12
_LOOK_S: Final = 0.05


class WaitingScreen(ShellScreen[None]):
    """Shown until the recorder has begun to write, or has failed."""

    GROUP: ClassVar[str] = SCREEN
    BINDINGS: ClassVar[list[BindingType]] = [key("question_mark", "help", "Help")]

    def __init__(self, path: str, recorder: RecorderProcess) -> None:
        super().__init__()
        self._path = path
        self._recorder = recorder
        self._bar = Bar("waiting")
        self._over = False
        self._since = monotonic()

    def compose(self) -> ComposeResult:
        """What is waited for."""
        yield self._bar

    def on_mount(self) -> None:
        """Looks for the recording from now on."""
        self.set_interval(_LOOK_S, self._look)
        self._look()

    def action_help(self) -> None:
        """The keys of this screen."""
        self.cover(HelpScreen(commands_of(self) + application_commands(self)))

    def _look(self) -> None:
        # The other screen takes a moment to come: it must not be asked for twice.
        if self._over:
            return
        ended = self._recorder.status
        if _has_begun(Path(self._path)):
            try:
                shell_of(self).recording_appeared(self._path)
                self._over = True
                return
            except UnreadableError as error:
                if ended is not None:
                    self._show([[("✗ ", "error strong"), (sanitise(str(error)), "error")]])
                    return
        if ended is None:
            told = sanitise(self._recorder.last_line)
            waited = monotonic() - self._since
            what: Line = [("◌ waiting ", "warning strong"), ("for a stream to begin", ""), (f"  {waited:.0f} s", "dim")]
            self._show([what, [], [(told, "dim")]])
        else:
            reason = self._recorder.last_line or f"it ended with status {ended} and wrote no recording"
            self._show([[("✗ failed  ", "error strong"), (sanitise(reason), "")], *self._output(ended)])

    def _show(self, lines: list[Line]) -> None:
        self._bar.styles.height = len(lines) + 2
        self._bar.show([*lines, [], [("q", "accent"), (" quit   ", "dim"), ("?", "accent"), (" help", "dim")]])

    def _output(self, status: int) -> list[Line]:
        """The end of what the command printed, where that is kept."""
        output = CommandOutput(Path(self._path))
        if not output.exists:
            return []
        output.update()
        printed = [line for line in output.lines if line.strip()][-_SHOWN:]
        lines: list[Line] = [[], [(f"the command ended with status {status}", "strong"), (f"; {output.path}", "dim")]]
        return [*lines, *([("  ", ""), (line, "faint")] for line in printed)]


def _has_begun(path: Path) -> bool:
    """Whether there is something in the recording, or in one of the folder's."""
    try:
        files = path.glob("*.jsonl") if path.is_dir() else [path]
        return any(file.stat().st_size for file in files)
    except OSError:
        return False
