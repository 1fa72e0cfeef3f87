"""Many chat streams at once through one `inspector chat`: does any stall for longer than its upstream does?

    python -m benchmarks.chat_load [STREAMS] [DELTAS_PER_SECOND] [DELTAS]

Three processes: an upstream that sends each stream a delta every 1/DELTAS_PER_SECOND s, the chat, and a client that
reads all streams. For each stream the longest gap between two deltas is taken on both sides: as it was sent and as it
was read. With the upstream's events (what the page asks for) and without.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

RAMP_S = 10.0
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def sse(event: dict[str, Any]) -> bytes:
    data = json.dumps(event, separators=(",", ":"))
    frame = f"event: {event['type']}\ndata: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(frame), frame)


START = sse(
    {
        "type": "message_start",
        "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    }
) + sse({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})  # fmt: skip
DELTA = sse({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " token"}})
END = (
    sse({"type": "content_block_stop", "index": 0})
    + sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}})
    + sse({"type": "message_stop"})
    + b"0\r\n\r\n"
)


def longest(times: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(times))


def upstream(pipe: Connection, rate: float, deltas: int) -> None:
    """Answers every request with `deltas` deltas; tells the longest gap of each stream when asked."""
    gaps: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(size)
                writer.write(HEAD + START)
                times = []
                due = time.monotonic()
                for _ in range(deltas):
                    due += 1 / rate
                    await asyncio.sleep(due - time.monotonic())
                    times.append(time.monotonic())
                    writer.write(DELTA)
                writer.write(END)
                gaps.append(longest(times))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2048)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        pipe.send(gaps)

    asyncio.run(serve())


async def read(host: str, port: int, query: str) -> tuple[float, int]:
    """The longest gap between two deltas, and how many came."""
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 20)
    writer.write(f"GET /chat?message=hi{query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
    times: list[float] = []
    count = 0
    done = False
    while data := await reader.read(1 << 16):
        if new := data.count(b"event: text\n"):
            times.append(time.monotonic())
            count += new
        done = done or b"event: done" in data
    writer.close()
    if not done:
        raise SystemExit("a stream did not end well: " + data[:200].decode())
    return longest(times), count


async def read_all(port: int, streams: int, query: str) -> list[tuple[float, int]]:
    tasks = []
    for _ in range(streams):
        tasks.append(asyncio.create_task(read("127.0.0.1", port, query)))
        # They begin one after the other, as people do not all press at once.
        await asyncio.sleep(RAMP_S / streams)
    return list(await asyncio.gather(*tasks))


@contextmanager
def chat_process(base_url: str, folder: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """`inspector chat` in front of this upstream: its address and its process."""
    environment = {**os.environ, "ANTHROPIC_API_KEY": "none", "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-m", "inspector", "chat", "--port", "0", "--base-url", base_url, "--dir", folder]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as chat:
        assert chat.stdout
        yield chat.stdout.readline().split()[-1], chat
        chat.terminate()


def run(streams: int, rate: float, deltas: int, query: str, folder: str) -> str:
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=upstream, args=(theirs, rate, deltas))
    server.start()
    base_url = f"http://127.0.0.1:{mine.recv()}"
    with chat_process(base_url, folder) as (url, chat):
        port = int(url.rpartition(":")[2])
        asyncio.run(read_all(port, 1, query))
        began = time.monotonic()
        read_gaps = asyncio.run(read_all(port, streams, query))
        took = time.monotonic() - began
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        chat.send_signal(signal.SIGTERM)
        chat.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    mine.send(None)
    sent = mine.recv()[-streams:]
    server.join()
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    events = sum(count for _, count in read_gaps)
    assert events == streams * deltas
    down = sorted(gap for gap, _ in read_gaps)
    up = sorted(sent)
    median, p99 = statistics.median(down), down[int(len(down) * 0.99)]
    gaps = f"{max(up):.3f} s | {median:.3f} s | {p99:.3f} s | {max(down):.3f} s"
    return f"{events / took:,.0f} | {gaps} | {cpu / events * 1e6:.0f} µs | {used.ru_maxrss / 1024:.0f} MB"


def main() -> None:
    streams, rate, deltas = (int(arg) for arg in (*sys.argv[1:4], *("500", "10", "200")[len(sys.argv) - 1 :]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    print(f"{streams} streams, each {deltas} deltas, {rate} a second; longest gap of each stream:")
    print("| | events/s | sent, worst | read, median | read, p99 | read, worst | CPU an event | memory |")
    print("|---|---|---|---|---|---|---|---|")
    for name, query in (("chat only", ""), ("with the upstream's events", "&upstream=1")):
        with tempfile.TemporaryDirectory() as folder:
            print(f"| {name} | {run(streams, rate, deltas, query, folder)} |", flush=True)


if __name__ == "__main__":
    main()
