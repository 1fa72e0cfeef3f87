"""Content codings, undone piece by piece. See RFC 9110, section 8.4.1."""

import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol


class _Coding(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class ContentDecoder:
    """Decodes a body by its Content-Encoding header as it arrives. What cannot be decoded is passed on as it came.

    `error` says why decoding was given up: damaged data, an unknown coding, or a missing package, which it names.
    """

    def __init__(self, content_encoding: str = "") -> None:
        self.error: str | None = None
        self._codings: list[_Coding] = []
        names = [name.strip().lower() for name in content_encoding.split(",")]
        # The coding that was applied last is undone first.
        for name in reversed([name for name in names if name and name != "identity"]):
            if name not in _CODINGS:
                self._give_up(f"{name}: no decoder for it is known")
                break
            try:
                self._codings.append(_CODINGS[name]())
            except ImportError:
                self._give_up(f"{name}: no decoder for it is installed: install the package {_PACKAGES[name]}")
                break

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that this piece brings, b"" where more must come first."""
        if not self._codings:
            return chunk
        decoded = chunk
        try:
            for coding in self._codings:
                decoded = coding.decompress(decoded)
        except Exception as error:  # noqa: BLE001 each library has exceptions of its own
            self._give_up(str(error))
            return chunk
        return decoded

    def _give_up(self, why: str) -> None:
        self._codings = []
        self.error = why


class _Gzip:
    """A sequence of gzip members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decompress(self, data: bytes) -> bytes:
        decoded = self._member.decompress(data)
        while self._member.eof and (rest := self._member.unused_data):
            self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            decoded += self._member.decompress(rest)
        return decoded


class _Deflate:
    """The zlib format, or the bare deflate data that some servers send under this name."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj()
        self._head: bytes | None = b""

    def decompress(self, data: bytes) -> bytes:
        if self._head is None:
            return self._decoder.decompress(data)
        self._head += data
        try:
            decoded = self._decoder.decompress(data)
        except zlib.error:
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
            decoded = self._decoder.decompress(self._head)
            self._head = None
        if decoded:
            self._head = None
        return decoded


class _Zstandard:
    """A sequence of Zstandard frames. Raises ImportError where the package is missing."""

    def __init__(self) -> None:
        # Only who gets such a body waits for these imports.
        library = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        self._new: Callable[[], Any] = import_module(library).ZstdDecompressor
        self._frame = self._new()

    def decompress(self, data: bytes) -> bytes:
        if self._frame.eof:
            self._frame = self._new()
        decoded: bytes = self._frame.decompress(data)
        while self._frame.eof and (rest := self._frame.unused_data):
            self._frame = self._new()
            decoded += self._frame.decompress(rest)
        return decoded


class _Brotli:
    """Raises ImportError where the package is missing."""

    def __init__(self) -> None:
        self.decompress: Callable[[bytes], bytes] = import_module("brotli").Decompressor().process


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstandard,
}
_PACKAGES = {"br": "brotli", "zstd": "backports.zstd"}
