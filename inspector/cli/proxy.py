import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.output import note
from inspector.cli.proxy_options import (
    DirOption,
    NoBodiesOption,
    RedactOption,
    folder_of,
    note_environment_proxy,
    redactor_of,
    upstream_of,
)

if TYPE_CHECKING:
    from inspector.capture.proxy.proxy import Settings

EXAMPLES = """Examples:

  inspector proxy

  ANTHROPIC_BASE_URL=http://127.0.0.1:8766 python my_app.py

  inspector proxy --upstream https://gateway.example/anthropic --no-tui --dir session

  inspector proxy --redact 'customer-[0-9]+' --no-bodies
"""


def proxy(
    upstream: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Whom to ask.  [default: ANTHROPIC_BASE_URL, the API]", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 picks a free one.")] = 8766,
    folder: DirOption = None,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Only record: say on stderr what passes.")] = False,
    redact: RedactOption = [],  # noqa: B006
    no_bodies: NoBodiesOption = False,
    allow_remote: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Listen on this address instead: whoever reaches it can use the proxy."),
    ] = None,
) -> None:
    """Record every exchange of any program that is pointed at this proxy, and pass it on unchanged."""
    from inspector.capture.proxy.proxy import LOOPBACK, Settings
    from inspector.capture.proxy.upstream import Upstream

    target = Upstream.parse(upstream_of(upstream))
    redactor = redactor_of(redact)
    if not no_tui and sys.stdout.isatty() and sys.stdin.isatty():
        raise typer.Exit(_show(target.url, port, folder, redact, no_bodies, allow_remote))
    settings = Settings(target, folder_of(folder, "proxy"), redactor, not no_bodies, allow_remote or LOOPBACK, port)
    if warning := note_environment_proxy(target.host, target.scheme):
        note(warning)
    stopped_by = asyncio.run(_serve(settings))
    raise typer.Exit(130 if stopped_by == signal.SIGINT else 0)


async def _serve(settings: "Settings") -> int:
    """Serves until a signal comes, and says which."""
    from inspector.capture.proxy.proxy import Proxy

    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(number)

    running = Proxy(settings, note, log=note)
    async with running.serving() as base_url:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers; there Ctrl-C cancels this coroutine.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stop, number)
        print(f"listening on {base_url}", flush=True)
        note(f"upstream {settings.upstream.url}, recording into {settings.folder}")
        return await stopped


def _show(
    upstream: str, port: int, folder: Path | None, redact: list[str], no_bodies: bool, allow_remote: str | None
) -> int:
    """The screen in this process, the proxy in another one."""
    from inspector.tui import run

    session = str(folder_of(folder, "proxy"))
    recorder = [sys.executable, "-m", "inspector", "proxy", "--no-tui", "--upstream", upstream, "--dir", session]
    recorder += ["--port", str(port), *(f"--redact={pattern}" for pattern in redact)]
    recorder += ["--no-bodies"] if no_bodies else []
    recorder += ["--allow-remote", allow_remote] if allow_remote else []
    return run([session], follow=True, recorder=recorder)
