import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from inspector.cli import output

EXAMPLES = """Examples:

  inspector convert saved-by-curl.sse reply.jsonl

  inspector convert reply.jsonl reply.sse        to the exact bytes of the body

  inspector convert - - --from events --to sse

Formats: jsonl (our own), sse, events (one event's JSON a line), wrapped, claude-code.
"""
_ENDINGS = {".jsonl": "jsonl", ".sse": "sse", ".txt": "sse", ".events": "events"}


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help='The file to read; "-" is standard input.')],
    target: Annotated[str, typer.Argument(metavar="OUT", help='The file to write; "-" is standard output.')],
    from_format: Annotated[
        str | None, typer.Option("--from", metavar="F", help="The format of IN (default: told by its content).")
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option("--to", metavar="F", help="The format of OUT (default: told by its ending, else jsonl)."),
    ] = None,
) -> None:
    """Convert a stream between formats.

    Without losing a byte, where the format allows it.
    """
    from inspector.convert import FORMATS, named, open_exchanges
    from inspector.recording import InspectorError

    found = named(to_format or _ENDINGS.get(Path(target).suffix, "jsonl"))
    if found.write is None:
        writable = ", ".join(name for name, other in FORMATS.items() if other.write)
        raise InspectorError(f"the format {found.name} can only be read: --to takes {writable}")
    if target != "-" and Path(target).exists() and Path(source).exists() and Path(source).samefile(target):
        raise InspectorError(f"{target}: is also the file to read: choose another name")
    first, *others = open_exchanges(source, named(from_format) if from_format else None)
    if others:
        output.note(f"{source}: holds {len(others) + 1} exchanges, only the first one is converted")
    with first.load() as exchange:
        for clause in exchange.notes:
            output.note(f"{source}: {clause}")
        if target == "-":
            for piece in found.write(exchange):
                output.data(piece)
            return
        _write(target, found.write(exchange))


def _write(target: str, pieces: Iterable[bytes]) -> None:
    from inspector.recording import UnwritableError

    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UnwritableError(f"{target}: cannot be written: {(error.strerror or str(error)).lower()}") from None
