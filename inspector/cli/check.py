"""`inspector check`: what is wrong with streams."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli import completion, output
from inspector.reports.findings import DEFAULT, FORMATS

if TYPE_CHECKING:
    from inspector.diagnostics.selection import Selection
    from inspector.reports.results import Result
    from inspector.session.rules import SessionRules

ORDER = 90
EXAMPLES = """Examples:

  inspector check reply.jsonl

  inspector check session/                          every *.jsonl in it

  inspector check --select P,C01 --ignore P15 *.jsonl

  inspector check --format sarif *.jsonl > streams.sarif

  inspector explain P01                             what a rule is about

In pyproject.toml, for the directory and all below it:

  [tool.inspector]

  ignore = ["U01", "C18"]
"""


def lists() -> str:
    """The families of rules, for the help."""
    from inspector.diagnostics import FAMILIES

    rows = (f"  {letter}  {heading}" for letter, heading in FAMILIES.items())
    return "\n".join(["", "\b", "Rules, by the beginning of their codes:", *rows]) + "\n"


def _format(name: str) -> str:
    if name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(FORMATS)}")
    return name


def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Recordings, folders of them, or anything that convert reads."),
    ],
    select: Annotated[
        str | None,
        typer.Option(
            metavar="CODES",
            help="Only these rules, by code or its beginning: P,C01. `inspector explain` lists them.",
            autocompletion=completion.codes,
        ),
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(metavar="CODES", help="Not these rules.", autocompletion=completion.codes)
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            metavar=f"[{'|'.join(FORMATS)}]",
            parser=_format,
            autocompletion=lambda incomplete: [name for name in FORMATS if name.startswith(incomplete)],
            help="github: annotations in a workflow's log.",
        ),
    ] = DEFAULT,
) -> None:
    """Say what is wrong with a stream, and what to do.

    The status is 1 where a finding is an error, 2 where a file could not be read.
    """
    from inspector.diagnostics.selection import selection
    from inspector.reports.findings import report
    from inspector.session.rules import SessionRules
    from inspector.session.sources import files_of

    chosen = selection(select, ignore)
    written = report(format)
    session = SessionRules()
    results: list[Result] = []
    unreadable = False
    paths = files_of(files, output.note)
    with output.Progress() as progress:
        for number, path in enumerate(paths, 1):
            before = f"{number:,} of {len(paths):,}: " if len(paths) > 1 else ""
            progress.tell(f"checking {before}{path}")
            try:
                for result in _check(path, session, chosen, written.excerpts, progress):
                    results.append(result)
                    for clause in result.notes:
                        output.note(f"{path}: {clause}")
            except Exception as error:  # noqa: BLE001
                # Whatever one file does to us, the findings of the others are not lost.
                output.note(output.trouble(path, error))
                unreadable = True
    for place, finding in session.findings():
        if chosen.has(finding.code):
            results[place].findings.append(finding)
    output.data(written.write(results, unreadable).encode())
    if unreadable:
        raise typer.Exit(2)
    if any(finding.severity == "error" for result in results for finding in result.findings):
        raise typer.Exit(1)


def _check(
    path: str, session: "SessionRules", chosen: "Selection", excerpts: bool, progress: output.Progress
) -> Iterator["Result"]:
    from inspector.formats import open_exchanges
    from inspector.recording import UnreadableError
    from inspector.reports.results import result_of

    if path != "-" and os.path.isdir(path):
        raise UnreadableError(f"{path}: there is no file with a stream in this folder")
    exchanges = open_exchanges(path, told=output.reading(progress, path))
    for exchange in exchanges:
        if len(exchanges) > 1:
            progress.tell(f"checking {path}: {exchange.number:,} of {len(exchanges):,}")
        with exchange:
            exchange.load()
            for clause in exchange.notes:
                output.note(f"{path}: {clause}")
            result = result_of(exchange, chosen, excerpts)
            if note := session.add(exchange):
                result.notes.append(note)
            yield result
