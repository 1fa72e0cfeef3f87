"""`inspector replay`: a recording, played as it was streamed."""

import json
import sys
from types import SimpleNamespace
from typing import Annotated, Any

import typer

from inspector.cli.options import IdleLimitOption, SpeedOption, idle_limit_of, speed_of
from inspector.formats import open_exchange
from inspector.timeline import Exchange

ORDER = 40
EXAMPLES = """Examples:

  inspector replay reply.jsonl

  inspector replay reply.jsonl --speed 4 --idle-limit 0.5

  inspector replay reply.jsonl --no-tui --speed max > reply.txt
"""


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A recording, or anything that convert reads.")],
    speed: SpeedOption = "1",
    idle_limit: IdleLimitOption = None,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Print the reply's text instead.")] = False,
) -> None:
    """Play a recording as it was streamed."""
    factor, longest = speed_of(speed), idle_limit_of(idle_limit)
    if no_tui or not sys.stdout.isatty():
        with open_exchange(file) as exchange:
            _print(exchange, factor, longest)
        return
    from inspector.tui import run

    raise typer.Exit(run([file], play=True, speed=factor, idle_limit=longest))


def _print(exchange: Exchange, speed: float | None, idle_limit: float | None) -> None:
    from inspector.cli.live_output import StreamOutput
    from inspector.replay.pacing import frames_on_time

    output = StreamOutput()
    try:
        for frame in frames_on_time(exchange, speed, idle_limit):
            if frame.dispatched:
                output.event(_parsed(frame.data))
        for clause in exchange.notes:
            output.line(f"{exchange.name}: {clause}")
        view = exchange.view()
        if error := view.error:
            output.line(f"{exchange.name}: {error['type'] or 'error'}: {error['message'] or 'it says no more'}")
        elif view.status != "complete":
            output.line(f"{exchange.name}: {view.status}")
    finally:
        output.close()


def _parsed(data: str) -> Any:
    """The event as an object with attributes, as the SDK gives it."""
    try:
        return json.loads(data, object_hook=lambda members: SimpleNamespace(**members))
    except (ValueError, RecursionError):
        return None
