import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Any

import typer

from inspector.cli.output import fail, note
from inspector.version import __version__

# Each is a function of that name in a module of that name. In the order of --help.
COMMANDS = (
    "demo", "open", "live", "replay", "serve", "proxy", "run",
    "show", "check", "explain", "convert", "probe", "chat",
)  # fmt: skip

app = typer.Typer(
    name="inspector",
    help="See what Claude's streaming API really sends: watch, record, replay and understand the raw event stream.",
    epilog="Start with: inspector demo",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _register(names: Iterable[str]) -> None:
    for name in names:
        module = import_module(f"inspector.cli.{name}")
        app.command(name, epilog=module.EXAMPLES, context_settings=getattr(module, "CONTEXT", None))(
            getattr(module, name)
        )


def _version(wanted: bool) -> None:
    if wanted:
        print(f"inspector {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def library(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        fail("the library needs a terminal: name a command, such as `inspector show FILE`")
    from inspector import tui

    raise typer.Exit(tui.run([]))


def run() -> object:
    """Runs the command that the arguments name; its exit status, or None."""
    # Only the command that is asked for is imported; all of them for --help, completion, or a name that is none.
    asked = sys.argv[1:2]
    _register(asked if asked and asked[0] in COMMANDS else COMMANDS)
    try:
        return app(prog_name="inspector", standalone_mode=False)
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        note(_usage(error))
        return error.exit_code


def _usage(error: Any) -> str:
    path = error.ctx.command_path if getattr(error, "ctx", None) else "inspector"
    return f"{error.format_message().rstrip('.')} (see '{path} --help')"
