"""How long `inspector open` on a small recording takes to its first frame, beside an empty Textual app.

    python benchmarks/start.py recordings/tool-use.jsonl

Each starts in a real pty, in turn. The goal is a first frame within 1.2 times the empty app's. Ours comes in steps:
the first rows, painted by hand while the toolkit is imported; the toolkit's first frame; everything in its place, the
findings of the rules included.
"""

import argparse
import sys
import time
from statistics import median

from terminal import ESCAPE, INSPECTOR, Terminal

EMPTY = [sys.executable, "-c", "from textual.app import App\nclass Empty(App): pass\nEmpty().run()"]
# The toolkit asks for pasted text to be marked just before it paints.
READY = b"\x1b[?2004h"
# A frame paints every cell.
FRAME = 120 * 36
GOAL = 1.2


def first_frame(terminal: Terminal) -> float:
    """Seconds from the start until the toolkit has painted a whole frame."""
    painted = b""
    while piece := terminal.read(30):
        painted += piece
        frame = painted.partition(READY)[2].decode("utf-8", "replace").encode("ascii", "replace")
        if len(ESCAPE.sub(b"", frame)) >= FRAME:
            return time.perf_counter() - terminal.started
    raise TimeoutError(f"no frame was painted: {painted[-300:]!r}")


def empty() -> float:
    with Terminal(EMPTY) as terminal:
        return first_frame(terminal)


def ours(file: str) -> tuple[float, float, float]:
    """Seconds to the first rows, to the toolkit's first frame, and until nothing more is painted."""
    with Terminal([*INSPECTOR, "open", file]) as terminal:
        terminal.wait_for(b"message_start")
        rows = time.perf_counter() - terminal.started
        frame = first_frame(terminal)
        shown = time.perf_counter() - terminal.started
        return rows, frame, shown + terminal.settle(0.4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--pairs", type=int, default=15)
    arguments = parser.parse_args()
    pairs = [(empty(), ours(arguments.file)) for _ in range(arguments.pairs)]
    base = median(seconds for seconds, _ in pairs)
    print(f"an empty app's first frame: {base * 1e3:.0f} ms (median of {len(pairs)})")
    for at, what in enumerate(("first rows", "first frame of the toolkit", "all in its place")):
        seconds = median(moments[at] for _, moments in pairs)
        goal = f" (goal: {GOAL})" if not at else ""
        print(f"{what}: {seconds * 1e3:.0f} ms, {seconds / base:.2f} times the empty app's{goal}")


if __name__ == "__main__":
    main()
