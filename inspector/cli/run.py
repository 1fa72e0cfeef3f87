"""`inspector run`: a command whose streams a recording proxy takes down."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

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
from inspector.cli.output import fail, note
from inspector.text.wording import counted

if TYPE_CHECKING:
    from inspector.capture.proxy.server import Proxy
    from inspector.capture.proxy.settings import ProxySettings

ORDER = 70
EXAMPLES = """Examples:

  inspector run -- python my_app.py

  inspector run --dir session -- claude -p "hi"

  inspector run --tui -- npm test

  inspector run --tls -- ./a-program-with-the-address-built-in

COMMAND finds the proxy through ANTHROPIC_BASE_URL, and through the variables of Bedrock, Vertex AI and Foundry where it
is known where their requests go. With --tls also what ignores them is recorded: COMMAND alone is given HTTPS_PROXY and
trust in certificates that are made for this run. What it asks hosts of the Messages API is decrypted; everything else
passes unseen.

Its exit status is passed on; 127 says that there is no such command, 126 that it cannot be run.
"""
# Options behind COMMAND are its own, also without --.
CONTEXT: Final = {"allow_interspersed_args": False}

_OUTPUT: Final = "output.log"
# Below the second that the screen waits for us to end.
_PATIENCE_S: Final = 0.6
# Whoever waits for the shell's prompt has no time for the findings of a thousand streams.
_LOOK_S: Final = 3.0


def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="What to run, with its arguments.")],
    upstream: UpstreamOption = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="Record also what goes to the API's own hosts, past every variable.")
    ] = False,
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

    target = UpstreamAddress.parse(upstream_of(upstream))
    redactor = redactor_of(redact)
    session = folder_of(folder, "run")
    if tui:
        code = _show(command, upstream, tls, session, redact, no_bodies)
        if folder is None:
            forget_if_empty(session)
        raise typer.Exit(code)
    if warning := environment_proxy_note(target.host, target.scheme):
        note(warning)
    totals = SessionTotals()
    settings = _settings(ProxySettings(target, session, redactor, not no_bodies), upstream is not None, tls)
    proxy = Proxy(settings, note, lambda line: None, totals)
    try:
        with ExitStack() as running:
            running.enter_context(foreground.signals_kept())
            base_url = running.enter_context(in_thread(proxy.serving, "inspector proxy"))
            trust = Path(running.enter_context(TemporaryDirectory(prefix="inspector-"))) if tls else None
            patience_s = _PATIENCE_S if output else None
            code = foreground.run(command, _environment(proxy, base_url, trust), output, patience_s)
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
    note(summary(session, totals) if proxy.recorded else f"nothing was recorded: {_why_nothing(proxy)}")
    raise typer.Exit(code)


def _settings(settings: "ProxySettings", elsewhere: bool, tls: bool) -> "ProxySettings":
    """With what the environment says of other platforms. `elsewhere`: the upstream is to answer for the API's host."""
    from dataclasses import replace

    from inspector.capture.client_environment import is_signed, platform_upstreams
    from inspector.capture.proxy.certificates import CertificateAuthority
    from inspector.capture.proxy.settings import Interception, UpstreamAddress
    from inspector.recording import InspectorError

    platforms: dict[str, UpstreamAddress] = {}
    hosts = {(settings.upstream.host, settings.upstream.port)}
    for name, url in platform_upstreams(os.environ).items():
        try:
            address = UpstreamAddress.parse(url)
        except InspectorError:
            note(f"{name} is left as it is: it is no URL of an upstream")
            continue
        if tls and address.scheme == "https":
            hosts.add((address.host, address.port))
        elif not is_signed(url, os.environ):
            platforms[name] = address
    if not tls:
        return replace(settings, platforms=platforms)
    instead = settings.upstream if elsewhere else None
    interception = Interception(CertificateAuthority(), frozenset(hosts), instead)
    return replace(settings, platforms=platforms, interception=interception)


def _environment(proxy: "Proxy", base_url: str, trust: Path | None) -> dict[str, str]:
    """`trust`: a folder for what COMMAND is to trust."""
    from inspector.capture.client_environment import BASE_URL, with_base_urls, with_forward_proxy

    environment: dict[str, str] = dict(os.environ)
    if trust and (interception := proxy.settings.interception):
        forward = base_url.replace("://", f"://{interception.USER}:{interception.password}@")
        hosts = [host for host, _ in interception.hosts]
        environment = with_forward_proxy(environment, forward, hosts, interception.authority.pem, trust)
    return with_base_urls(environment, {BASE_URL: base_url, **proxy.base_urls})


def _why_nothing(proxy: "Proxy") -> str:
    """The usual causes."""
    from inspector.capture.client_environment import is_signed, platform_upstreams

    elsewhere = "a process that runs already may do its work; docs/clients.md has recipes"
    if proxy.settings.interception is None:
        signed = any(is_signed(url, os.environ) for url in platform_upstreams(os.environ).values())
        aws = ", or sign its requests for AWS's own host" if signed else ""
        return (
            "no request came to the address in ANTHROPIC_BASE_URL. COMMAND may take the address from an argument, its "
            f"settings or another variable{aws}: try --tls. Or {elsewhere}"
        )
    if proxy.decrypted:
        hosts = ", ".join(sorted(proxy.decrypted))
        return (
            f"COMMAND came for {hosts}, and asked nothing: it may not trust the certificate, as it wants another one, "
            "or ignores SSL_CERT_FILE and NODE_EXTRA_CA_CERTS (see docs/clients.md)"
        )
    if proxy.tunnelled:
        return (
            f"COMMAND asked no host of the Messages API; {counted(len(proxy.tunnelled), 'other host')} passed unseen. "
            f"A gateway is seen where ANTHROPIC_BASE_URL or --upstream names it. Or {elsewhere}"
        )
    return (
        "no request came to the address in ANTHROPIC_BASE_URL, and none through HTTPS_PROXY: some clients know neither "
        f"(Node.js before 24 and Java no HTTPS_PROXY). Or {elsewhere}"
    )


def _show(
    command: list[str], upstream: str | None, tls: bool, session: Path, redact: list[str], no_bodies: bool
) -> int:
    """The screen in this process, the proxy and the command in others."""
    from inspector.tui import run as show

    recorder: list[Any] = [sys.executable, "-m", "inspector", "run", "--dir", session, "--output", session / _OUTPUT]
    recorder += [f"--redact={pattern}" for pattern in redact]
    recorder += ["--no-bodies"] if no_bodies else []
    recorder += [f"--upstream={upstream}"] if upstream else []
    recorder += ["--tls"] if tls else []
    return show([str(session)], follow=True, recorder=[*map(str, recorder), "--", *command])
