"""`inspector chat`: a chat in the browser, its stream beside the reply."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from inspector.capture.live_request import KEYS, MODEL
from inspector.cli.output import fail, note
from inspector.recording.folders import new_session, shipped

if TYPE_CHECKING:
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
    raise typer.Exit(130 if stopped_by == signal.SIGINT else 0)


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
    """Serves until a signal comes, and says which."""
    from inspector.web.app import create_app
    from inspector.web.server import Connection, Server, allow_files, listener, url_of

    bound = listener(port)
    most = allow_files()
    server = Server(create_app(source, folder, most_requests=most), type("Bounded", (Connection,), {"most": most}))
    stopped_by: list[int] = []

    def stop(number: int) -> None:
        stopped_by.append(number)
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there Ctrl-C cancels this coroutine.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop, number)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    await server.ready.wait()
    print(f"listening on {url_of(bound)}", flush=True)
    note(f"answers: {source.label}")
    note(f"every stream is recorded into {folder}")
    await serving
    return stopped_by[0] if stopped_by else 0
