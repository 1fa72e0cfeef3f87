"""Files that are packed as one: gzip, zstd, xz, bzip2. What is cut or damaged gives what comes before that place."""

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final, Protocol

from inspector.formats.format import Read
from inspector.formats.unwrapping.wrapper import Wrapper
from inspector.recording import UnreadableError

_PIECE: Final = 256 << 10
# What `zstd --ultra -22` needs, and what `xz -9` does with room to spare.
_LARGEST_WINDOW_LOG: Final = 27
_LARGEST_MEMORY: Final = 256 << 20


class _Unpacker(Protocol):
    """What the standard library's incremental decompressors have in common."""

    eof: bool
    unused_data: bytes
    needs_input: bool

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the members that the others have."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._held = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        piece = self._inner.decompress(self._held + data, max(0, max_length))
        self._held = self._inner.unconsumed_tail
        self.needs_input = not self._held and len(piece) < max_length
        return piece


def _zstd() -> _Unpacker:
    library: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    options = {library.DecompressionParameter.window_log_max: _LARGEST_WINDOW_LOG}
    unpacker: _Unpacker = library.ZstdDecompressor(options=options)
    return unpacker


_KINDS: Final[dict[bytes, tuple[str, Callable[[], Any]]]] = {
    b"\x1f\x8b\x08": ("gzip", _Gzip),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
    b"\xfd7zXZ\0": ("xz", lambda: lzma.LZMADecompressor(memlimit=_LARGEST_MEMORY)),
    b"BZh": ("bzip2", bz2.BZ2Decompressor),
}
_LONGEST_MAGIC: Final = max(map(len, _KINDS))


def recognise(head: bytes) -> str:
    """Which of them begins here."""
    found = _kind(head)
    return f"packed with {found[0]}" if found else ""


def unwrap(reads: Iterator[Read], notes: list[str]) -> Iterator[Read]:
    """What was packed. Raises UnreadableError where nothing of it can be read."""
    packed = _Packed()
    size = 0
    for chunk, t_ns in reads:
        for piece in packed.pieces(chunk):
            size += len(piece)
            yield piece, t_ns
        if packed.error:
            break
    error = packed.error or packed.unfinished
    if error and not size:
        raise UnreadableError(f"packed with {packed.name}, but cannot be unpacked: {error}")
    if error:
        notes.append(f"the {packed.name} data is cut or damaged ({error}): nothing after that place is shown")


class _Packed:
    """One packed part after the other. `error` says why it could not go on."""

    def __init__(self) -> None:
        self.name = ""
        self.error = ""
        self._held = b""
        self._unpacker: _Unpacker | None = None

    @property
    def unfinished(self) -> str:
        """What is wrong where nothing more comes."""
        return "it is cut" if self._unpacker else ""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What these bytes bring."""
        while not self.error:
            if self._unpacker is None:
                # Between two parts there may be padding.
                data, self._held = (self._held + data).lstrip(b"\0"), b""
                if len(data) < _LONGEST_MAGIC:
                    self._held = data
                    return
                if (found := _kind(data)) is None:
                    self.error = "what follows is something else"
                    return
                self.name, make = found
                self._unpacker = make()
            try:
                piece = self._unpacker.decompress(data, _PIECE)
            except Exception as damage:  # noqa: BLE001 each library has exceptions of its own
                self.error = str(damage) or type(damage).__name__
                return
            if piece:
                yield piece
            data = b""
            if self._unpacker.eof:
                data, self._unpacker = self._unpacker.unused_data, None
            elif self._unpacker.needs_input:
                return


def _kind(head: bytes) -> tuple[str, Callable[[], Any]] | None:
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


WRAPPER: Final = Wrapper(order=10, recognise=recognise, unwrap=unwrap, binary=True)
