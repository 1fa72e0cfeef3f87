import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.output import note
from inspector.cli.pace import SpeedOption, speed_of

if TYPE_CHECKING:
    from inspector.replay.answers import Answers

EXAMPLES = """Examples:

  inspector serve reply.jsonl --port 8000

  ANTHROPIC_BASE_URL=http://127.0.0.1:8000 python my_app.py

  inspector serve *.jsonl --speed max

Each request is answered from the next file, and again from the first. A request whose model is a file's name without
its ending is answered from that file.
"""


def serve(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Recordings, or anything that convert reads.")],
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 picks a free one.")] = 8765,
    speed: SpeedOption = "1",
) -> None:
    """Serve the Messages API on this machine, answered from recordings byte by byte and in their time."""
    from inspector.replay.answers import Answers, load

    factor = speed_of(speed)
    stopped_by = asyncio.run(_serve(Answers(load(files), factor), port))
    raise typer.Exit(130 if stopped_by == signal.SIGINT else 0)


async def _serve(answers: "Answers", port: int) -> int:
    """Serves until a signal comes, and says which."""
    from inspector.replay.server import serving

    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(number)

    async with serving(answers, port, note) as base_url:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers; there Ctrl-C cancels this coroutine.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stop, number)
        print(f"listening on {base_url}", flush=True)
        return await stopped
