"""Large bodies through the proxy beside a stream with pings every 20 ms: ours beside mitmproxy's reverse mode.

    python benchmarks/bodies_beside_stream.py [--megabytes 100] [--mitmdump COMMAND]

Each body comes as fast as it is taken: batch results (JSON lines without a blank line), the same with gzip, one long
line of three times the size, events, blank lines. Printed for each: the stream's longest gap and how much that is above
direct, how long the body took, the proxy's peak memory, and how long after it came a piece of an unfinished line was on
the disk (it is waited for two seconds: mitmproxy writes at the end).
"""

import argparse
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from proxies import Proxy, options, running, upstream

_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_PACE_S = 0.02
_MARK = b"a-piece-that-nothing-follows"

Body = tuple[str, Callable[[], Iterator[bytes]]]
"""Its Content-Encoding, "" for none, and its pieces."""


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    arguments = parser.parse_args()
    compare(arguments, bodies(arguments.megabytes))


def bodies(megabytes: int) -> dict[str, Body]:
    row = b'{"custom_id":"%06d","result":{"type":"succeeded","message":{"content":[{"type":"text","text":"%b"}]}}}\n'
    rows = b"".join(row % (n, b"some text or other " * 12) for n in range(3200))
    event = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":%b}\n\n'
    events = event % b'{"type":"text_delta","text":"some more text"}' * 8000
    packed = gzip.compress(rows)
    return {
        f"{megabytes} MB of JSON lines": ("", lambda: repeated(rows, megabytes)),
        f"{megabytes} MB of JSON lines, gzip": ("gzip", lambda: repeated(packed, megabytes * len(packed) / len(rows))),
        f"{3 * megabytes} MB in one line": ("", lambda: repeated(b"x" * (1 << 20), 3 * megabytes)),
        f"{megabytes // 4} MB of events": ("", lambda: repeated(events, megabytes / 4)),
        "1 MB of blank lines": ("", lambda: iter([b"\n" * (1 << 20)])),
    }


def repeated(piece: bytes, megabytes: float) -> Iterator[bytes]:
    for _ in range(round(megabytes * 1e6 / len(piece))):
        yield piece


def compare(arguments: argparse.Namespace, bodies: Mapping[str, Body]) -> None:
    """Each body through each proxy, and direct, with a stream beside it."""
    for name, body in bodies.items():
        print(name, flush=True)
        with upstream(partial(serve, body=body)) as (port, _), running(arguments, port) as proxies:
            longest = 0.0
            for proxy in proxies:
                gap, took = beside(proxy.port)
                longest = longest or gap
                above = f"{gap / longest:5.1f} x direct, {(gap - longest) * 1e3:+7.1f} ms"
                text = f"  {proxy.name:10} gap {gap * 1e3:7.1f} ms ({above})  body in {took:6.2f} s"
                if proxy.process:
                    text += f"  peak {peak_mb(proxy):6.1f} MB  an unfinished line on disk {on_disk(proxy)}"
                print(text, flush=True)


def beside(port: int) -> tuple[float, float]:
    """The longest gap in the stream while the body comes and for a second after, and how long the body took; in s."""
    there, here = get_context("fork").Pipe()
    stream = connect(port, b"/stream")
    times = [read_head(stream)]
    stop = threading.Event()

    def pings() -> None:
        while not stop.is_set():
            stream.recv(1 << 16)
            times.append(time.monotonic())

    reading = threading.Thread(target=pings)
    reading.start()
    body = get_context("fork").Process(target=take, args=(port, there))
    body.start()
    took = here.recv()
    body.join()
    time.sleep(1)
    stop.set()
    reading.join()
    stream.close()
    return max(after - before for before, after in pairwise(times)), took


def take(port: int, to: Connection) -> None:
    start = time.monotonic()
    with connect(port, b"/body") as connection:
        while connection.recv(1 << 20):
            pass
    to.send(time.monotonic() - start)


def on_disk(proxy: Proxy) -> str:
    """How long it took a piece of an unfinished line to be in one of the proxy's files."""
    with connect(proxy.port, b"/piece") as connection:
        read_head(connection)
        data = b""
        while _MARK not in data:
            data += connection.recv(1 << 16)
        start = time.monotonic()
        while (passed := time.monotonic() - start) < 2:
            if any(_MARK in last_bytes(path) for path in proxy.folder.rglob("*") if path.is_file()):
                return f"after {passed * 1e3:.0f} ms"
    return "not within 2 s"


def last_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return file.read()


def peak_mb(proxy: Proxy) -> float:
    assert proxy.process
    status = Path(f"/proc/{proxy.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def connect(port: int, path: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"GET %b HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-encoding: gzip, br, zstd\r\n\r\n" % path)
    return connection


def read_head(connection: socket.socket) -> float:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1)
    return time.monotonic()


def serve(listener: socket.socket, to: Connection, body: Body) -> None:
    """The stream at /stream, the body at /body, a piece of a line at /piece; each in a thread."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, body), daemon=True).start()


def answer(connection: socket.socket, body: Body) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    coding, pieces = body
    try:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                if not (data := connection.recv(1 << 16)):
                    return
                request += data
            kind = b"application/x-jsonl" if b"/body" in request else b"text/event-stream"
            head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\nconnection: close\r\n" % kind
            if b"/body" in request:
                connection.sendall(head + (b"content-encoding: %b\r\n" % coding.encode() if coding else b"") + b"\r\n")
                for piece in pieces():
                    connection.sendall(piece)
            elif b"/piece" in request:
                connection.sendall(head + b"\r\n: " + _MARK)
                connection.recv(1)
            else:
                connection.sendall(head + b"\r\n")
                while True:
                    connection.sendall(_PING)
                    time.sleep(_PACE_S)
    except OSError:
        return


if __name__ == "__main__":
    main()
