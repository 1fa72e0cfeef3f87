"""How fast the screen stays on streams that are too much for it, in a real pty.

    python benchmarks/hostile.py [--only NAME]

Goals: every key below 60 ms at the median and 150 ms at worst. Each key is timed from the press until the screen stands
still; "at rest" are keys pressed in the very moment in which the panes do what takes them longer.
"""

import argparse
import re
import tempfile
import time
from pathlib import Path
from statistics import median

from hostile_streams import STREAMS, write_all
from terminal import ESCAPE, INSPECTOR, Terminal

MEDIAN_MS, WORST_MS = 60, 150
PLACES = (b"g", b":50%\r", b"G", b"\x1b")
PANES = b"123456"
STEPS = (
    b"[",
    b"]",
    b"j",
    b"k",
    b"\x1b[5~",
    b"\x1b[6~",
    b"b",
    b"B",
    b"t",
    b"T",
    b"d",
    b"D",
    b"e",
    b"E",
    b"J",
    b"K",
    b"x",
)
FINDING = (b"/", b"e", b"n", b"\r", b"n", b"N", b"f", b"block:9999", b"\r", b"G", b"k", b"F")
LAYOUT = (b"z", b"G", b"z", b"Z", b"Z", b"\t", b"r", b"G", b"g", b"\x1b")
COPIES = b"yeyrytymyc"
# What a terminal would obey, beside what the toolkit itself sends; line ends only part lines of a frame.
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
REST_S = 0.28
ENDLESS_S = 5
# A key after which nothing is painted for so long changes nothing.
NOTHING_S = 0.5


class Typist:
    """Presses keys and keeps what each took, in seconds."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.taken: list[tuple[float, str]] = []
        self.odd: set[str] = set()

    def press(self, keys: bytes, where: str = "", pause: float = REST_S + 0.1, answered: bool = False) -> None:
        """Presses a key once the panes are at rest; one that was slow twice more (what it toggles is as before).

        `answered`: what is timed is the first answer, where what follows it goes on for as long as there is to do.
        """
        time.sleep(pause)
        jump = keys.startswith(b":")
        if jump:
            # Of what is typed into the prompt, the key that ends it.
            self._terminal.press(keys[:-1])
            keys, where = keys[-1:], f"{keys!r} {where}"
        taken = [self._time(keys, answered)]
        if not (answered or jump) and taken[0] * 1e3 > WORST_MS:
            for _ in range(2):
                self._terminal.idle(0.5)
                taken.append(self._time(keys))
        if median(taken):
            self.taken.append((median(taken), f"{keys!r} {where}"))

    def _time(self, keys: bytes, answered: bool = False) -> float:
        """Seconds until the screen stands still (or has answered), 0 where the key changes nothing."""
        self._terminal.type(keys)
        started = time.perf_counter()
        last, painted = 0.0, b""
        while last < ENDLESS_S and (piece := self._terminal.read(0.1 if painted else NOTHING_S)):
            if not (answered and painted):
                last = time.perf_counter() - started
            painted += piece
        self.odd.update(OBEYED.findall(ESCAPE.sub(b"", painted).decode("utf-8", "replace")))
        # Esc alone is told from an escape sequence by a pause of the toolkit's.
        return max(0.0, last - (0.1 if keys == b"\x1b" else 0.0))

    def report(self, what: str) -> None:
        """Prints the figures of what was pressed since the last report."""
        seconds = [taken for taken, _ in self.taken]
        slow = sorted((entry for entry in self.taken if entry[0] * 1e3 > WORST_MS), reverse=True)[:4]
        worst, key = max(self.taken)
        verdict = "ok  " if median(seconds) * 1e3 < MEDIAN_MS and not slow else "SLOW"
        print(f"  {verdict} {what}: median {median(seconds) * 1e3:.0f} ms, worst {worst * 1e3:.0f} ms ({key.strip()})")
        if self.odd:
            print(f"       SENT TO THE TERMINAL: {sorted(map(ascii, self.odd))}")
        for taken, key in slow[1:]:
            print(f"         {taken * 1e3:.0f} ms {key}")
        self.taken = []
        self.odd = set()


def measure(name: str, path: Path) -> None:
    """Every kind of key, at the start, in the middle, at the end and without a cursor, with every pane."""
    started = time.perf_counter()
    with Terminal([*INSPECTOR, "open", str(path)]) as terminal:
        terminal.wait_for(b"timeline")
        shown = time.perf_counter() - started
        terminal.idle()
        print(f"{name}: {path.stat().st_size / 1e6:.1f} MB, open in {shown * 1e3:.0f} ms")
        typist = Typist(terminal)
        for place in PLACES:
            for pane in PANES:
                typist.press(place, f"pane {chr(pane)}")
                typist.press(bytes([pane]), f"at {place!r}")
        typist.report("panes")
        for pane in PANES:
            typist.press(bytes([pane]))
            typist.press(b":50%\r")
            for key in STEPS:
                typist.press(key, f"pane {chr(pane)}")
        typist.report("steps")
        for pane in PANES:
            typist.press(bytes([pane]))
            for place in (b":50%\r", b"G"):
                typist.press(place)
                for key in b"[[[]]":
                    typist.press(bytes([key]), f"pane {chr(pane)} at {place!r}", pause=REST_S - 0.1)
        typist.report("at rest")
        for key in (b"1", b"g", *FINDING):
            typist.press(key, answered=True)
        typist.report("finding, to the first answer")
        for key in LAYOUT:
            typist.press(key)
        typist.report("layout, request")
        typist.press(b":4\r")
        for key in COPIES:
            typist.press(bytes([key]))
        typist.report("copying")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=STREAMS, help="one of the streams")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, path in write_all(Path(folder)).items():
            if arguments.only in (None, name):
                measure(name, path)


if __name__ == "__main__":
    main()
