"""How long until the first rows of a large recording are on the screen, beside lnav and toolong on the same file.

    python benchmarks/make_big.py 1000000 big.jsonl
    python benchmarks/open.py big.jsonl --toolong path/to/tl

Each program runs in a real pty, in turn, and the medians are compared. lnav: Debian's; toolong: PyPI, in an environment
of its own because it needs another version of textual. Also printed: peak memory
at that moment, how long our own index takes, and the way to the end and back.
"""

import argparse
import shutil
import sys
from statistics import median

from terminal import Terminal

# A word in the first rows that the program paints; lnav and toolong show the recording's lines as they are.
_FIRST = {"inspector": b"message_start", "lnav": b'"kind"', "toolong": b'"kind"'}


def travel(command: list[str]) -> None:
    """Prints what it takes us to index the file, to go to its end, and back."""
    with Terminal(command) as terminal:
        terminal.wait_for(b"message_start")
        indexed = terminal.wait_for(b"complete")
        terminal.type(b"G")
        there = terminal.wait_for(b"message_stop")
        terminal.type(b"g")
        back = terminal.wait_for(b"message_start")
        print(
            f"inspector  indexed in {indexed:.2f} s, to the end in {there * 1e3:.0f} ms, back in {back * 1e3:.0f} ms, "
            f"peak memory {terminal.memory() / 1e6:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lnav", default=shutil.which("lnav"))
    parser.add_argument("--toolong", default=shutil.which("tl"))
    arguments = parser.parse_args()
    programs = {"inspector": [sys.executable, "-m", "inspector", "open", arguments.file]}
    if arguments.lnav:
        programs["lnav"] = [arguments.lnav, arguments.file]
    if arguments.toolong:
        programs["toolong"] = [arguments.toolong, arguments.file]
    travel(programs["inspector"])
    results: dict[str, list[tuple[float, int]]] = {name: [] for name in programs}
    for _ in range(arguments.runs):
        for name, command in programs.items():
            with Terminal(command) as terminal:
                results[name].append((terminal.wait_for(_FIRST[name]), terminal.memory()))
    for name, measured in results.items():
        seconds = [shown for shown, _ in measured]
        memory = max(peak for _, peak in measured) / 1e6
        print(
            f"{name:10} first rows: median {median(seconds):.2f} s "
            f"({min(seconds):.2f}-{max(seconds):.2f}), {memory:.0f} MB"
        )
    ours = median(shown for shown, _ in results["inspector"])
    for name in programs.keys() - {"inspector"}:
        print(f"inspector / {name}: {ours / median(shown for shown, _ in results[name]):.2f}")


if __name__ == "__main__":
    main()
