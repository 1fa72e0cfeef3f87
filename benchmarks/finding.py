"""How fast filters and searches answer on a large recording, in a real pty.

    python benchmarks/make_big.py 1000000 big.jsonl
    python benchmarks/finding.py big.jsonl

Goals: from enter (a search: from the last key typed) the first result on the screen within 100 ms, progress in sight
while it goes on, keys answered meanwhile, and the one that gives it up at once. What stands behind 900,000 events can
only be as fast as they are read through.
"""

import argparse
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from statistics import median

import orjson
from terminal import INSPECTOR, Terminal, figures

# Beside each filter: whether a line of the recording passes it.
FILTERS: dict[str, Callable[[bytes], bool]] = {
    "text_delta": lambda line: b'"type":"text_delta"' in line,
    "ping": lambda line: b'"event":"ping"' in line,
    "!thinking": lambda line: b"thinking" not in line,
    "block:9": lambda line: b'"index":9' in line,
    "text:naïve": lambda line: "naïve".encode() in line,
    "text:end_turn": lambda line: b"end_turn" in line,
}
NOWHERE = "nowhere-to-be-found"
PROGRESS = re.compile(rb"\d+%")
AT_ONCE = "goal: below 100 ms"


class Finding:
    """What is measured in one terminal, each `runs` times; every method prints its figures."""

    def __init__(self, terminal: Terminal, events: list[bytes], runs: int) -> None:
        self._terminal = terminal
        self._events = events
        self._runs = range(runs)

    def filter(self, text: str, passes: Callable[[bytes], bool]) -> None:
        """From enter to a row on the screen that was not there before, and to the last one found."""
        numbers = [n for n, line in enumerate(self._events, 1) if passes(line)]
        first = next(n for n in numbers if n > 100)
        row = re.compile(rb" %d +[\d,]+\.\d" % first)
        count = re.compile(f"{len(numbers):,} of {len(self._events):,}".encode() + rb"(?!, \d)")
        results, wholes = [], []
        for _ in self._runs:
            self._ask(b"f", text)
            self._terminal.type(b"\r")
            result, whole = self._terminal.wait_for_each(row, count)
            results.append(result)
            wholes.append(whole)
            self._terminal.press(b"F")
        whole_s = f"all in {median(wholes):.2f} s"
        print(
            f"filter {text!r}: first of {len(numbers):,} at event {first:,}: {figures(results)} ({AT_ONCE}); {whole_s}"
        )

    def search(self, text: str, n: int) -> None:
        """From the last key typed to the match at event n, and to the last match found."""
        at = re.compile(f"{n:,} of {len(self._events):,}".encode())
        done = re.compile(rb"\d/[\d,]+ +[^\d ]")
        results, wholes = [], []
        for _ in self._runs:
            self._ask(b"/", text[:-1])
            self._terminal.idle(0.1)
            self._terminal.type(text[-1].encode())
            result, whole = self._terminal.wait_for_each(at, done)
            results.append(result)
            wholes.append(whole)
            self._terminal.press(b"\x1b")
        what = f"search {text!r}: first match at event {n:,}"
        print(f"{what}: {figures(results)} ({AT_ONCE}); all in {median(wholes):.2f} s")

    def give_up(self, opens: bytes, enter: bytes, leaves: bytes, gone: bytes) -> None:
        """While nothing is found yet: to the first sign of progress, and from a key to what it brings back."""
        seen, left = [], []
        for _ in self._runs:
            self._ask(opens, NOWHERE[:-1])
            self._terminal.type(NOWHERE[-1:].encode() + enter)
            seen += self._terminal.wait_for_each(PROGRESS)
            self._terminal.type(leaves)
            left.append(self._terminal.wait_for(gone))
            self._terminal.press(b"F")
        name = {b"f": "filter", b"/": "search"}[opens]
        print(f"{name} that finds nothing: progress after {figures(seen)}; {leaves!r} gives it up in {figures(left)}")

    def _ask(self, key: bytes, text: str) -> None:
        self._terminal.press(key)
        self._terminal.press(text.encode())


def in_pieces(events: Iterable[bytes]) -> tuple[str, int]:
    """Words that came in two deltas of the first block, the last letter of which moves the first match; where it is."""
    pieces = []
    for n, line in enumerate(events, 1):
        data = orjson.loads(line)["data"]
        if data["type"] == "content_block_stop":
            break
        pieces += [(n, text) for key, text in data.get("delta", {}).items() if key in ("text", "thinking")]
    whole = "".join(text for _, text in pieces)
    place = 0
    for (n, text), (_, following) in pairwise(pieces):
        begun = text[-6:]
        words, start = begun + following[:6], place + len(text) - len(begun)
        place += len(text)
        plain = words.isascii() and words.replace(" ", "").isalpha() and words == words.lower()
        if plain and whole.find(words) == start and whole.find(words[:-1]) != start:
            return words, n
    raise ValueError("there are no such words")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    with arguments.file.open("rb") as file:
        events = [line for line in file if line.startswith(b'{"kind":"event"')]
    with Terminal([*INSPECTOR, "open", str(arguments.file)]) as terminal:
        terminal.wait_for(b"complete")
        terminal.idle()
        finding = Finding(terminal, events, arguments.runs)
        for text, passes in FILTERS.items():
            finding.filter(text, passes)
        finding.give_up(b"f", b"\r", b"F", b"message_start")
        finding.give_up(b"f", b"\r", b"\x1b", b"message_start")
        for text in ('"index":1', '"index":35'):
            finding.search(text, next(n for n, line in enumerate(events, 1) if text.encode() in line))
        finding.search(*in_pieces(events))
        finding.give_up(b"/", b"", b"\x1b", b"filter")


if __name__ == "__main__":
    main()
