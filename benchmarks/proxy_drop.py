"""What is kept of a connection that drops after 41 events, and what the client sees of it: ours beside two others.

    python benchmarks/proxy_drop.py [--events 41] [--mitmdump COMMAND] [--claude-tap COMMAND]

The upstream closes the connection in the middle of the 42nd event, once without the last chunk and once with a reset.
What is kept is looked for in everything that a proxy has written by the time it has ended.
"""

import re
import socket
import struct
import time
from functools import partial
from multiprocessing.connection import Connection

import httpx2
from proxies import BODY, HEAD, Proxy, chunk, options, read_request, running, upstream

_MARK = "event-{:04}-mark"
_MARKS = re.compile(rb"event-(\d{4})-mark")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--events", type=int, default=41)
    arguments = parser.parse_args()
    for how in ("cut", "reset"):
        print(f"the upstream's connection is {how} after {arguments.events} events")
        serving = partial(serve, events=arguments.events, with_reset=how == "reset")
        with upstream(serving) as (port, _), running(arguments, port) as proxies:
            for proxy in proxies:
                events, failure = ask(proxy.port)
                proxy.stop()
                kept = f", kept {kept_by(proxy)}" if proxy.process else ""
                print(f"  {proxy.name:12} the client got {events} events, then {failure}{kept}", flush=True)


def ask(port: int) -> tuple[int, str]:
    """How many events came, and what httpx2 raised then."""
    body = b""
    try:
        with httpx2.stream("POST", f"http://127.0.0.1:{port}/v1/messages", content=BODY, timeout=20) as response:
            for data in response.iter_raw():
                body += data
    except httpx2.HTTPError as error:
        return len(_MARKS.findall(body)), f"{type(error).__name__}: {error}"
    return len(_MARKS.findall(body)), f"a clean end (HTTP {response.status_code})"


def kept_by(proxy: Proxy) -> str:
    """The events in its files, and how it says that it ended."""
    written = b"".join(path.read_bytes() for path in sorted(proxy.folder.rglob("*")) if path.is_file())
    events = len(set(_MARKS.findall(written)))
    ends = re.findall(rb'"kind":"end".*', written)
    return f"{events} events" + (f", and {ends[-1].decode()}" if ends else "")


def serve(listener: socket.socket, to: Connection, events: int, with_reset: bool) -> None:
    texts = [_MARK.format(n) for n in range(events)]
    frames = [
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta",'
        b'"text":"%b"}}\n\n' % text.encode()
        for text in texts
    ]
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not read_request(connection):
                continue
            connection.sendall(HEAD)
            for frame in frames:
                connection.sendall(chunk(frame))
                time.sleep(0.005)
            connection.sendall(b"100\r\nevent: content_block")
            time.sleep(0.2)
            if with_reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


if __name__ == "__main__":
    main()
