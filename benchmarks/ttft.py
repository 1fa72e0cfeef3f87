"""How true the recorded TTFT is: what each way of recording says, against the log of the server that sent the stream.

    python benchmarks/ttft.py [--recording FILE] [--rounds 5] [--only live-sync,live-async,demo,tap,proxy]

A replay server in a process of its own answers from a recording, and notes for each request when it had it whole, and
when the operating system had taken the first content delta. Every round is a new process for each way, as a user starts
it. `demo` serves itself: its log is the recording that it shows.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import orjson

from inspector.formats import open_exchange
from inspector.replay.answers import Answer, Answers
from inspector.replay.emission import Emission
from inspector.replay.server import serving

ROOT = Path(__file__).parents[1]
TAP = """
import sys, anthropic, inspector
client = inspector.tap(anthropic.Anthropic(base_url=sys.argv[1]), sys.argv[2])
message = {"role": "user", "content": "x"}
with client.messages.create(model="m", max_tokens=9, messages=[message], stream=True) as stream:
    for event in stream:
        pass
"""
PLAIN = TAP.replace("inspector.tap(anthropic.Anthropic(base_url=sys.argv[1]), sys.argv[2])", "anthropic.Anthropic()")


def main() -> None:
    """Prints the medians of each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", type=Path, default=ROOT / "recordings" / "thinking.jsonl")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(WAYS))
    options = parser.parse_args()
    print(f"TTFT of {options.recording.name} in ms, medians of {options.rounds} rounds")
    with running_server(options.recording) as (url, log):
        for way in options.only:
            pairs = [once(way, url, log, options.recording) for _ in range(options.rounds)]
            recorded, sent = (median(values) for values in zip(*pairs, strict=True))
            late = sorted(one - other for one, other in pairs)
            print(
                f"  {way:11} recorded {recorded:8.2f}  server {sent:8.2f}  ratio {recorded / sent:.4f}"
                f"  late by {median(late):+7.2f} ({late[0]:+.2f} to {late[-1]:+.2f})",
                flush=True,
            )


def once(way: str, url: str, log: Connection, source: Path) -> tuple[float, float]:
    """The recorded TTFT, and the server's, of one stream."""
    with tempfile.TemporaryDirectory() as folder:
        WAYS[way](url, Path(folder), source)
        (path,) = Path(folder).rglob("*.jsonl")
        recorded = ttft(path)
    return recorded, ttft(source) if way == "demo" else log.recv()


def ttft(path: Path) -> float:
    """What a recording says."""
    with open_exchange(str(path)) as exchange:
        found = exchange.view().metrics.ttft_ms
    assert found is not None
    return found


def live(how: str) -> Callable[[str, Path, Path], None]:
    """`inspector live` with one of the SDK's clients."""
    return lambda url, folder, source: inspector(
        "live", "hi", how, "--no-tui", "--base-url", url, "--record", str(folder / "a.jsonl")
    )


def demo(url: str, folder: Path, source: Path) -> None:
    """`inspector demo`."""
    inspector("demo", source.stem, "--no-tui", "--record", str(folder / "a.jsonl"))


def tap(url: str, folder: Path, source: Path) -> None:
    """A program that taps its client."""
    python("-c", TAP, url, str(folder))


def proxy(url: str, folder: Path, source: Path) -> None:
    """The same program, which knows nothing, behind `inspector run`."""
    command = [sys.executable, "-c", PLAIN]
    python("-m", "inspector", "run", "--dir", str(folder), "--", *command, ANTHROPIC_BASE_URL=url)


WAYS = {"live-sync": live("--sync"), "live-async": live("--async"), "demo": demo, "tap": tap, "proxy": proxy}


def inspector(*arguments: str) -> None:
    """Runs a command of ours."""
    python("-m", "inspector", *arguments)


def python(*arguments: str, **more: str) -> None:
    """Runs Python on the code in this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ANTHROPIC_API_KEY": "k", **more}
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True, cwd=ROOT)


@contextmanager
def running_server(recording: Path) -> Iterator[tuple[str, Connection]]:
    """Its base URL, and the TTFT of each request that it answered, as it saw it."""
    here, there = Pipe()
    process = get_context("spawn").Process(target=serve, args=(there, str(recording)), daemon=True)
    process.start()
    try:
        yield here.recv(), here
    finally:
        process.terminate()
        process.join()


class Logged(Answers):
    """Answers that tell when their first content was sent."""

    def __init__(self, to: Connection, path: str) -> None:
        super().__init__([open_exchange(path)])
        self._to = to

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """As always, and noted."""
        began = time.perf_counter_ns()
        answer = super().answer(method, target, body)
        return Answer(self._noted(answer.emissions, began), answer.label)

    def _noted(self, emissions: Iterator[Emission], began: int) -> Iterator[Emission]:
        told = False
        for due, what in emissions:
            yield due, what
            # Whoever asks for the next one has sent this one.
            if not told and isinstance(what, bytes) and has_content(what):
                told = True
                self._to.send((time.perf_counter_ns() - began) / 1e6)


def has_content(data: bytes) -> bool:
    """Whether a read of a recorded stream brings a content delta that is not empty."""
    values = [orjson.loads(line[6:]) for line in data.splitlines() if line.startswith(b"data: ")]
    deltas = [value["delta"] for value in values if value.get("type") == "content_block_delta"]
    return any(value for delta in deltas for key, value in delta.items() if key != "type")


def serve(to: Connection, path: str) -> None:
    """The server's process."""

    async def run() -> None:
        async with serving(Logged(to, path)) as url:
            to.send(url)
            await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    main()
