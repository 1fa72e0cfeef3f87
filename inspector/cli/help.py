"""`inspector help`: what a command does and takes."""

from typing import Annotated

import typer

from inspector.cli import completion, output

ORDER = 140
EXAMPLES = """Examples:

  inspector help

  inspector help check                     as: inspector check --help

  inspector help --man > inspector.1       all of it, as a manual page
"""


def help(
    command: Annotated[
        str | None, typer.Argument(metavar="COMMAND", help="A command.", autocompletion=completion.commands)
    ] = None,
    man: Annotated[bool, typer.Option("--man", help="Print the manual page of all commands instead.")] = False,
) -> None:
    """Print the help of a command, or of all."""
    from inspector.cli import app

    for name, module in app.commands().items():
        app.register(name, module)
    if man:
        from typer.main import get_command

        from inspector.cli.man_page import page

        output.data(page(get_command(app.app)).encode())
    else:
        app.app([command, "--help"] if command else ["--help"], prog_name="inspector", standalone_mode=False)
