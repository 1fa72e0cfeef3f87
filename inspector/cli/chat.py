"""`inspector chat`: a chat in the browser, its stream beside the reply."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from inspector.capture.live_request import KEYS, MODEL
from inspector.cli.output import fail, note
from inspector.recording.folders import new_session, shipped

if TYPE_CHECKING:
    from inspector.web.server import Server
    from inspector.web.sources import ReplySource

ORDER = 130
EXAMPLES = """Examples:

  inspector chat

  inspector chat --port 0 --replay reply.jsonl

  inspector chat --base-url http://127.0.0.1:8765

It opens at the address that it prints. Without a key it answers from the recordings that come with the inspector.
"""

# In the order in which they answer what nobody recorded, and are suggested.
_SHOWN: Final = (
    "tool-loop-1", "plain-text", "thinking", "unicode", "parallel-tools", "stall-with-pings", "overloaded-mid-stream",
    "tool-loop-2",
)  # fmt: skip


def chat(
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 picks a free one.")] = 8767,
    replay: Annotated[
        list[str], typer.Option(metavar="FILE", help="Answer from this recording; may be given several times.")
    ] = [],  # noqa: B006
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url", metavar="URL", help="Whom to ask.  [default: ANTHROPIC_BASE_URL, the API, recordings]"
        ),
    ] = None,
    model: Annotated[str, typer.Option("--model", "-m", help="The model.")] = MODEL,
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where to record.  [default: a new session folder]")
    ] = None,
) -> None:
    """Chat with Claude in the browser, its stream beside the reply.

    Without a key the recordings that come with the inspector answer.
    """
    source = _source(replay, base_url or os.environ.get("ANTHROPIC_BASE_URL"), model)
    folder = directory or new_session("chat")
    stopped_by = asyncio.run(_serve(source, folder, port))
    if any(folder.glob("*.jsonl")):
        note(f"recorded: inspector open {folder}")
    # The interpreter's last collection would look through all that the SDK consists of, for more than a second.
    gc.freeze()
    raise typer.Exit(_exit_status(stopped_by))


def _source(replay: Sequence[str], base_url: str | None, model: str) -> "ReplySource":
    from inspector.replay.answers import load
    from inspector.web.sources import Api, Recordings

    has_key = any(os.environ.get(key) for key in KEYS)
    if replay:
        return Recordings(load(replay), ", ".join(Path(file).name for file in replay))
    if base_url:
        if not base_url.lower().startswith(("http://", "https://")):
            fail(f"{base_url} is no URL of a server: it must begin with http:// or https://")
        if not has_key:
            fail("no API key: set ANTHROPIC_API_KEY (any word will do where the server at --base-url wants none)")
        return Api(model, base_url)
    if has_key:
        return Api(model)
    files = shipped()
    return Recordings(
        load(str(files[name]) for name in _SHOWN if name in files), "shipped recordings, as no key is set"
    )


async def _serve(source: "ReplySource", folder: Path, port: int) -> int:
    """Serves until a signal comes, and says which. What serves is imported when somebody comes."""
    from inspector.net.loopback import LOOPBACK, url_of
    from inspector.net.sockets import listening, why_not_listening

    try:
        [bound] = listening(LOOPBACK, port)
    except OSError as error:
        fail(why_not_listening(LOOPBACK, port, error))
    stopped_by: list[int] = []
    servers: list[Server] = []

    def stop(number: int) -> None:
        stopped_by.append(number)
        if not servers:
            # Nothing has been asked yet, and nothing ends an import.
            os._exit(_exit_status(number))
        servers[0].should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there Ctrl-C cancels this coroutine.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop, number)
    print(f"listening on {url_of(LOOPBACK, bound.getsockname()[1])}", flush=True)
    note(f"answers: {source.label}")
    note(f"every stream is recorded into {folder}")
    await _called(loop, bound)
    servers.append(await asyncio.to_thread(_server, source, folder))
    await servers[0].serve(sockets=[bound])
    return stopped_by[0] if stopped_by else 0


async def _called(loop: asyncio.AbstractEventLoop, bound: socket.socket) -> None:
    """Returns when the first connection waits to be taken."""
    called = asyncio.Event()
    # Windows has no such watchers; there it is no later than now.
    with suppress(NotImplementedError):
        loop.add_reader(bound, called.set)
        await called.wait()
        loop.remove_reader(bound)


def _server(source: "ReplySource", folder: Path) -> "Server":
    from inspector.web.app import create_app
    from inspector.web.server import Connection, Server, allow_files

    most = allow_files()
    return Server(create_app(source, folder, most_requests=most), type("Bounded", (Connection,), {"most": most}))


def _exit_status(number: int) -> int:
    return 130 if number == signal.SIGINT else 0
