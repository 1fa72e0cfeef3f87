"""200 streams at once through the proxy for a minute: every byte compared, on the wire and in the recordings.

    python benchmarks/proxy_soak.py [--streams 200] [--seconds 60] [--pace 20]

Each client asks for one stream after the other, each of about three seconds at --pace events a second, with text that
no other stream has. Printed: streams, those that differ or are lost, and the proxy's memory and CPU every five seconds.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from socket import socket

from proxies import HEAD, chunk, running, upstream

_EVENTS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pace", type=float, default=20)
    arguments = parser.parse_args()
    alone = Namespace(mitmdump=None, claude_tap=None)
    pace = arguments.pace
    with (
        upstream(lambda listener, to: asyncio.run(serve(listener, pace))) as (port, _),
        running(alone, port) as (_, proxy),
    ):
        assert proxy.process
        asked = asyncio.run(soak(proxy.port, proxy.process.pid, arguments))
        proxy.stop()
        compare(proxy.folder, asked)


async def soak(port: int, process: int, arguments: argparse.Namespace) -> list[str]:
    until = time.monotonic() + arguments.seconds
    asked: list[str] = []
    wrong: list[str] = []

    async def client(number: int) -> None:
        # Spread over the time that a stream takes.
        await asyncio.sleep(number / arguments.streams * _EVENTS / arguments.pace)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = 0
        while time.monotonic() < until:
            name = f"{number}-{turn}"
            turn += 1
            body = json.dumps({"model": name, "stream": True}).encode()
            writer.write(
                b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
            )
            expected = HEAD + b"".join(map(chunk, frames(name))) + b"0\r\n\r\n"
            asked.append(name)
            try:
                if await reader.readexactly(len(expected)) != expected:
                    wrong.append(name)
            except (asyncio.IncompleteReadError, OSError):
                wrong.append(name)
                return
        writer.close()

    async def watch() -> None:
        while True:
            print(
                f"  {len(asked):6,} streams begun, memory {resident_mb(process):6.1f} MB, CPU {cpu_s(process):6.1f} s",
                flush=True,
            )
            await asyncio.sleep(5)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(client(number) for number in range(arguments.streams)))
    watching.cancel()
    print(f"on the wire: {len(asked):,} streams, {len(wrong)} differ or were lost {wrong[:5]}")
    return asked


def compare(folder: Path, asked: list[str]) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from inspector.formats import open_exchange

    bodies: dict[str, bytes] = {}
    for path in folder.rglob("*.jsonl"):
        with open_exchange(str(path)) as exchange:
            assert exchange.request
            assert (exchange.index.end or {}).get("reason") == "complete"
            bodies[exchange.request["body"]["model"]] = exchange.body()
    differ = [name for name in asked if bodies.get(name) != b"".join(frames(name))]
    print(f"recorded: {len(bodies):,} streams, {len(differ)} differ or are missing {differ[:5]}")


def frames(name: str) -> Iterator[bytes]:
    for n in range(_EVENTS - 1):
        delta = {"type": "text_delta", "text": f"stream {name}, event {n} " + "é" * 20}
        event = {"type": "content_block_delta", "index": 0, "delta": delta}
        yield f"event: content_block_delta\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
    yield b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


async def serve(listener: socket, pace: float) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                )
                name = json.loads(await reader.readexactly(length))["model"]
                writer.write(HEAD)
                for frame in frames(name):
                    writer.write(chunk(frame))
                    await writer.drain()
                    await asyncio.sleep(1 / pace)
                writer.write(b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(connected, sock=listener)
    await server.serve_forever()


def resident_mb(process: int) -> float:
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(process: int) -> float:
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
