"""How fast the screen follows a fast live recording, in a real pty. Run from the repository's folder.

    python benchmarks/screen.py

Goals, at 10,000 events a second: the newest event on the screen within 100 ms, keys within 60 ms, and less than one
core. The screen's other figures: scrubbing.py, finding.py, start.py, open.py, hostile.py.
"""

import argparse
import re
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from terminal import ESCAPE, INSPECTOR, Terminal, figures

_COUNT = re.compile(rb"([\d,]+) events")
_LINE = (
    b'{"kind":"event","t_ns":%d,"read":%d,"event":"content_block_delta",'
    b'"data":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word%d "}}}\n'
)
_HEAD = (
    b'{"kind":"recording","version":1,"source":{"kind":"synthetic","clock":"arrival"}}\n'
    b'{"kind":"event","t_ns":0,"read":1,"event":"content_block_start",'
    b'"data":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}}\n'
)


class Source(threading.Thread):
    """Appends events to a recording at a steady rate; `written` holds (when, how many events there are)."""

    def __init__(self, path: Path, rate: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self.path, self.rate, self.seconds = path, rate, seconds
        self.begun = time.perf_counter()

    def run(self) -> None:
        count = 1
        with self.path.open("ab", buffering=0) as file:
            self.begun = time.perf_counter()
            while (passed := time.perf_counter() - self.begun) < self.seconds:
                due = int(passed * self.rate)
                lines = [_LINE % (n * 100_000, n, n) for n in range(count + 1, due + 1)]
                count = max(count, due)
                file.write(b"".join(lines))
                time.sleep(0.005)


def live(rate: int, seconds: float) -> None:
    """Prints how old the newest event on the screen is, how long keys take, and what it costs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "live.jsonl"
        path.write_bytes(_HEAD)
        with Terminal([*INSPECTOR, "open", "--follow", str(path)]) as terminal:
            terminal.wait_for(b"live")
            before, source = terminal.cpu(), Source(path, rate, seconds)
            source.start()
            ages: list[float] = []
            keys: list[float] = []
            asked = 0.0
            pane = 0
            while source.is_alive():
                if not asked and time.perf_counter() - source.begun > 0.5 * (len(keys) + 1):
                    pane = pane % 2 + 1
                    terminal.type(b"%d" % (4 + pane))
                    asked = time.perf_counter()
                painted = ESCAPE.sub(b"", terminal.read(0.05))
                now = time.perf_counter()
                if asked and (b"gap" in painted if pane == 1 else b"inding" in painted):
                    keys.append(now - asked)
                    asked = 0.0
                for found in _COUNT.findall(painted)[-1:]:
                    shown = int(found.replace(b",", b""))
                    if shown > 1:
                        ages.append(now - source.begun - shown / rate)
            cost = (terminal.cpu() - before) / seconds
            halves = [median(part) * 1e3 for part in (ages[: len(ages) // 2], ages[len(ages) // 2 :])]
            print(f"live, {rate:,} events/s: age of the newest {figures(ages)}")
            print(f"live: median age in the first half {halves[0]:.0f} ms, in the second {halves[1]:.0f} ms")
            print(f"live: keys {figures(keys)}; {cost * 100:.0f} % of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    live(10_000, arguments.seconds)


if __name__ == "__main__":
    main()
