"""`inspector proxy`: a proxy that records what passes."""

import asyncio
import os
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.options import (
    DirOption,
    NoBodiesOption,
    RedactOption,
    UpstreamOption,
    environment_proxy_note,
    folder_of,
    forget_if_empty,
    redactor_of,
    upstream_of,
)
from inspector.cli.output import note
from inspector.text.wording import counted

if TYPE_CHECKING:
    from inspector.capture.proxy.settings import ProxySettings

ORDER = 60
EXAMPLES = """Examples:

  inspector proxy

  ANTHROPIC_BASE_URL=http://127.0.0.1:8766 python my_app.py

  inspector proxy --upstream https://gateway.example/anthropic --no-tui --dir session

  inspector proxy --redact 'customer-[0-9]+' --no-bodies
"""


def proxy(
    upstream: UpstreamOption = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 picks a free one.")] = 8766,
    folder: DirOption = None,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Only record: say on stderr what passes.")] = False,
    redact: RedactOption = [],  # noqa: B006
    no_bodies: NoBodiesOption = False,
    allow_remote: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Listen on this address instead: whoever reaches it can use the proxy."),
    ] = None,
    allow_origin: Annotated[
        list[str],
        typer.Option(
            metavar="ORIGIN",
            help="Pages of this origin may use it, such as http://localhost:3000; may be given several times.",
        ),
    ] = [],  # noqa: B006
    watched: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Record every exchange that goes through this proxy.

    Any program can be pointed at it; what it sends and gets is passed on unchanged.
    """
    from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress
    from inspector.net.loopback import LOOPBACK

    target = UpstreamAddress.parse(upstream_of(upstream))
    redactor = redactor_of(redact)
    origins = _origins(allow_origin)
    session = folder_of(folder, "proxy")
    try:
        if not no_tui and sys.stdout.isatty() and sys.stdin.isatty():
            raise typer.Exit(_show(target.url, port, session, redact, no_bodies, allow_remote, origins))
        if warning := environment_proxy_note(target.host, target.scheme):
            note(warning)
        _allow_many_connections()
        settings = ProxySettings(target, session, redactor, not no_bodies, allow_remote or LOOPBACK, port, origins)
        stopped_by, unheard = asyncio.run(_serve(settings, not watched))
    finally:
        if folder is None:
            forget_if_empty(session)
    code = 130 if stopped_by == signal.SIGINT else 0
    if unheard:
        # The interpreter's own end would wait for whoever does not read.
        os._exit(code)
    raise typer.Exit(code)


def _origins(texts: list[str]) -> frozenset[str]:
    from inspector.net.loopback import origin_of

    try:
        return frozenset(map(origin_of, texts))
    except ValueError as error:
        raise typer.BadParameter(f"--allow-origin takes an origin such as http://localhost:3000: {error}") from None


def _allow_many_connections() -> None:
    """As many as the system lets us have: each stream takes two, and a file."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(settings: "ProxySettings", logged: bool) -> tuple[int, bool]:
    """Serves until a signal comes; says which, and whether nobody reads what is said."""
    from inspector.capture.proxy.server import Proxy

    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(number: int) -> None:
        if not stopped.done():
            stopped.set_result(number)

    running = Proxy(settings, note, log=note if logged else _nothing)
    async with running.serving() as base_url:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Windows has no such handlers; there Ctrl-C cancels this coroutine.
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stop, number)
        print(f"listening on {base_url}", flush=True)
        target, folder = settings.upstream.url, settings.folder
        note(f"set ANTHROPIC_BASE_URL={base_url}: what comes goes to {target} and is recorded in {folder}")
        stopped_by = await stopped
    if (count := len(running.recorded)) and not running.unheard:
        note(f"recorded {counted(count, 'exchange')}: inspector open {shlex.quote(str(folder))}")
    return stopped_by, running.unheard


def _nothing(line: str) -> None:
    pass


def _show(
    upstream: str,
    port: int,
    session: Path,
    redact: list[str],
    no_bodies: bool,
    allow_remote: str | None,
    origins: frozenset[str],
) -> int:
    """The screen in this process, the proxy in another one."""
    from inspector.tui import run

    # A screen that does not read must not hold up the streams: nothing is logged to it.
    recorder = [sys.executable, "-m", "inspector", "proxy", "--no-tui", "--watched", "--upstream", upstream]
    recorder += ["--dir", str(session), "--port", str(port), *(f"--redact={pattern}" for pattern in redact)]
    recorder += ["--no-bodies"] if no_bodies else []
    recorder += ["--allow-remote", allow_remote] if allow_remote else []
    recorder += [f"--allow-origin={origin}" for origin in sorted(origins)]
    return run([str(session)], follow=True, recorder=recorder)
