"""Archives: zip, tar. Each file in one is opened as it would be by itself, archives inside it are not."""

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Final, Protocol

from inspector.formats.budget import LARGEST_ARCHIVE, MOST_FILES, UNPACKED_FREE, UNPACKED_RATIO, in_mb
from inspector.formats.format import Format, Imported, Read
from inspector.formats.sniffing import imported_of, sniff
from inspector.recording import UnreadableError
from inspector.text.wording import counted, reason

_CHUNK: Final = 1 << 20
_MOST_NAMED: Final = 5
_TAR_MAGIC: Final = slice(257, 262)
# What a Mac adds to archives.
_NO_FILES: Final = ("__MACOSX/", ".DS_Store", "/._")


def recognise(head: bytes) -> bool:
    """Whether a zip file, or a tar archive, begins here."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or head[_TAR_MAGIC] == b"ustar"


def read(chunks: Iterable[bytes]) -> Iterator[Imported]:
    """The exchanges of every file in it that can be read; a note says which were left out."""
    with tempfile.TemporaryFile("w+b") as file:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST_ARCHIVE:
                raise UnreadableError(f"an archive of more than {in_mb(LARGEST_ARCHIVE)} is not read: unpack it")
            file.write(chunk)
        file.seek(0)
        last: Imported | None = None
        left_out: list[str] = []
        for name, member in _files(file):
            try:
                for last in _imported(name, _limited(member, size)):
                    yield last
            except (
                UnreadableError,
                zlib.error,
                zipfile.BadZipFile,
                EOFError,
                RuntimeError,
                NotImplementedError,
            ) as error:
                left_out.append(f"{name} left out: {error}")
            except OSError as error:
                left_out.append(f"{name} left out: {reason(error)}")
        if last is None:
            why = f": {left_out[0]}" if left_out else ""
            raise UnreadableError(f"the archive holds no file with a stream{why}")
        last.notes += left_out[:_MOST_NAMED]
        if more := left_out[_MOST_NAMED:]:
            last.notes.append(f"{counted(len(more), 'further file')} left out")


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def _imported(name: str, reads: Iterator[Read]) -> Iterator[Imported]:
    found = sniff(reads)
    if found.format.holds_files:
        raise UnreadableError("archives inside archives are not opened: unpack it")
    for imported in imported_of(found, "log" if found.timed else None)(found.reads):
        imported.notes.insert(0, f"from {name}")
        yield imported


def _files(file: IO[bytes]) -> Iterator[tuple[str, _Readable]]:
    """(name, content) of the files in an archive. Raises UnreadableError."""
    try:
        if zipfile.is_zipfile(file):
            yield from _of_zip(file)
        else:
            yield from _of_tar(file)
    except (zipfile.BadZipFile, tarfile.TarError) as error:
        raise UnreadableError(f"the archive is cut or damaged ({error})") from None


def _of_zip(file: IO[bytes]) -> Iterator[tuple[str, _Readable]]:
    with zipfile.ZipFile(file) as archive:
        for number, member in enumerate(archive.infolist()):
            _check_number(number)
            if not member.is_dir() and not _is_none(member.filename):
                yield member.filename, _ZipMember(archive, member)


class _ZipMember:
    """A file of a zip that is opened once it is read: one that cannot be is left out, and no other."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        self._archive = archive
        self._member = member
        self._file: IO[bytes] | None = None

    def read(self, size: int = -1, /) -> bytes:
        self._file = self._file or self._archive.open(self._member)
        return self._file.read(size)


def _of_tar(file: IO[bytes]) -> Iterator[tuple[str, _Readable]]:
    file.seek(0)
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for number, member in enumerate(archive):
            _check_number(number)
            if member.isfile() and not _is_none(member.name) and (content := archive.extractfile(member)):
                yield member.name, content


def _check_number(number: int) -> None:
    if number == MOST_FILES:
        raise UnreadableError(f"an archive of more than {MOST_FILES:,} files is not read: unpack it")


def _is_none(name: str) -> bool:
    return any(part in name for part in _NO_FILES) or name.startswith("._")


def _limited(member: _Readable, packed: int) -> Iterator[Read]:
    """The file's bytes. Raises UnreadableError where they are out of all proportion to the archive."""
    size = 0
    while chunk := member.read(_CHUNK):
        size += len(chunk)
        if size > max(UNPACKED_FREE, UNPACKED_RATIO * packed):
            raise UnreadableError(f"it unpacks to more than {in_mb(UNPACKED_FREE)}: that is not read")
        yield chunk, None


FORMAT = Format(
    name="archive",
    summary="a zip or tar file: whatever can be read in it",
    order=5,
    recognise=recognise,
    read=read,
    holds_files=True,
)
