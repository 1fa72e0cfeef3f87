"""`inspector check`: what is wrong with streams."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from inspector.cli import completion, output
from inspector.cli.options import FieldOption, TimeOption, duration_of, hints_of
from inspector.reports.findings import DEFAULT, FORMATS
from inspector.text.wording import counted

if TYPE_CHECKING:
    from inspector.diagnostics.limits import Limits
    from inspector.diagnostics.selection import Selection
    from inspector.formats import Hints
    from inspector.reports.results import Result
    from inspector.session.rules import SessionRules

ORDER = 90
EXAMPLES = """Examples:

  inspector check reply.jsonl

  inspector check session/                          every file in it that can be read

  inspector check --select P,C01 --ignore P15 *.jsonl

  inspector check --format sarif *.jsonl > streams.sarif

  inspector check --max-ttft 2s --max-gap 5s --fail-on warn session/

  inspector check --write-baseline known.json session/      then: --baseline known.json

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
            help="github: annotations in a workflow's log; junit: a test report.",
        ),
    ] = DEFAULT,
    fail_on: Annotated[
        Literal["error", "warn", "info", "never"],
        typer.Option("--fail-on", help="From which severity on a finding makes the status 1."),
    ] = "error",
    max_ttft: Annotated[
        str | None, typer.Option("--max-ttft", metavar="D", help="The first token has to come within: 2s, 500ms.")
    ] = None,
    max_gap: Annotated[
        str | None, typer.Option("--max-gap", metavar="D", help="The longest time in which nothing comes: 5s.")
    ] = None,
    min_tokens: Annotated[
        float | None,
        typer.Option("--min-tokens-per-s", metavar="N", min=0, help="So many output tokens a second, at least."),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that are known there.")
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write what is found as known; the status is 0."),
    ] = None,
    field: FieldOption = None,
    time: TimeOption = None,
) -> None:
    """Say what is wrong with a stream, and what to do.

    The status is 1 where a finding is an error (--fail-on), 2 where a file could not be read.
    """
    from inspector.diagnostics.finding import SEVERITIES
    from inspector.diagnostics.limits import Limits
    from inspector.diagnostics.selection import selection
    from inspector.reports.baseline import Baseline, write
    from inspector.reports.findings import report
    from inspector.reports.results import Run
    from inspector.session.rules import SessionRules
    from inspector.session.sources import files_of

    chosen = selection(select, ignore)
    limits = Limits(duration_of(max_ttft, "--max-ttft"), duration_of(max_gap, "--max-gap"), min_tokens)
    known = Baseline.read(baseline) if baseline else None
    written = report(format)
    checker = _Checker(SessionRules(), chosen, written.excerpts, limits, hints_of(field, time))
    results: list[Result] = []
    unreadable: dict[str, str] = {}
    paths = files_of(files, output.note)
    with output.Progress() as progress:
        for number, path in enumerate(paths, 1):
            before = f"{number:,} of {len(paths):,}: " if len(paths) > 1 else ""
            progress.tell(f"checking {before}{path}")
            try:
                for result in checker.check(path, progress):
                    results.append(result)
                    for clause in result.notes:
                        output.note(f"{path}: {clause}")
            except Exception as error:  # noqa: BLE001
                # Whatever one file does to us, the findings of the others are not lost.
                unreadable[path] = output.trouble(path, error)
                output.note(unreadable[path])
    for place, finding in checker.session.findings():
        if chosen.has(finding.code):
            results[place].findings.append(finding)
    left_out = known.take_out(results) if known else 0
    if known and known.gone:
        again = counted(known.gone, "known finding is", "known findings are")
        output.note(f"{baseline}: {again} gone: write it again with --write-baseline")
    fails = () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    output.data(written.write(results, Run(unreadable, fails, left_out)).encode())
    if write_baseline:
        output.note(write(write_baseline, results))
    if unreadable:
        raise typer.Exit(2)
    if not write_baseline and any(finding.severity in fails for result in results for finding in result.findings):
        raise typer.Exit(1)


class _Checker(NamedTuple):
    session: "SessionRules"
    chosen: "Selection"
    excerpts: bool
    limits: "Limits"
    hints: "Hints"

    def check(self, path: str, progress: output.Progress) -> Iterator["Result"]:
        """The results of each exchange in a file. Raises InspectorError."""
        from inspector.formats import open_exchanges
        from inspector.recording import UnreadableError
        from inspector.reports.results import result_of

        if path != "-" and os.path.isdir(path):
            raise UnreadableError(f"{path}: there is no file with a stream in this folder")
        exchanges = open_exchanges(path, told=output.reading(progress, path), hints=self.hints)
        for exchange in exchanges:
            if len(exchanges) > 1:
                progress.tell(f"checking {path}: {exchange.number:,} of {len(exchanges):,}")
            with exchange:
                exchange.load()
                for clause in exchange.notes:
                    output.note(f"{path}: {clause}")
                result = result_of(exchange, self.chosen, self.excerpts, self.limits)
                if note := self.session.add(exchange):
                    result.notes.append(note)
                yield result
