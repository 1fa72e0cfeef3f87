import json
import sys
from typing import Annotated

import typer

from inspector.cli.output import Paint, note, use_color
from inspector.cli.pace import IdleLimitOption, SpeedOption, idle_limit_of, speed_of
from inspector.convert import open_exchange
from inspector.timeline import Exchange

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
    from inspector.cli.reply_text import ReplyText
    from inspector.replay.player import frames_on_time

    reply = ReplyText(sys.stdout.isatty(), Paint(use_color()))
    try:
        for frame in frames_on_time(exchange, speed, idle_limit):
            if frame.dispatched and (printed := reply.event(_parsed(frame.data))):
                sys.stdout.write(printed)
                sys.stdout.flush()
    finally:
        sys.stdout.write(reply.end())
        sys.stdout.flush()
    for clause in exchange.notes:
        note(f"{exchange.name}: {clause}")
    view = exchange.view()
    if error := view.error:
        note(f"{exchange.name}: {error['type']}: {error['message'] or 'no message'}")
    elif view.status != "complete":
        note(f"{exchange.name}: {view.status}")


def _parsed(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
