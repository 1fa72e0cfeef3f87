"""How much later each event comes through a recording proxy: ours beside mitmproxy's reverse mode and claude-tap.

    python benchmarks/proxy_latency.py [--recording FILE] [--rounds 4] [--mitmdump COMMAND] [--claude-tap COMMAND]

A bare server sends the events of a recording, one chunk each, at the recorded pace and then at 5,000 a second; a bare
client notes when each is whole. Both share a clock, so send-to-receive is measured for every event. All proxies are up
all the time and take turns; of each run the median counts. Direct is the same without a proxy.
"""

import socket
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles

from proxies import HEAD, REQUEST, chunk, frames_of, options, read_request, running, upstream

_FAST = 5000


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--recording", type=Path, default=Path(__file__).parents[1] / "recordings" / "thinking.jsonl")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--events", type=int, default=5000, help="how many are sent at 5,000 a second")
    arguments = parser.parse_args()
    frames, times = frames_of(arguments.recording)
    many = [frames[n % len(frames)] for n in range(arguments.events)]
    paces = {
        "recorded pace": (frames, [t_ns - times[0] for t_ns in times]),
        "5,000 events/s": (many, [n * 1_000_000_000 // _FAST for n in range(arguments.events)]),
    }
    for pace, (sent, due) in paces.items():
        serving = partial(serve, frames=sent, due=due)
        with upstream(serving) as (port, server), running(arguments, port) as proxies:
            medians: dict[str, list[float]] = {proxy.name: [] for proxy in proxies}
            slowest: dict[str, list[float]] = {proxy.name: [] for proxy in proxies}
            for _ in range(arguments.rounds):
                for proxy in proxies:
                    delays = measure(proxy.port, len(sent), server)
                    medians[proxy.name].append(median(delays))
                    slowest[proxy.name].append(quantiles(delays, n=100)[98])
        print(f"{pace}: {len(sent):,} events, {arguments.rounds} rounds, ms from sent to received")
        for name, values in medians.items():
            above = min(values) - min(medians["direct"])
            middle = median(values) - median(medians["direct"])
            print(
                f"  {name:12} p50 best {min(values):6.3f}, median {median(values):6.3f}"
                f"  above direct {above:+.3f} / {middle:+.3f}  p99 best {min(slowest[name]):7.2f}",
                flush=True,
            )


def measure(port: int, events: int, server: Connection) -> list[float]:
    """The ms between sending and receiving of each event."""
    received: list[int] = []
    last = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(REQUEST)
        while len(received) < events:
            data = connection.recv(1 << 18)
            now = time.monotonic_ns()
            assert data, f"{len(received)} of {events} events came"
            # The framing of chunks holds no two LF in a row, the frames end with them.
            received += [now] * (last + data).count(b"\n\n")
            last = data[-1:]
    sent = server.recv()
    return [(came - went) / 1e6 for came, went in zip(received, sent, strict=True)]


def serve(listener: socket.socket, to: Connection, frames: list[bytes], due: list[int]) -> None:
    chunks = list(map(chunk, frames))
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            if not read_request(connection):
                continue
            connection.sendall(HEAD.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
            sent = []
            start = time.monotonic_ns() + 20_000_000
            for piece, after in zip(chunks, due, strict=True):
                if (wait := start + after - time.monotonic_ns()) > 0:
                    time.sleep(wait / 1e9)
                sent.append(time.monotonic_ns())
                connection.sendall(piece)
            connection.sendall(b"0\r\n\r\n")
        to.send(sent)


if __name__ == "__main__":
    main()
