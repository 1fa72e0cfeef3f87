import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from inspector.capture.proxy.proxy import Proxy


@contextmanager
def serving_in_thread(proxy: Proxy) -> Iterator[str]:
    """`proxy.serving()` in a thread of its own. When the context ends, what still streams ends as cancelled."""
    started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        async with proxy.serving() as base_url:
            started.set_result((base_url, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="inspector proxy", daemon=True)
    thread.start()
    base_url, loop, stop = started.result()
    try:
        yield base_url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
