"""The `inspector` command: its subcommands, found by their files, and what is the same for all of them.

A file of this folder with `EXAMPLES` is a command: a function named as the file is. `EXAMPLES` is what its help ends
with, `ORDER` its place in `inspector --help`, `CONTEXT` (optional) settings of its parser; `lists()` (optional) gives
what the help has behind the examples, where that is made from a registry.
"""

import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Annotated, Final

import typer

from inspector.cli.output import fail, interruptible, note
from inspector.version import __version__

_PACKAGE: Final = __name__.rpartition(".")[0]
# Says that a shell completes a line, and where it says which: bash, the others.
_COMPLETING: Final = "_INSPECTOR_COMPLETE"
_COMPLETED: Final = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")

app = typer.Typer(
    name="inspector",
    help="See what Claude's streaming API really sends: watch, record, replay and understand the raw event stream.",
    epilog="Start with: inspector demo",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@cache
def _modules() -> list[str]:
    return [module.name for module in iter_modules([str(Path(__file__).parent)])]


def command(name: str) -> ModuleType | None:
    """The module of the command with this name; imports no other. None where there is no such command."""
    file = name.replace("-", "_")
    found = import_module(f"{_PACKAGE}.{file}") if file in _modules() else None
    return found if hasattr(found, "EXAMPLES") else None


def commands() -> dict[str, ModuleType]:
    """The modules of all commands, in the order of --help."""
    names = [file.replace("_", "-") for file in _modules()]
    found = {name: module for name in names if (module := command(name))}
    return dict(sorted(found.items(), key=lambda item: (item[1].ORDER, item[0])))


def register(name: str, module: ModuleType, helping: bool = True) -> None:
    """Makes the command known to the parser. `helping`: its help is asked for, so what that lists is worth its time."""
    app.registered_commands = [known for known in app.registered_commands if known.name != name]
    function = getattr(module, name.replace("-", "_"))
    lists = getattr(module, "lists", str)
    epilog = module.EXAMPLES + (lists() if helping else "")
    app.command(name, epilog=epilog, context_settings=getattr(module, "CONTEXT", None))(function)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"inspector {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def library(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Opens the library where no command is named."""
    interruptible()
    if context.invoked_subcommand is not None:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(context.get_help())
        fail("the library needs a terminal: name a command, such as `inspector show FILE`")
    from inspector import tui

    raise typer.Exit(tui.run([]))


def run() -> object:
    """Runs the command that the arguments name; its exit status, or None."""
    # Only the command that is asked for is imported; all of them for --help, a completed name, or one that is none.
    asked = _asked()
    module = command(asked) if asked else None
    for name, found in {asked: module}.items() if module else commands().items():
        register(name, found, helping=module is not None and not {"-h", "--help"}.isdisjoint(sys.argv))
    try:
        return app(prog_name="inspector", standalone_mode=False)
    except typer.Abort:
        return 130
    except SystemExit:
        # The parser ends the process itself where nobody reads its output, with a status of its own.
        raise BrokenPipeError from None
    except typer.TyperException as error:
        from inspector.cli.usage import complaint

        note(complaint(error, asked if module else ""))
        return error.exit_code


def _asked() -> str:
    """The command that the arguments, or the line that a shell completes, begin with; "" where it is not whole yet."""
    if _COMPLETING in os.environ:
        line = next((os.environ[variable] for variable in _COMPLETED if variable in os.environ), "")
        _, *words = line.split(" " if line.endswith(" ") else None) or [""]
        return words[0].strip() if len(words) > 1 else ""
    return sys.argv[1] if len(sys.argv) > 1 else ""
