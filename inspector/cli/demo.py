"""`inspector demo`: a shipped recording as a live stream, served and read on this machine."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from inspector.cli import completion
from inspector.cli.options import SpeedOption, speed_of
from inspector.cli.output import note
from inspector.formats import open_exchange
from inspector.recording import reserve
from inspector.recording.folders import new_session, shipped, shipped_path
from inspector.timeline import Exchange

if TYPE_CHECKING:
    from inspector.capture.live_request import LiveRequest

ORDER = 10
EXAMPLES = """Examples:

  inspector demo

  inspector demo parallel-tools

  inspector demo unicode --no-tui
"""

_FIRST: Final = "tool-use"
_REQUEST: Final = {"model": "demo", "max_tokens": 1024, "messages": [{"role": "user", "content": "Show me a stream."}]}


def demo(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help=f"A shipped recording.  [default: {_FIRST}]",
            autocompletion=completion.shipped_recordings,
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Where to record.  [default: a new session folder]")
    ] = None,
    speed: SpeedOption = "1",
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Print the reply instead of showing the screen.")] = False,
    progress: Annotated[bool, typer.Option("--progress", hidden=True)] = False,
) -> None:
    """Watch a shipped recording arrive, without a key or a network.

    It is served over real HTTP on this machine and read through the real SDK.
    """
    chosen = name or (_FIRST if _FIRST in shipped() else next(iter(shipped()), _FIRST))
    source = shipped_path(chosen)
    factor = speed_of(speed)
    path = record or new_session("demo") / f"{chosen}.jsonl"
    reserve(path)
    if no_tui or not (sys.stdout.isatty() and sys.stdin.isatty()):
        _stream(source, path, factor, note if progress else lambda step: None)
    else:
        from inspector.tui import run

        recorder = [sys.executable, "-m", "inspector", "demo", chosen, "--no-tui", "--progress", "--speed", speed]
        raise typer.Exit(run([str(path)], follow=True, recorder=[*recorder, "--record", str(path)]))


def _stream(source: Path, path: Path, speed: float | None, tell: Callable[[str], None]) -> None:
    """`tell` is told each step: whoever waits for the first byte is to know for what."""
    tell("importing the Anthropic SDK, which takes a moment")
    import inspector.capture.live  # noqa: F401

    tell("serving the recording on this machine, and asking for it through the SDK")
    from inspector.cli.live import print_stream
    from inspector.replay.answers import Answers
    from inspector.replay.server import serve_in_thread

    # Whatever key and proxy the user has are for the real API.
    os.environ.update(ANTHROPIC_API_KEY="demo", NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    with open_exchange(str(source)) as exchange, serve_in_thread(Answers([exchange], speed)) as base_url:
        try:
            print_stream(_call(exchange, base_url, speed), path, use_async=False)
        except typer.Exit as ended:
            # A stream that fails is what some recordings are there to show.
            raise typer.Exit(0 if ended.exit_code == 1 else ended.exit_code) from None


def _call(exchange: Exchange, base_url: str, speed: float | None) -> "LiveRequest":
    """The request that was recorded, or a plain one where none was, with the patience that its client had."""
    from inspector.capture.live_request import LiveRequest

    recorded = (exchange.request or {}).get("body")
    body = dict(recorded) if isinstance(recorded, dict) and recorded.get("messages") else {}
    body = {**_REQUEST, **{key: value for key, value in body.items() if key != "stream"}}
    betas = [beta.strip() for beta in exchange.header("anthropic-beta").split(",")]
    patience = exchange.header("x-stainless-read-timeout")
    timeout_s = float(patience) / (speed or float(patience)) if patience.isdigit() else None
    return LiveRequest(body, tuple(filter(None, betas)), base_url, timeout_s)
