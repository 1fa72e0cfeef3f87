"""`inspector run`: a command whose streams a recording proxy takes down."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from inspector.cli.options import (
    DirOption,
    NoBodiesOption,
    RedactOption,
    environment_proxy_note,
    folder_of,
    forget_if_empty,
    redactor_of,
    upstream_of,
)
from inspector.cli.output import fail, note

ORDER = 70
EXAMPLES = """Examples:

  inspector run -- python my_app.py

  inspector run --dir session -- claude -p "hi"

  inspector run --tui -- npm test

COMMAND finds the proxy through ANTHROPIC_BASE_URL. Its exit status is passed on; 127 says that there is no such
command, 126 that it cannot be run.
"""
# Options behind COMMAND are its own, also without --.
CONTEXT: Final = {"allow_interspersed_args": False}

_LOOPBACK: Final = ("127.0.0.1", "localhost")
_OUTPUT: Final = "output.log"
# Below the second that the screen waits for us to end.
_PATIENCE_S: Final = 0.6
# Whoever waits for the shell's prompt has no time for the findings of a thousand streams.
_LOOK_S: Final = 3.0


def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="What to run, with its arguments.")],
    folder: DirOption = None,
    tui: Annotated[
        bool, typer.Option("--tui", help=f"Watch its streams in the screen; its output goes to {_OUTPUT} in DIR.")
    ] = False,
    redact: RedactOption = [],  # noqa: B006
    no_bodies: NoBodiesOption = False,
    output: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a command and record every stream that it asks for.

    Whatever language it is written in: it finds a recording proxy through ANTHROPIC_BASE_URL.
    """
    from inspector.capture.proxy.server import Proxy
    from inspector.capture.proxy.settings import ProxySettings, UpstreamAddress
    from inspector.cli import foreground
    from inspector.net.service_thread import in_thread
    from inspector.reports.session_summary import summary
    from inspector.session.totals import SessionTotals

    target = UpstreamAddress.parse(upstream_of(None))
    redactor = redactor_of(redact)
    session = folder_of(folder, "run")
    if tui:
        code = _show(command, session, redact, no_bodies)
        if folder is None:
            forget_if_empty(session)
        raise typer.Exit(code)
    if warning := environment_proxy_note(target.host, target.scheme):
        note(warning)
    totals = SessionTotals()
    proxy = Proxy(ProxySettings(target, session, redactor, not no_bodies), note, lambda line: None, totals)
    try:
        with foreground.signals_kept(), in_thread(proxy.serving, "inspector proxy") as base_url:
            patience_s = _PATIENCE_S if output else None
            code = foreground.run(command, _environment(base_url), output, patience_s)
    except FileNotFoundError:
        fail(f"{command[0]}: no such command", 127)
    except OSError as error:
        fail(f"{command[0]}: cannot be run: {(error.strerror or str(error)).lower()}", 126)
    finally:
        if folder is None:
            forget_if_empty(session)
    totals.close(_LOOK_S)
    if proxy.unheard:
        # The interpreter's own end would wait for whoever does not read.
        os._exit(code)
    note(summary(session, totals))
    raise typer.Exit(code)


def _environment(base_url: str) -> dict[str, str]:
    environment = {**os.environ, "ANTHROPIC_BASE_URL": base_url}
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host for host in given.split(",") if host.strip()]
    without = ",".join([*hosts, *(host for host in _LOOPBACK if host not in hosts)])
    return {**environment, "NO_PROXY": without, "no_proxy": without}


def _show(command: list[str], session: Path, redact: list[str], no_bodies: bool) -> int:
    """The screen in this process, the proxy and the command in others."""
    from inspector.tui import run as show

    recorder: list[Any] = [sys.executable, "-m", "inspector", "run", "--dir", session, "--output", session / _OUTPUT]
    recorder += [f"--redact={pattern}" for pattern in redact]
    recorder += ["--no-bodies"] if no_bodies else []
    return show([str(session)], follow=True, recorder=[*map(str, recorder), "--", *command])
