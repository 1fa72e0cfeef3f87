"""From an upstream delta to the browser's callback: how long, with and without nginx.

    python -m benchmarks.chat_latency [DELTAS]

Each delta's text is the time at which the upstream sends it; the page's own readers, in headless Chromium, take the
time at which the callback has it. Everything runs on this machine, so both read one clock.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.chat_load import END, HEAD, START, chat_process, sse
from tests.web.nginx import NGINX, nginx
from tests.web.test_browser import CHROMIUM, FLAGS

EVERY_S = 0.02
UNBUFFERED = ("proxy_http_version 1.1", 'proxy_set_header Connection ""', "proxy_buffering off")
GZIP = ("gzip on", "gzip_types text/event-stream", "gzip_min_length 0")
FRONTS: dict[str, tuple[str, ...] | None] = {
    "no nginx": None,
    "nginx, its defaults": (),
    "nginx, HTTP/1.1, proxy_buffering off": UNBUFFERED,
    "nginx, gzip": GZIP,
}
READ = """async (reader) => {
    const readers = await import("/static/readers.js");
    const took = [];
    const last = await new Promise((done) => readers[`readWith${reader}`]({ message: "x" }, (name, values) => {
        if (name === "text") took.push(performance.timeOrigin + performance.now() - Number(values.text));
        else done(name);
    }));
    if (last !== "done") throw new Error(last);
    return took;
}"""


def upstream(pipe: Connection, deltas: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
                writer.write(HEAD + START)
                for _ in range(deltas):
                    await asyncio.sleep(EVERY_S)
                    delta = {"type": "text_delta", "text": str(time.time() * 1000)}
                    writer.write(sse({"type": "content_block_delta", "index": 0, "delta": delta}))
                writer.write(END)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)

    asyncio.run(serve())


def main() -> None:
    if NGINX is None or CHROMIUM is None:
        raise SystemExit("nginx and Chromium are needed")
    deltas = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=upstream, args=(theirs, deltas))
    server.start()
    base_url = f"http://127.0.0.1:{mine.recv()}"
    print(f"{deltas} deltas, one every {EVERY_S * 1000:.0f} ms, in ms:")
    print("| | EventSource, median | p99 | fetch, median | p99 |")
    print("|---|---|---|---|---|")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url, _ = stack.enter_context(chat_process(base_url, folder))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        stack.callback(browser.close)
        for name, directives in FRONTS.items():
            with ExitStack() as front:
                place = url
                if directives is not None:
                    made = front.enter_context(tempfile.TemporaryDirectory())
                    place = front.enter_context(nginx(url, Path(made), *directives))
                page = browser.new_page()
                page.goto(place)
                cells = [name]
                for reader in ("EventSource", "Fetch"):
                    took = sorted(page.evaluate(READ, reader))
                    assert len(took) == deltas
                    cells += [f"{statistics.median(took):.2f}", f"{took[int(deltas * 0.99)]:.2f}"]
                page.close()
                print(f"| {' | '.join(cells)} |", flush=True)
    mine.send(None)
    server.join()


if __name__ == "__main__":
    main()
