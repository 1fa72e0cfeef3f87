"""How truly a recorded stream is replayed at speed 1, through the proxy that recorded it and back.

    python benchmarks/replay_accuracy.py [--recording FILE] [--rounds 3]

A bare server sends a recording's events at their pace through the proxy. What the proxy recorded is then served by
`inspector serve` and received by a bare client. Compared: every byte, the total time, and for each event how far its
time since the first one is from the recorded one.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import quantiles

from proxies import REQUEST, frames_of, free_port, running, upstream
from proxy_latency import measure, serve

_ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recording", type=Path, default=_ROOT / "recordings" / "thinking.jsonl")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    frames, times = frames_of(arguments.recording)
    alone = argparse.Namespace(mitmdump=None, claude_tap=None)
    serving = partial(serve, frames=frames, due=[t_ns - times[0] for t_ns in times])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "captured.jsonl")
        with upstream(serving) as (port, server), running(alone, port) as (_, proxy):
            measure(proxy.port, len(frames), server)
            proxy.stop()
            (captured,) = proxy.folder.rglob("*.jsonl")
            path.write_bytes(captured.read_bytes())
        expected, recorded = frames_of(path)
        assert expected == frames, "the recording differs"
        took_s = (recorded[-1] - recorded[0]) / 1e9
        print(f"{len(frames)} events over {took_s:.2f} s, recorded by the proxy; replayed at speed 1:")
        with replaying(path) as port:
            for _ in range(arguments.rounds):
                body, came = receive(port, len(frames))
                off = [abs((t - came[0]) - (r - recorded[0])) / 1e6 for t, r in zip(came, recorded, strict=True)]
                total = (came[-1] - came[0]) / (recorded[-1] - recorded[0])
                same = "every byte" if body == b"".join(frames) else "BYTES DIFFER"
                hundredths = quantiles(off, n=100)
                print(
                    f"  {same}, total time {100 * (total - 1):+.3f} %,"
                    f" each off by p50 {hundredths[49]:.2f} ms, p99 {hundredths[98]:.2f} ms, at most {max(off):.2f} ms"
                )


class replaying:
    """`inspector serve` on this recording; its port."""

    def __init__(self, path: Path) -> None:
        self._port = free_port()
        command = [sys.executable, "-m", "inspector", "serve", str(path), "--port", str(self._port)]
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self) -> int:
        assert self._process.stdout
        self._process.stdout.readline()
        return self._port

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()


def receive(port: int, events: int) -> tuple[bytes, list[int]]:
    """The body, and when each event was whole."""
    came: list[int] = []
    data = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(REQUEST)
        while not data.endswith(b"\r\n0\r\n\r\n"):
            last = data[-1:]
            more = connection.recv(1 << 18)
            now = time.monotonic_ns()
            assert more, "the stream was cut"
            came += [now] * (last + more).count(b"\n\n")
            data += more
    return dechunked(data.partition(b"\r\n\r\n")[2]), came[:events]


def dechunked(data: bytes) -> bytes:
    body = b""
    while True:
        size, _, rest = data.partition(b"\r\n")
        if not (length := int(size, 16)):
            return body
        body, data = body + rest[:length], rest[length + 2 :]


if __name__ == "__main__":
    main()
