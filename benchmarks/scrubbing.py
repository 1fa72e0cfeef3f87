"""How fast the screen answers while somebody goes through a large recording, in a real pty.

    python benchmarks/make_big.py 1000000 big.jsonl
    python benchmarks/scrubbing.py big.jsonl

Goals, with any pane open: a key to its painted frame below 30 ms at the median and 60 ms at the 99th percentile. A key
that is held: no growing lag, and within 60 ms of the last press the screen stands still.
"""

import argparse
import re
import time
from itertools import count
from statistics import median

from terminal import ESCAPE, INSPECTOR, Terminal, figures

PANES = {b"1": "message", b"2": "thinking", b"3": "tool input", b"4": "event", b"5": "timing", b"6": "findings"}
# Where each pane has something to show: in the middle of a block of its kind.
PLACES = {b"1": 530_000, b"2": 501_500, b"3": 548_000, b"4": 530_000, b"5": 530_000, b"6": 530_000}
GOAL = "goal: median 30, p99 60"


def single(terminal: Terminal, pane: bytes, keys: int) -> None:
    """Prints how long single steps take, from the key to the cursor's number on the screen."""
    go_to(terminal, pane)
    taken = []
    for n in range(PLACES[pane] + 1, PLACES[pane] + keys + 1):
        terminal.type(b"]")
        taken.append(terminal.wait_for(f"{n:,} of ".encode(), 5))
    print(f"scrubbing, pane {PANES[pane]}, {keys} keys: {figures(taken)} ({GOAL})")


def held(terminal: Terminal, pane: bytes, rate: int, seconds: float) -> None:
    """Prints how far the screen is behind a key pressed `rate` times a second, and how long it goes on after that."""
    go_to(terminal, pane)
    place = re.compile(rb"([\d,]+) of 1,")
    pressed: list[float] = []
    lags: list[tuple[float, float]] = []
    started = time.perf_counter()
    painted = b""
    for number in count(1):
        due = started + number / rate
        while (left := due - time.perf_counter()) > 0:
            painted = (painted + terminal.read(left))[-4096:]
            for found in place.findall(ESCAPE.sub(b"", painted))[-1:]:
                steps = int(found.replace(b",", b"")) - PLACES[pane]
                if 0 < steps <= len(pressed):
                    lags.append((time.perf_counter() - started, time.perf_counter() - pressed[steps - 1]))
                    painted = b""
        terminal.type(b"]")
        pressed.append(time.perf_counter())
        if number >= rate * seconds:
            break
    still = terminal.wait_for(f"{PLACES[pane] + len(pressed):,} of ".encode())
    still += terminal.settle(0.1)
    first, second = (median(lag for at, lag in lags if (at > seconds / 2) is later) * 1e3 for later in (False, True))
    behind = f"behind by {first:.0f} ms, in the second half {second:.0f} ms"
    print(f"held, {rate} keys/s, pane {PANES[pane]}: {behind}; stands still after {still * 1e3:.0f} ms (goal: 60)")


def go_to(terminal: Terminal, pane: bytes) -> None:
    terminal.press(pane)
    terminal.type(b":%d\r" % PLACES[pane])
    terminal.idle(0.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="1,000,000 events, as benchmarks/make_big.py makes them")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--panes", default="123456")
    arguments = parser.parse_args()
    panes = [b"%d" % int(pane) for pane in arguments.panes]
    with Terminal([*INSPECTOR, "open", arguments.file]) as terminal:
        terminal.wait_for(b"complete")
        terminal.idle()
        for pane in panes:
            single(terminal, pane, arguments.keys)
        for pane in panes:
            for rate in (30, 100):
                held(terminal, pane, rate, arguments.seconds)


if __name__ == "__main__":
    main()
