"""What `inspector.tap` costs: CPU of the whole process while the real SDK iterates, tapped against bare.

    python benchmarks/tap.py [--pairs 15] [--events 5000]

A server in another process sends the events, one chunk each, as fast as they are taken. Each pair is one bare and one
tapped pass over the same events, in turn; a second bare client beside them is the control. The times of all pairs are
summed, garbage collection included; both must be read beside the control.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import anthropic

import inspector

MESSAGES = [{"role": "user", "content": "x"}]
REQUEST: dict[str, Any] = {"model": "m", "max_tokens": 1, "messages": MESSAGES, "stream": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--events", type=int, default=5000)
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, options.events), daemon=True)
    server.start()
    url = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        for name, measure in (("sync", measure_sync), ("async", measure_async)):
            bare, tapped, control = measure(url, Path(folder, name), options.pairs, options.events)
            events = options.pairs * options.events
            print(
                f"{name:5}  bare {bare / events * 1e6:5.1f} µs an event"
                f"  tapped {tapped / events * 1e6:5.1f} (ratio {tapped / bare:.3f})"
                f"  bare again {control / events * 1e6:5.1f} (ratio {control / bare:.3f})"
            )
    server.terminate()


def measure_sync(url: str, folder: Path, pairs: int, events: int) -> tuple[float, float, float]:
    clients = [anthropic.Anthropic(api_key="k", base_url=url) for _ in range(3)]
    inspector.tap(clients[1], folder)

    def once(client: anthropic.Anthropic) -> None:
        count = sum(1 for _ in client.messages.create(**REQUEST))
        assert count == events, count

    return _rounds([lambda client=client: once(client) for client in clients], folder, pairs)


def measure_async(url: str, folder: Path, pairs: int, events: int) -> tuple[float, float, float]:
    clients = [anthropic.AsyncAnthropic(api_key="k", base_url=url) for _ in range(3)]
    inspector.tap(clients[1], folder)

    async def once(client: anthropic.AsyncAnthropic) -> None:
        count = 0
        async for _ in await client.messages.create(**REQUEST):
            count += 1
        assert count == events, count

    with asyncio.Runner() as runner:
        return _rounds([lambda client=client: runner.run(once(client)) for client in clients], folder, pairs)


def _rounds(passes: list[Callable[[], None]], folder: Path, pairs: int) -> tuple[float, float, float]:
    for one in passes:
        one()
    spent = [0.0, 0.0, 0.0]
    for pair in range(pairs):
        # In another order each time, so that none always follows the same one.
        for number in ((0, 1, 2), (1, 2, 0), (2, 0, 1))[pair % 3]:
            before = time.process_time()
            passes[number]()
            spent[number] += time.process_time() - before
    recorded = list(folder.iterdir())
    assert len(recorded) == pairs + 1, len(recorded)
    assert all('"reason":"complete"' in path.read_text().splitlines()[-1] for path in recorded)
    return spent[0], spent[1], spent[2]


def serve(to: Connection, events: int) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    to.send(f"http://127.0.0.1:{listener.getsockname()[1]}")
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "some more text "}}
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
    whole = [
        {"type": "message_start", "message": {**start, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *[delta] * (events - 4),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_stop"},
    ]
    frames = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in whole]
    chunks = [b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    while True:
        connection, _ = listener.accept()
        with connection:
            data = b""
            while b'"stream":true' not in data:
                data += connection.recv(65536)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(head.replace(b"chunked\r\n", b"chunked\r\nconnection: close\r\n"))
            for chunk in chunks:
                connection.sendall(chunk)
            connection.sendall(b"0\r\n\r\n")


if __name__ == "__main__":
    main()
