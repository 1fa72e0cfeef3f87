"""Content codings, undone piece by piece and within bounds. See RFC 9110, section 8.4.1."""

import sys
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final, Protocol

LARGEST_PIECE: Final = 64 << 10
"""About so much of a decoded body is given at once at most."""
# So much of a coded one is taken at once.
_STEP: Final = 4 << 10
# A body that grows further than this is an attack: text shrinks to a tenth, seldom to a fiftieth.
_FREE: Final = 16 << 20
LARGEST_RATIO: Final = 100
_MOST_CODINGS: Final = 4


class _Coding(Protocol):
    def decompress(self, data: bytes, /) -> Iterator[bytes]:
        """What these bytes bring, in pieces of no more than about LARGEST_PIECE, of which some may be empty."""
        ...


class ContentDecoder:
    """Decodes a body by its Content-Encoding header as it arrives. What cannot be decoded is passed on as it came.

    `error` says why decoding was given up: damaged data, an unknown coding, a missing package, which it names, or a
    body that grows out of all proportion. `decoded` is how many bytes it has given that were coded.
    """

    def __init__(self, content_encoding: str = "") -> None:
        self.error: str | None = None
        self._codings: list[_Coding] = []
        self._taken = 0
        self.decoded = 0
        names = [name.strip().lower() for name in content_encoding.split(",")]
        names = [name for name in names if name and name != "identity"]
        if len(names) > _MOST_CODINGS:
            self._give_up(f"{len(names)} codings, one upon the other: no more than {_MOST_CODINGS} are undone")
            return
        # The coding that was applied last is undone first.
        for name in reversed(names):
            if name not in _CODINGS:
                self._give_up(f"{name}: no decoder for it is known")
                break
            try:
                self._codings.append(_CODINGS[name]())
            except ImportError:
                self._give_up(f"{name}: no decoder for it is installed: install the package {_PACKAGES[name]}")
                break

    @property
    def is_identity(self) -> bool:
        """Whether what comes is passed on as it is."""
        return not self._codings

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that this chunk brings, b"" where more must come first."""
        return b"".join(self.pieces(chunk)) if self._codings else chunk

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """`feed` in pieces of bounded size, each after a bounded time: some are empty. To be taken to the end.

        Where decoding is given up inside the chunk, its last 4 KB may come twice: as far as they were decoded, and as
        they came.
        """
        for at in range(0, len(chunk), _STEP):
            if not self._codings:
                yield from _cut(chunk[at:])
                return
            step = chunk[at : at + _STEP]
            try:
                self._taken += len(step)
                for piece in self._undo(step, len(self._codings)):
                    yield piece
                    self.decoded += len(piece)
                    if self.decoded > _FREE + LARGEST_RATIO * self._taken:
                        raise OverflowError(f"the body grows to more than {LARGEST_RATIO} times its size")
            except Exception as error:  # noqa: BLE001 each library has exceptions of its own
                self._give_up(str(error))
                yield from _cut(chunk[at:])
                return
            yield b""

    def _undo(self, data: bytes, count: int) -> Iterator[bytes]:
        """The bytes without the first so many codings."""
        coding = self._codings[count - 1]
        if count == 1:
            yield from coding.decompress(data)
            return
        for piece in self._undo(data, count - 1):
            yield from coding.decompress(piece)

    def _give_up(self, why: str) -> None:
        self._codings = []
        self.error = why


def _cut(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), LARGEST_PIECE):
        yield data[at : at + LARGEST_PIECE]


def _inflated(decoder: Any, data: bytes) -> Iterator[bytes]:
    """What a decoder of zlib makes of the data, up to the end of what it decodes."""
    while True:
        piece = decoder.decompress(data, LARGEST_PIECE)
        yield piece
        data = decoder.unconsumed_tail
        # A full piece may have left something inside, even if nothing of the data is left.
        if decoder.eof or (not data and len(piece) < LARGEST_PIECE):
            return


class _Gzip:
    """A sequence of gzip members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decompress(self, data: bytes) -> Iterator[bytes]:
        if self._member.eof and data:
            self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield from _inflated(self._member, data)
        while self._member.eof and (rest := self._member.unused_data):
            self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflated(self._member, rest)


class _Deflate:
    """The zlib format, or the bare deflate data that some servers send under this name."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj()
        self._head: bytes | None = b""

    def decompress(self, data: bytes) -> Iterator[bytes]:
        if self._head is not None:
            self._head += data
            try:
                first = self._decoder.decompress(data, 1)
            except zlib.error:
                self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
                data, self._head = self._head, None
            else:
                data = self._decoder.unconsumed_tail
                if first:
                    self._head = None
                    yield first
        yield from _inflated(self._decoder, data)


class _Zstandard:
    """A sequence of Zstandard frames. Raises ImportError where the package is missing."""

    def __init__(self) -> None:
        # Only who gets such a body waits for these imports.
        library = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        # RFC 9659: a decoder need not have a window of more than 8 MB.
        options = {library.DecompressionParameter.window_log_max: 23}
        self._new: Callable[[], Any] = lambda: library.ZstdDecompressor(options=options)
        self._frame = self._new()

    def decompress(self, data: bytes) -> Iterator[bytes]:
        while data or not self._frame.needs_input:
            if self._frame.eof:
                if not data:
                    return
                self._frame = self._new()
            yield self._frame.decompress(data, LARGEST_PIECE)
            data = self._frame.unused_data if self._frame.eof else b""


class _Brotli:
    """Raises ImportError where the package is missing."""

    def __init__(self) -> None:
        self._decoder: Any = import_module("brotli").Decompressor()

    def decompress(self, data: bytes) -> Iterator[bytes]:
        yield self._decoder.process(data, output_buffer_limit=LARGEST_PIECE)
        while not self._decoder.can_accept_more_data():
            yield self._decoder.process(b"", output_buffer_limit=LARGEST_PIECE)


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstandard,
}
_PACKAGES = {"br": "brotli", "zstd": "backports.zstd"}
