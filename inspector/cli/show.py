import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inspector.cli import output
from inspector.cli.show_panes import PaneName

if TYPE_CHECKING:
    from inspector.replay.sdk import SdkReport
    from inspector.timeline import Exchange, View

EXAMPLES = """Examples:

  inspector show reply.jsonl

  inspector show --at 40 reply.jsonl          the reply as of event 40

  inspector show --sdk reply.jsonl            beside each frame what the SDK yields

  inspector show --pane timeline reply.jsonl | grep ping

  inspector show --pane timing --pane findings reply.jsonl

  inspector show --pane event --at 40 reply.jsonl

  inspector show --format json *.jsonl | jq .metrics.ttft_ms

  curl -N ... | inspector show -
"""


def show(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Recordings, or anything that convert reads.")],
    at: Annotated[
        int | None, typer.Option("--at", metavar="N", min=0, help="As if the recording ended after event N.")
    ] = None,
    sdk: Annotated[
        bool, typer.Option("--sdk", help="Also what the installed SDK yields at each frame, and where it raises.")
    ] = False,
    pane: Annotated[
        list[PaneName] | None,
        typer.Option(help="Instead, what this pane of the screen holds: every event, the gaps … (repeatable)."),
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="text, or one JSON object a line.")] = "text",
) -> None:
    """Print what a stream holds.

    Its state, its figures, and the message as far as it came.
    """
    from inspector.cli.show_panes import heading, pane_text
    from inspector.cli.show_sdk import sdk_text
    from inspector.formats import open_exchanges
    from inspector.recording import InspectorError
    from inspector.reports.exchange_text import text_of
    from inspector.text.json_text import dumps

    if pane and (sdk or format == "json"):
        output.fail("--pane prints text, and of its own: leave --sdk and --format json out")
    failed = False
    printed = 0
    for file in files:
        try:
            for exchange in open_exchanges(file):
                with exchange:
                    view = _view(exchange.load(), at)
                    for clause in exchange.notes:
                        output.note(f"{file}: {clause}")
                    report = _sdk_report(view) if sdk else None
                    if format == "json":
                        sdk_part = {"sdk": report.as_dict()} if report else {}
                        output.data(dumps({**view.as_dict(), **sdk_part}) + b"\n")
                    else:
                        if pane:
                            if len(files) > 1 or exchange.number is not None:
                                output.data(heading(exchange).encode())
                            for line in pane_text(view, pane):
                                output.data(line.encode())
                            continue
                        named = len(files) > 1 or exchange.number is not None
                        output.data(text_of(view, named, printed > 0).encode())
                        output.data(sdk_text(view, report).encode() if report else b"")
                    printed += 1
        except InspectorError as error:
            sys.stdout.flush()
            output.note(str(error))
            failed = True
    if failed:
        raise typer.Exit(2)


def _sdk_report(view: "View") -> "SdkReport":
    from inspector.replay.sdk import sdk_report

    return sdk_report(view)


def _view(exchange: "Exchange", at: int | None) -> "View":
    from inspector.recording import InspectorError

    if at is None:
        return exchange.view()
    try:
        return exchange.at(at)
    except IndexError as error:
        raise InspectorError(f"{exchange.name}: {error} (--at)") from None
