"""Types at random into the screen in a real terminal, resizes it meanwhile; does it live, and what does it leave?

    python -m tools.fuzz_screen [--seeds 20] [--keys 10000] [--first 0]

Each seed opens one of ten recordings, or all of them as a list. The application may end because it was told to; then it
is started again. A failure prints the seed and what was typed last, and the status is 1.
"""

import argparse
import fcntl
import os
import struct
import sys
import tempfile
import termios
from pathlib import Path
from select import select
from time import monotonic

from tests.support import RECORDINGS
from tests.tui.fuzz import inputs, left_over
from tests.tui.terminal import ESCAPE, Terminal

_OPENED = [*RECORDINGS[:: max(1, len(RECORDINGS) // 9)][:9], RECORDINGS[0].parent]
_PATIENCE_S = 30.0


class FuzzError(Exception):
    """The screen died, hangs, or left the terminal as it should not."""


def fuzz(seed: int, keys: int, folder: Path) -> int:
    """One seed; how often the application was started. Raises FuzzError."""
    path = _OPENED[seed % len(_OPENED)]
    starts = 0
    terminal: Terminal | None = None
    typed: list[bytes | tuple[int, int]] = []
    try:
        for piece in inputs(seed, keys, quits=seed % 2 == 1):
            if terminal is None:
                terminal, starts = _opened(path, folder), starts + 1
                typed = []
            typed.append(piece)
            _send(terminal, piece)
            if terminal.process.poll() is not None:
                terminal = _judged(terminal)
        if terminal:
            _leave(terminal)
            terminal = _judged(terminal)
    except FuzzError as error:
        last = [str(piece)[:200] for piece in typed[-12:]]
        raise FuzzError(f"seed {seed}, {path.name}: {error}\nlast typed: {last}") from None
    finally:
        if terminal:
            terminal.close()
    return starts


def _opened(path: Path, folder: Path) -> Terminal:
    environment = {"XDG_STATE_HOME": str(folder), "COLUMNS": "", "LINES": ""}
    terminal = Terminal("-m", "inspector", "open", str(path), cwd=str(folder), **environment)
    until = monotonic() + _PATIENCE_S
    while b"play" not in ESCAPE.sub(b"", terminal.painted) and b"palette" not in ESCAPE.sub(b"", terminal.painted):
        if monotonic() > until or terminal.process.poll() is not None:
            raise FuzzError("it did not start")
        _drain(terminal, 0.05)
    return terminal


def _send(terminal: Terminal, piece: bytes | tuple[int, int]) -> None:
    if isinstance(piece, tuple):
        columns, rows = piece
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    else:
        until = monotonic() + _PATIENCE_S
        while piece and terminal.process.poll() is None:
            if monotonic() > until:
                raise FuzzError("it reads no keys any more")
            if select([], [terminal.master], [], 0.01)[1]:
                os.set_blocking(terminal.master, False)
                try:
                    piece = piece[os.write(terminal.master, piece[:1024]) :]
                except BlockingIOError:
                    pass
                finally:
                    os.set_blocking(terminal.master, True)
            _drain(terminal, 0)
    _drain(terminal, 0.002)


def _drain(terminal: Terminal, wait_s: float) -> None:
    while select([terminal.master], [], [], wait_s)[0]:
        terminal.painted += os.read(terminal.master, 1 << 16)
        wait_s = 0


def _leave(terminal: Terminal) -> None:
    """Ctrl-C leaves whatever is open, and then the application."""
    until = monotonic() + _PATIENCE_S
    while terminal.process.poll() is None:
        if monotonic() > until:
            raise FuzzError("ctrl+c does not end it")
        _send(terminal, b"\x03")
        _drain(terminal, 0.2)


def _judged(terminal: Terminal) -> None:
    """What the terminal is like once the application has ended; it is closed where nothing is wrong."""
    status = terminal.wait()
    after = termios.tcgetattr(terminal.slave)
    said = ESCAPE.sub(b"", terminal.painted[-3000:]).decode("utf-8", "replace")
    wrong = left_over(terminal.painted)
    changed = after != terminal.before
    if status or "Traceback" in said:
        raise FuzzError(f"it ended with status {status}: {said[-600:].strip()}")
    if wrong:
        raise FuzzError(f"not given back: {', '.join(wrong)}")
    if changed:
        raise FuzzError("the line's settings (stty) are others than before")
    terminal.close()


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keys", type=int, default=10_000)
    given = parser.parse_args()
    failed = 0
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            started = monotonic()
            try:
                starts = fuzz(seed, given.keys, Path(folder))
                if list(Path(folder).rglob("crashes/*.txt")):
                    raise FuzzError(f"seed {seed}: a fault was survived")
                print(f"seed {seed}: {given.keys:,} keys, {starts} starts, {monotonic() - started:.0f} s", flush=True)
            except FuzzError as error:
                failed += 1
                print(f"FAILED {error}", flush=True)
                reports = [report.read_text() for report in Path(folder).rglob("crashes/*.txt")]
                places = {report.partition("last keys")[2].partition("\n")[2] for report in reports}
                print(*places, sep="\n", flush=True)
    print(f"{given.seeds - failed} of {given.seeds} seeds without a fault")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
