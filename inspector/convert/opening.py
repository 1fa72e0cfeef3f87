"""Opens any file that can be read as exchanges: a recording as it stands, anything else imported first."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from inspector.convert.format import Format
from inspector.convert.json_lines import first_object
from inspector.convert.native import FORMAT as NATIVE
from inspector.convert.registry import recognise
from inspector.recording import UnreadableError
from inspector.recording.lines import VERSION
from inspector.timeline import Exchange

_HEAD: Final = 1 << 16
_CHUNK: Final = 1 << 20


def open_exchanges(path: str, given: Format | None = None) -> list[Exchange]:
    """The exchanges in a file, not yet indexed; "-" is standard input. Raises UnreadableError.

    A recording is read where it is, also while it grows. Anything else, and whatever is no regular file, is copied
    into a temporary recording first.
    """
    with ExitStack() as closing:
        file = closing.enter_context(_open(path))
        head = _head(file)
        found = given or recognise(head, path)
        if found is NATIVE:
            _check_version(head, path)
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                file.seek(0)
                closing.pop_all()
                return [Exchange(file, path)]
        return _imported(found, chain([head], _chunks(file)), path)


def open_exchange(path: str) -> Exchange:
    """The first exchange in a file, indexed."""
    first, *others = open_exchanges(path)
    for other in others:
        other.close()
    return first.load()


def _open(path: str) -> BinaryIO:
    if path == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise UnreadableError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UnreadableError(f"{path}: is a directory, a file is wanted; `inspector open` takes folders") from None
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def _head(file: BinaryIO) -> bytes:
    """The first bytes, from a pipe as soon as there is a line."""
    head = b""
    while len(head) < _HEAD and b"\n" not in head and (chunk := os.read(file.fileno(), _HEAD - len(head))):
        head += chunk
    return head


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := os.read(file.fileno(), _CHUNK):
        yield chunk


def _imported(found: Format, chunks: Iterable[bytes], path: str) -> list[Exchange]:
    if found.read is None:
        raise UnreadableError(f"{path}: the format {found.name} can only be written")
    exchanges: list[Exchange] = []
    for number, imported in enumerate(found.read(chunks), 1):
        copy = cast(BinaryIO, tempfile.TemporaryFile("w+b", buffering=1 << 18))  # noqa: SIM115
        copy.writelines(imported.lines)
        copy.flush()
        exchange = Exchange(copy, path, number)
        exchange.import_notes = imported.notes
        exchanges.append(exchange)
    if not exchanges:
        raise UnreadableError(f"{path}: holds no stream")
    if len(exchanges) == 1:
        exchanges[0].number = None
    return exchanges


def _check_version(head: bytes, path: str) -> None:
    version = first_object(head).get("version")
    if not isinstance(version, int) or version < 1:
        raise UnreadableError(f"{path}: the recording does not say its version")
    if version > VERSION:
        raise UnreadableError(
            f"{path}: a recording of version {version}, this inspector reads up to {VERSION}: update it"
        )
