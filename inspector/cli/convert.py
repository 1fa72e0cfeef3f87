"""`inspector convert`: a stream from one format to another."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli import completion, output
from inspector.cli.options import FieldOption, TimeOption, hints_of
from inspector.text.wording import reason

if TYPE_CHECKING:
    from inspector.formats import Format
    from inspector.timeline import Exchange

ORDER = 110
EXAMPLES = """Examples:

  inspector convert saved-by-curl.sse reply.jsonl

  inspector convert reply.jsonl reply.sse        to the exact bytes of the body

  inspector convert browser.har session/         each exchange a recording of its own

  inspector convert cassette.yaml reply.jsonl --exchange 2

  inspector convert - - --from events --to sse

  inspector convert reply.jsonl old.jsonl --format-version 1    for readers that know no other
"""


def lists() -> str:
    """The formats, for the help."""
    from inspector.formats import FORMATS

    ways = {name: " ".join(found.endings) if found.write else "only read" for name, found in FORMATS.items()}
    wide, wider = max(map(len, FORMATS)), max(map(len, ways.values()))
    rows = (f"  {name:{wide}}  {ways[name]:{wider}}  {found.summary}" for name, found in FORMATS.items())
    lines = ["", "\b", "Formats, with the endings of those that can be written:", *rows]
    return "\n".join(lines) + "\n"


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help='The file to read; "-" is standard input.')],
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUT", help='The file to write; "-" is standard output; a folder (name/) gets a file an exchange.'
        ),
    ],
    from_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="F",
            help="The format of IN.  [default: told by its content]",
            autocompletion=completion.readable_formats,
        ),
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="F",
            help="The format of OUT.  [default: told by its ending; jsonl where it has none]",
            autocompletion=completion.writable_formats,
        ),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--exchange", metavar="N", min=1, help="Only this one of a file that holds several.")
    ] = None,
    field: FieldOption = None,
    time: TimeOption = None,
    version: Annotated[
        int | None,
        typer.Option(
            "--format-version",
            metavar="N",
            min=1,
            max=2,
            help="Of a recording of ours: write it in this version of the format.  [default: that of IN]",
        ),
    ] = None,
) -> None:
    """Convert a stream between formats.

    Without losing a byte, where the format allows it.
    """
    from inspector.formats import named, open_exchanges

    into_folder = target.endswith(os.sep) or os.path.isdir(target)
    found = named(to_format) if to_format else _format_of("" if into_folder else target)
    if found.write is None:
        output.fail(f"the format {found.name} can only be read: --to takes {', '.join(_writable())}")
    if version is not None and found.name != "jsonl":
        output.fail(f"--format-version is for recordings, not for {found.name}")
    with output.Progress() as progress:
        told = output.reading(progress, source)
        exchanges = open_exchanges(source, named(from_format) if from_format else None, told, hints_of(field, time))
    chosen = _chosen(exchanges, number, source, into_folder)
    with output.Progress() as progress:
        for done, exchange in enumerate(chosen):
            progress.tell(f"converting {source}: {done:,} of {len(chosen):,}")
            with exchange:
                try:
                    exchange.load()
                except OSError as error:
                    output.fail(output.trouble(source, error))
                for clause in exchange.notes:
                    output.note(f"{source}: {clause}")
                path = str(_in_folder(Path(target), exchange, found)) if into_folder else target
                _convert(exchange, found, source, path, version)
    if into_folder:
        output.note(f"{target}: {len(chosen)} {'exchanges' if len(chosen) > 1 else 'exchange'} written")


def _format_of(target: str) -> "Format":
    from inspector.formats import for_path

    found = for_path(target)
    if found is None:
        known = ", ".join(other.ending for other in _writable().values())
        output.fail(f"{target}: no format has the ending {Path(target).suffix}: use {known}, or say which with --to")
    return found


def _writable() -> "dict[str, Format]":
    from inspector.formats import FORMATS

    return {name: found for name, found in FORMATS.items() if found.write}


def _chosen(
    exchanges: "Sequence[Exchange]", number: int | None, source: str, into_folder: bool
) -> "Sequence[Exchange]":
    from inspector.recording import InspectorError

    count = len(exchanges)
    if number is not None:
        if number > count:
            holds = "one exchange" if count == 1 else f"{count} exchanges"
            raise InspectorError(f"{source}: there is no exchange {number}, it holds {holds} (--exchange)")
        return exchanges[number - 1 : number]
    if into_folder or count == 1:
        return exchanges
    output.note(f"{source}: holds {count} exchanges, only the first one is converted: see --exchange, or name a folder")
    return exchanges[:1]


def _in_folder(folder: Path, exchange: "Exchange", found: "Format") -> Path:
    from inspector.recording import UnwritableError

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableError(f"{folder}: cannot be made: {reason(error)}") from None
    return folder / f"{exchange.number or 1:04}{found.ending}"


def _convert(exchange: "Exchange", found: "Format", source: str, path: str, version: int | None) -> None:
    from inspector.recording import InspectorError
    from inspector.recording.migration import migrated

    assert found.write
    pieces = found.write(exchange)
    if version is not None:
        pieces = migrated(pieces, version)
    if path == "-":
        output.exact(pieces)
        return
    if _same(source, path):
        raise InspectorError(f"{path}: is also the file to read: choose another name")
    _write(path, pieces)


def _same(source: str, path: str) -> bool:
    try:
        return os.path.samefile(source, path)
    except (OSError, ValueError):
        return False


def _write(path: str, pieces: Iterable[bytes]) -> None:
    from inspector.recording import UnwritableError

    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UnwritableError(f"{path}: cannot be written: {reason(error)}") from None
