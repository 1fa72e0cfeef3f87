import sys
from typing import Annotated, Literal

import typer

from inspector.cli import output
from inspector.convert import open_exchanges
from inspector.recording import InspectorError
from inspector.recording.json_text import dumps
from inspector.timeline import Exchange, View

EXAMPLES = """Examples:

  inspector show reply.jsonl

  inspector show --at 40 reply.jsonl          the reply as of event 40

  inspector show --format json *.jsonl | jq .metrics.ttft_ms

  curl -N ... | inspector show -
"""


def show(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Recordings, or anything that convert reads.")],
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=0, help="As if the recording ended after event N.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="text, or one JSON object a line.")] = "text",
) -> None:
    """Print what a stream holds: its state, figures, and the message as far as it came."""
    from inspector.cli.show_text import text_of

    failed = False
    printed = 0
    for file in files:
        try:
            for exchange in open_exchanges(file):
                with exchange:
                    view = _view(exchange.load(), at)
                    for clause in exchange.notes:
                        output.note(f"{file}: {clause}")
                    if format == "json":
                        output.data(dumps(view.as_dict()) + b"\n")
                    else:
                        output.data(text_of(view, len(files) > 1 or exchange.number is not None, printed > 0).encode())
                    printed += 1
        except InspectorError as error:
            sys.stdout.flush()
            output.note(str(error))
            failed = True
    if failed:
        raise typer.Exit(2)


def _view(exchange: Exchange, at: int | None) -> View:
    if at is None:
        return exchange.view()
    try:
        return exchange.at(at)
    except IndexError as error:
        raise InspectorError(f"{exchange.name}: {error} (--at)") from None
