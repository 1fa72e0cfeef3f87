"""How fast the screen answers, in a real pty: scrubbing through a large recording, and following a fast live one.

    python benchmarks/make_big.py 1000000 big.jsonl
    python benchmarks/screen.py big.jsonl

Goals: a key to its painted frame below 30 ms at the median and 60 ms at the 99th percentile; live at 10,000 events a
second the newest event on the screen within 100 ms, keys within 60 ms, and less than one core.
"""

import argparse
import re
import select
import sys
import tempfile
import threading
import time
from os import read, sysconf
from pathlib import Path
from statistics import median, quantiles

from terminal import ESCAPE, Terminal

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


def figures(values: list[float]) -> str:
    """Median and 99th percentile in ms."""
    return f"median {median(values) * 1e3:.0f} ms, p99 {quantiles(values, n=100)[98] * 1e3:.0f} ms"


def scrub(path: str, keys: int) -> None:
    """Prints how long single steps take, from the key to the cursor's number on the screen."""
    with Terminal([sys.executable, "-m", "inspector", "open", path]) as terminal:
        terminal.wait_for(b"complete")
        terminal.type(b"j")
        terminal.wait_for(b"1 of 1,000,000")
        taken = []
        for number in range(2, keys + 2):
            terminal.type(b"]")
            taken.append(terminal.wait_for(b"%s of 1,000,000" % f"{number:,}".encode(), 5))
        print(f"scrubbing, {keys} keys: {figures(taken)}")


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
        with Terminal([sys.executable, "-m", "inspector", "open", "--follow", str(path)]) as terminal:
            terminal.wait_for(b"live")
            before, source = cpu(terminal.process.pid), Source(path, rate, seconds)
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
                if not select.select([terminal.master], [], [], 0.05)[0]:
                    continue
                painted = ESCAPE.sub(b"", read(terminal.master, 1 << 16))
                now = time.perf_counter()
                if asked and (b"gap" in painted if pane == 1 else b"inding" in painted):
                    keys.append(now - asked)
                    asked = 0.0
                for found in _COUNT.findall(painted)[-1:]:
                    shown = int(found.replace(b",", b""))
                    if shown > 1:
                        ages.append(now - source.begun - shown / rate)
            cost = (cpu(terminal.process.pid) - before) / seconds
            halves = [median(part) * 1e3 for part in (ages[: len(ages) // 2], ages[len(ages) // 2 :])]
            print(f"live, {rate:,} events/s: age of the newest {figures(ages)}")
            print(f"live: median age in the first half {halves[0]:.0f} ms, in the second {halves[1]:.0f} ms")
            print(f"live: keys {figures(keys)}; {cost * 100:.0f} % of a core")


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has taken (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    scrub(arguments.file, arguments.keys)
    live(10_000, arguments.seconds)


if __name__ == "__main__":
    main()
