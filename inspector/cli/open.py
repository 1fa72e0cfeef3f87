"""`inspector open`: the screen on recordings."""

import sys
from typing import Annotated

import typer

from inspector.cli.output import fail

ORDER = 20
EXAMPLES = """\b
Examples:
  inspector open answer.jsonl            one recording
  inspector open session/                a folder of recordings
  inspector open answer.jsonl --follow   one that is still growing
  curl -N … | inspector open -           what a pipe brings"""


def open(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Recordings, or a folder of them; - is stdin.")],
    follow: Annotated[bool, typer.Option("--follow", help="The file is still growing: show what comes.")] = False,
) -> None:
    """Look at recordings in the terminal.

    Every event on a timeline, and the message as of any of them.
    """
    if not sys.stdout.isatty() or ("-" not in paths and not sys.stdin.isatty()):
        fail("open needs a terminal: where there is none, use `inspector show FILE`")
    from inspector import tui

    raise typer.Exit(tui.run(paths, follow=follow))
