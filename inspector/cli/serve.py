"""`inspector serve`: the Messages API, answered from recordings."""

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli import completion
from inspector.cli.options import SpeedOption, speed_of
from inspector.cli.output import note

if TYPE_CHECKING:
    from inspector.net.notices import Tell
    from inspector.replay.answers import Answers

ORDER = 50
EXAMPLES = """Examples:

  inspector serve reply.jsonl --port 8000

  ANTHROPIC_BASE_URL=http://127.0.0.1:8000 python my_app.py

  inspector serve *.jsonl --speed max

  inspector serve reply.jsonl --fault status=529:times=2 --fault stall@20:5s

Each request is answered from the next file, and again from the first. A request whose model is a file's name without
its ending is answered from that file.
"""


def lists() -> str:
    """The faults, for the help."""
    from inspector.replay.faults import FAULTS

    wide = max(len(kind.form) for kind in FAULTS.values())
    rows = (f"  {kind.form:{wide}}  {kind.summary}" for kind in FAULTS.values())
    return "\n".join(["", "\b", "Faults:", *rows]) + "\n"


_ABOUT_FAULTS = """
In brackets: the rules that find it in a client's recording; `inspector explain` explains them.
N is the number of an event, from 1; 0 is before the first. Several faults can be combined, in any order. `:times=K`
after one limits it to the first K requests. Their times are real ones, whatever --speed says."""


def _list_faults(wanted: bool) -> None:
    if not wanted:
        return
    from inspector.replay.faults import FAULTS

    for kind in FAULTS.values():
        rules = f" [{', '.join(kind.found_by)}]" if kind.found_by else ""
        print(f"{kind.form}{rules}\n    {kind.summary}\n    the Python SDK {kind.sdk}")
    print(_ABOUT_FAULTS)
    raise typer.Exit


def serve(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Recordings, or anything that convert reads.")],
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 picks a free one.")] = 8765,
    speed: SpeedOption = "1",
    fault: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Something that goes wrong; --list-faults explains them. May be given several times.",
            autocompletion=completion.faults,
        ),
    ] = [],  # noqa: B006
    list_faults: Annotated[
        bool,
        typer.Option("--list-faults", callback=_list_faults, is_eager=True, help="Explain the faults, and exit."),
    ] = False,
) -> None:
    """Serve the Messages API, answered from recordings.

    Byte by byte and in their time, on this machine.
    """
    import asyncio

    from inspector.net.notices import Notices
    from inspector.replay.answers import Answers, load

    factor = speed_of(speed)
    notices = Notices()
    stopped_by = asyncio.run(_serve(Answers(load(files), factor, faults=fault), port, notices.to(note)))
    code = 130 if stopped_by == signal.SIGINT else 0
    if not notices.close():
        os._exit(code)
    raise typer.Exit(code)


async def _serve(answers: "Answers", port: int, log: "Tell") -> int:
    """Serves until a signal comes, and says which."""
    import asyncio

    from inspector.replay.server import serving

    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(number)

    async with serving(answers, port, log) as base_url:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers; there Ctrl-C cancels this coroutine.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stop, number)
        print(f"listening on {base_url}", flush=True)
        return await stopped
